/**
 * Node for composed images. It is kept in the target's registry as an image of its own, under a tag that says what it
 * was taken from: whoever needs it next, from whatever machine, finds it there, and neither fetches an image of Node
 * nor packs a layer, which another release of zlib would pack into other bytes.
 */
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { FdlError } from '../../errors.ts';
import { allDone } from '../../slots.ts';
import { type BlobCopier, bytesBlob } from '../blob-copy.ts';
import { BASE_DIGEST, BASE_NAME } from '../config.ts';
import { digestOf } from '../digest.ts';
import { runtimeTag } from '../identity.ts';
import { type Image, readImage } from '../image.ts';
import { fileBlob, type LayerFile, writeLayer } from '../layer/layer-file.ts';
import { LICENCES, nodeCommand, ROOT } from '../layout.ts';
import { layersAs, OWN_FAMILY } from '../manifest.ts';
import { type Architecture, imageArchitecture } from '../platform.ts';
import { formatReference, type ImageReference } from '../reference.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { Repository } from '../registry/endpoint.ts';
import { putManifestOnce } from '../registry/manifests.ts';
import type { TarSource } from '../tar/writer.ts';
import { findRuntime, type RuntimeFiles } from './libraries.ts';
import { scanImage } from './scan.ts';

interface RuntimeDeps {
  readonly client: RegistryClient;
  readonly copier: BlobCopier;
  /** Folder for what is made on the way: about 200 MB for a moment. */
  readonly tmpRoot: string;
}

/** Node in a repository: the packed layer, and how it is started. */
export interface Runtime {
  readonly digest: string;
  /** Bytes, packed. */
  readonly size: number;
  readonly diffId: string;
  /** The command that starts Node; a program and its arguments follow. */
  readonly command: readonly string[];
}

/**
 * The runtime in the repository `at`, made of the image `from` (which names a digest) if it is not there yet.
 * @throws FdlError `runtime-invalid`, `image-not-found`, `image-denied`, `image-platform`, `image-unsupported`,
 *   `registry-failed`
 */
export async function ensureRuntime(
  from: ImageReference & { readonly digest: string },
  architecture: Architecture,
  at: Repository,
  deps: RuntimeDeps,
): Promise<Runtime> {
  const tag = runtimeTag(architecture, from.digest);
  const read = () => readImage(deps.client, { ...at, tag }, architecture);
  const there = await read().catch((error) => {
    if (error instanceof FdlError && error.code === 'image-not-found') return undefined;
    throw error;
  });
  if (there) return runtimeOf(there);
  await makeRuntime(from, architecture, { ...at, tag }, deps);
  // Somebody else may have been faster, with other bytes.
  return runtimeOf(await read());
}

function runtimeOf({ manifest, config }: Image): Runtime {
  const [layer] = manifest.layers;
  const [diffId] = config.rootfs.diff_ids;
  if (!layer || diffId === undefined) throw new Error('The runtime image has no layer.');
  return { digest: layer.digest, size: layer.size, diffId, command: config.config?.Entrypoint ?? [] };
}

async function makeRuntime(
  from: ImageReference,
  architecture: Architecture,
  to: Repository & { readonly tag: string },
  deps: RuntimeDeps,
): Promise<void> {
  const { client, copier, tmpRoot } = deps;
  const work = await mkdtemp(path.join(tmpRoot, 'fdl-runtime-'));
  try {
    const { layer, loader } = await takeRuntime(from, architecture, work, client);
    const bytes = Buffer.from(JSON.stringify(runtimeConfig(from, architecture, layer, loader)));
    const digest = digestOf(bytes);
    await allDone([copier.copy(fileBlob(layer), to), copier.copy(bytesBlob(bytes, digest), to)]);
    await putManifestOnce(client, to, to.tag, {
      schemaVersion: 2,
      mediaType: OWN_FAMILY.manifest,
      config: { mediaType: OWN_FAMILY.config, digest, size: bytes.length },
      layers: [{ mediaType: OWN_FAMILY.layer, digest: layer.digest, size: layer.size }],
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function takeRuntime(
  from: ImageReference,
  architecture: Architecture,
  work: string,
  client: RegistryClient,
) {
  const image = formatReference(from);
  const { manifest, config } = await readImage(client, from, architecture);
  const layers = layersAs(OWN_FAMILY, manifest.layers, image);
  const tree = await scanImage(client, from, layers, work);
  const paths = (config.config?.Env ?? []).filter((variable) => variable.startsWith('PATH='));
  const searchPath = paths[0]?.slice('PATH='.length) ?? '';
  const runtime = await findRuntime(tree, { image, architecture, searchPath });
  const layer = await writeRuntimeLayer(runtime, path.join(work, 'layer.tar.gz'), client.retry.signal);
  return { layer, loader: runtime.loader };
}

function runtimeConfig(from: ImageReference, architecture: Architecture, layer: LayerFile, loader: string) {
  const labels = { [BASE_NAME]: formatReference({ ...from, digest: '' }), [BASE_DIGEST]: from.digest };
  return {
    architecture: imageArchitecture(architecture),
    os: 'linux',
    config: { Entrypoint: nodeCommand(loader), Labels: labels },
    rootfs: { type: 'layers', diff_ids: [layer.diffId] },
    history: [{ created_by: `fdl: Node and its libraries, of ${formatReference(from)}` }],
  };
}

// Packs Node, its libraries and their licences as a layer.

/** Writes the layer to `file`; the same runtime gives the same bytes. */
async function writeRuntimeLayer(
  runtime: RuntimeFiles,
  file: string,
  signal: AbortSignal | undefined,
): Promise<LayerFile> {
  const libraries = [...runtime.libraries].map(([name, from]) => program(`lib/${name}`, from));
  const licences = [...runtime.licences].map(([name, from]) => text(`${LICENCES}/${name}`, from));
  const sources = await Promise.all([program('bin/node', runtime.node), ...libraries, ...licences]);
  return writeLayer(sources, file, signal);
}

const program = (name: string, file: string) => source(name, file, true);
const text = (name: string, file: string) => source(name, file, false);

async function source(name: string, file: string, executable: boolean): Promise<TarSource> {
  const { size } = await stat(file);
  const path = `${ROOT.slice(1)}/${name}`;
  return { kind: 'file', path, executable, size, open: () => createReadStream(file) };
}
