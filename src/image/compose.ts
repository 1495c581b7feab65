/**
 * Composes the image of a step without a daemon: the layers of the user's image, Node, and what the step brings, with a
 * configuration that starts the supervisor.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { FdlError } from '../errors.ts';
import { allDone } from '../slots.ts';
import { type BlobCopier, type BlobProgress, bytesBlob, openCopier, remoteBlob } from './blob-copy.ts';
import { BASE_DIGEST, BASE_NAME, commandOf, composedConfig, RUNTIME, type Variables } from './config.ts';
import { type Image, readImage } from './image.ts';
import { fileBlob } from './layer/layer-file.ts';
import { type OwnLayer, writeStepLayers } from './layer/step-layers.ts';
import { ROOT, SCRIPT, SUPERVISOR } from './layout.ts';
import { type Descriptor, familyOf, type ImageManifest, layersAs } from './manifest.ts';
import { formatReference, parseReference } from './reference.ts';
import type { RegistryClient } from './registry/client.ts';
import { digestOf } from './registry/digest.ts';
import { formatRepository } from './registry/endpoint.ts';
import { putManifestOnce } from './registry/manifests.ts';
import { ensureRuntime, type Runtime } from './runtime/runtime-image.ts';
import { findComposed, type IdentifiedImage } from './step-image.ts';

export interface ComposerOptions {
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
}

/** A composer for one run of the program. */
export function openComposer(options: ComposerOptions): Composer {
  const { client, tmpRoot, renamed } = options;
  const copier = openCopier(options);
  const runtimes = new Map<string, Promise<Runtime>>();
  const runtimeFor = ({ runtime, runtimeDigest, architecture, target }: IdentifiedImage) => {
    const key = [formatRepository(target), architecture, runtimeDigest].join(' ');
    const from = { ...parseReference(runtime), digest: runtimeDigest };
    const made = runtimes.get(key) ?? ensureRuntime(from, architecture, target, { client, copier, tmpRoot });
    runtimes.set(key, made);
    made.catch(() => runtimes.delete(key));
    return made;
  };
  return {
    compose: async (image) => {
      const there = await findComposed(client, image);
      if (there !== undefined) return there;
      const folder = await mkdtemp(path.join(tmpRoot, 'fdl-image-'));
      try {
        return await compose(image, { client, copier, renamed, folder, runtime: runtimeFor(image) });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

async function compose(image: IdentifiedImage, work: Work): Promise<string> {
  const base = usableBase(image, work);
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

/** The user's image, if a step's image can be made of it. */
async function usableBase(image: IdentifiedImage, { client }: Work): Promise<Image> {
  const reference = { ...parseReference(image.base), digest: image.baseDigest };
  const base = await readImage(client, reference, image.architecture);
  checkSize(base.manifest.layers, image);
  if (commandOf(base).length === 0 && !image.script) {
    throw new FdlError('image-command-missing', `the image ${image.base} has no command of its own`, {
      hint: `Give the step "${image.step}" a script, or the image an ENTRYPOINT or CMD.`,
    });
  }
  return base;
}

/** What is refused here is too large for certain; what is not may still be refused by AWS Lambda: see `maxBytes`. */
function checkSize(
  layers: readonly Descriptor[],
  { base, maxBytes = Number.POSITIVE_INFINITY }: IdentifiedImage,
) {
  const bytes = layers.reduce((sum, { size }) => sum + size, 0);
  if (bytes <= maxBytes) return;
  const gib = (count: number) => `${(count / 1024 ** 3).toFixed(1)} GiB`;
  const message = `the image ${base} has ${gib(bytes)} packed, and at most ${gib(maxBytes)} unpacked are possible`;
  throw new FdlError('image-too-large', message, {
    hint: 'Make the image smaller, or run the step on AWS Batch (execution_mode: batch).',
    details: { bytes, maxBytes },
  });
}

async function copyLayers(base: Image, { target }: IdentifiedImage, { client, copier }: Work) {
  const subject = formatReference(base.reference);
  const layers = layersAs(familyOf(base.manifest), base.manifest.layers, subject);
  await allDone(layers.map((layer) => copier.copy(remoteBlob(client, base.reference, layer), target)));
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
  const layers = await writeStepLayers({ ...image, configuration }, work.folder, work.client.retry.signal);
  await allDone(layers.map((layer) => work.copier.copy(fileBlob(layer), image.target)));
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
      composedConfig(base.config, { entrypoint, layers: added, renamed, labels: labelsOf(image) }),
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
