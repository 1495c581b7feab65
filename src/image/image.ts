/** An image of a registry, for one processor: its manifest and its configuration. */
import { FdlError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { aText, listOf, mapOf, maybe, withFields } from '../shape.ts';
import { type ImageManifest, isIndex, type Platform, readManifest } from './manifest.ts';
import {
  type Architecture,
  candidatesIn,
  imageArchitecture,
  platformError,
  platformsIn,
} from './platform.ts';
import { formatReference, type ImageReference } from './reference.ts';
import { readBlob } from './registry/blobs.ts';
import type { RegistryClient } from './registry/client.ts';
import { getManifest } from './registry/manifests.ts';

/** How a container of an image starts. Further fields are kept as they are. */
export interface ContainerConfig {
  readonly Entrypoint?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly Env?: readonly string[] | null;
  readonly WorkingDir?: string;
  readonly User?: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly [field: string]: unknown;
}

/** An image's configuration; further fields are kept as they are. */
export interface ImageConfig {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly config?: ContainerConfig | null;
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly string[] };
  readonly history?: readonly object[] | null;
  readonly [field: string]: unknown;
}

export interface Image {
  /** Where it is. */
  readonly reference: ImageReference;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
}

/**
 * Reads the image that a reference names for an architecture; with a digest, only once for all steps that have it.
 * @throws FdlError `image-not-found`, `image-denied`, `image-platform`, `image-unsupported`, `registry-failed`
 */
export function readImage(
  client: RegistryClient,
  reference: ImageReference,
  architecture: Architecture,
): Promise<Image> {
  const ask = () => askImage(client, reference, architecture);
  if (reference.digest === undefined || !client.memory) return ask();
  return client.memory(`${formatReference(reference)} ${architecture}`, ask);
}

async function askImage(
  client: RegistryClient,
  reference: ImageReference,
  architecture: Architecture,
): Promise<Image> {
  const subject = formatReference(reference);
  const { registry, repository } = reference;
  const read = async (at: ImageReference) => {
    const { bytes, mediaType } = await getManifest(client, at);
    return readManifest(Buffer.from(bytes).toString('utf8'), mediaType, subject);
  };
  const look: Look = {
    ...{ subject, architecture, found: [], left: MOST_LOOKS },
    read: (digest) => read({ registry, repository, digest }),
    configOf: async (manifest) => {
      const text = (await readBlob(client, reference, manifest.config)).toString('utf8');
      return readConfig(text, manifest, subject);
    },
  };
  const image = await imageIn(await read(reference), look);
  if (!image) throw platformError(subject, architecture, look.found);
  return { reference, ...image };
}

/** Indexes in indexes that are followed, and manifests that are looked into for one image: more is no honest one. */
const DEEPEST = 4;
const MOST_LOOKS = 64;

/** What it takes to find the image for an architecture among all that one name stands for. */
interface Look {
  readonly subject: string;
  readonly architecture: Architecture;
  read(digest: string): ReturnType<typeof readManifest> | Promise<ReturnType<typeof readManifest>>;
  configOf(manifest: ImageManifest): Promise<ImageConfig>;
  /** Platforms that were seen and do not fit. */
  readonly found: Platform[];
  /** Manifests that may still be read. */
  left: number;
}

/** An image says in its configuration for which processor it is; an index may say so for its entries, or leave it out. */
async function imageIn(
  manifest: ReturnType<typeof readManifest>,
  look: Look,
  depth: number = 0,
): Promise<Pick<Image, 'manifest' | 'config'> | undefined> {
  const { architecture, subject, found } = look;
  if (!isIndex(manifest)) {
    const config = await look.configOf(manifest);
    if (config.os === 'linux' && config.architecture === imageArchitecture(architecture))
      return { manifest, config };
    found.push(config);
    return undefined;
  }
  if (depth === DEEPEST) throw unsupported(subject, 'its index leads to indexes without an end');
  for (const { digest } of candidatesIn(manifest.manifests, architecture)) {
    look.left -= 1;
    if (look.left < 0) throw unsupported(subject, `its index names more than ${MOST_LOOKS} images`);
    const image = await imageIn(await look.read(digest), look, depth + 1);
    if (image) return image;
  }
  found.push(...platformsIn(manifest.manifests));
  return undefined;
}

function readConfig(text: string, { layers }: ImageManifest, subject: string): ImageConfig {
  const json = parseJson(text);
  if (!json) throw unsupported(subject, 'its configuration is not JSON');
  const problem = CONFIG(json.value, '');
  if (problem !== undefined) throw unsupported(subject, `its configuration is damaged: ${problem}`);
  const config = json.value as ImageConfig;
  if (config.rootfs.diff_ids.length !== layers.length) {
    throw unsupported(subject, 'its configuration and its manifest do not tell of the same layers');
  }
  return config;
}

const texts = maybe(listOf(aText));
/** Rule: the OCI image specification, "Image Configuration". */
const CONFIG = withFields({
  architecture: aText,
  os: aText,
  variant: maybe(aText),
  config: maybe(
    withFields({
      Entrypoint: texts,
      Cmd: texts,
      Env: texts,
      WorkingDir: maybe(aText),
      User: maybe(aText),
      Labels: maybe(mapOf(aText)),
    }),
  ),
  rootfs: withFields({ diff_ids: listOf(aText) }),
  history: maybe(listOf(withFields({}))),
});

function unsupported(subject: string, why: string): FdlError {
  return new FdlError('image-unsupported', `the image ${subject} cannot be used: ${why}`, {
    hint: 'Build the image again, or name another one.',
  });
}
