/**
 * Composes the image of a step without a daemon: the layers of the user's image, Node, and what the step brings, with a
 * configuration that starts the supervisor.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Memory, openMemory } from '../memory.ts';
import { allDone } from '../slots.ts';
import { baseLayers, checkSize, readBase } from './base.ts';
import { type BlobCopier, type BlobProgress, bytesBlob, openCopier, remoteBlob } from './blob-copy.ts';
import { BASE_DIGEST, BASE_NAME, commandOf, composedConfig, RUNTIME, type Variables } from './config.ts';
import { digestOf } from './digest.ts';
import type { Image } from './image.ts';
import { type OwnLayer, packStepLayers } from './layer/step-layers.ts';
import { ROOT, SCRIPT, SUPERVISOR } from './layout.ts';
import { type Descriptor, familyOf, type ImageManifest } from './manifest.ts';
import { formatReference, parseReference } from './reference.ts';
import type { RegistryClient } from './registry/client.ts';
import { formatRepository } from './registry/endpoint.ts';
import { putManifestOnce } from './registry/manifests.ts';
import { ensureRuntime, type Runtime } from './runtime/runtime-image.ts';
import { baseClient, findComposed, type IdentifiedImage } from './step-image.ts';

interface ComposerOptions {
  readonly client: RegistryClient;
  /** Folder for what is made on the way. */
  readonly tmpRoot: string;
  /** Gives variables of an image other names where they would disturb the start of the supervisor. */
  readonly renamed: (variables: Variables) => Variables;
  /** Blobs that are sent at the same time. */
  readonly transfers?: number | undefined;
  readonly onProgress?: ((progress: BlobProgress) => void) | undefined;
}

export interface Composer {
  /**
   * Makes the image and answers its digest. What the registry has is not sent again, and several images that are made
   * at the same time share what they have in common.
   * Rejects with FdlError `image-not-found`, `image-denied`, `image-platform`, `image-unsupported`, `image-invalid`,
   * `image-too-large`, `image-command-missing`, `runtime-invalid`, `payload-invalid`, `registry-failed`.
   */
  compose(image: IdentifiedImage): Promise<string>;
}

interface Work {
  readonly client: RegistryClient;
  readonly copier: BlobCopier;
  readonly renamed: (variables: Variables) => Variables;
  readonly runtime: Promise<Runtime>;
  /** A folder of its own. */
  readonly folder: string;
  readonly memory: Memory;
}

/** A composer for one run of the program. */
export function openComposer(options: ComposerOptions): Composer {
  const { client, tmpRoot, renamed } = options;
  const copier = openCopier(options);
  const memory = openMemory();
  const runtimeFor = ({ runtime, runtimeDigest, architecture, target }: IdentifiedImage) => {
    const key = [formatRepository(target), architecture, runtimeDigest].join(' ');
    const from = { ...parseReference(runtime), digest: runtimeDigest };
    return memory(`runtime ${key}`, () =>
      ensureRuntime(from, architecture, target, { client, copier, tmpRoot }),
    );
  };
  return {
    compose: async (image) => {
      const there = await findComposed(client, image);
      if (there !== undefined) return there;
      const folder = await mkdtemp(path.join(tmpRoot, 'fdl-image-'));
      try {
        return await compose(image, {
          ...{ client, copier, renamed, folder, memory },
          runtime: runtimeFor(image),
        });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

async function compose(image: IdentifiedImage, work: Work): Promise<string> {
  const base = readBase(work.client, image);
  const [layers, runtime, own] = await allDone([
    base.then((found) => copyLayers(found, image, work)),
    work.runtime,
    base.then((found) => addLayers(found, image, work)),
  ]);
  const added = [{ ...runtime, comment: `fdl: Node of ${image.runtime}` }, ...own];
  const manifest = await writeConfig(await base, layers, added, runtime.command, image, work);
  checkSize(manifest.layers, image);
  return putManifestOnce(work.client, image.target, image.tag, manifest);
}

async function copyLayers(base: Image, image: IdentifiedImage, { client, copier }: Work) {
  const { target } = image;
  const layers = baseLayers(base);
  const from = baseClient(client, image);
  await allDone(layers.map((layer) => copier.copy(remoteBlob(from, base.reference, layer), target)));
  return layers;
}

async function addLayers(base: Image, image: IdentifiedImage, work: Work): Promise<readonly OwnLayer[]> {
  const command = commandOf(base);
  const workingDirectory = base.config.config?.WorkingDir;
  const configuration = {
    ...image.configuration,
    ...(image.script && { script: SCRIPT }),
    ...(command.length > 0 && { command }),
    ...(workingDirectory && { workingDirectory }),
  };
  const { signal } = work.client.retry;
  const layers = await packStepLayers({ ...image, configuration }, { ...work, signal });
  await allDone(layers.map(({ blob }) => work.copier.copy(blob, image.target)));
  return layers;
}

type Added = Pick<OwnLayer, 'digest' | 'size' | 'diffId' | 'comment'>;

/** Stores the configuration, and answers the manifest that belongs to it. */
async function writeConfig(
  base: Image,
  layers: readonly Descriptor[],
  added: readonly Added[],
  node: readonly string[],
  image: IdentifiedImage,
  { copier, renamed }: Work,
): Promise<ImageManifest> {
  const family = familyOf(base.manifest);
  const entrypoint = [...node, `${ROOT}/${SUPERVISOR}`];
  const bytes = Buffer.from(
    JSON.stringify(
      composedConfig(base.config, {
        ...{ entrypoint, layers: added, renamed, labels: labelsOf(image) },
        ...(image.key !== undefined && { variables: { FDL_KEY: image.key } }),
      }),
    ),
  );
  const digest = digestOf(bytes);
  await copier.copy(bytesBlob(bytes, digest), image.target);
  return {
    schemaVersion: 2,
    mediaType: family.manifest,
    config: { mediaType: family.config, digest, size: bytes.length },
    layers: [...layers, ...added.map(({ digest, size }) => ({ mediaType: family.layer, digest, size }))],
  };
}

/** What the image was made of, for people and for `readOrigin`. */
function labelsOf({ base, baseDigest, runtime, runtimeDigest }: IdentifiedImage): Variables {
  const named = formatReference({ ...parseReference(base), digest: baseDigest });
  const node = formatReference({ ...parseReference(runtime), digest: runtimeDigest });
  return { [BASE_NAME]: named, [BASE_DIGEST]: baseDigest, [RUNTIME]: node };
}
