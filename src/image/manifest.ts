/**
 * Manifests of images, in the two families that registries speak. Rules: the OCI image specification, and
 * https://distribution.github.io/distribution/spec/manifest-v2-2/
 */
import { FdlError } from '../errors.ts';
import { pageText } from '../html-page.ts';
import { isObject, parseJson } from '../json.ts';
import { aText, listOf, mapOf, maybe, type Shape, withFields } from '../shape.ts';
import { isDigest } from './digest.ts';

export interface Platform {
  readonly os?: string;
  readonly architecture?: string;
  readonly variant?: string;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An image for one platform. */
export interface ImageManifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** One image for several platforms. */
interface ImageIndex {
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
}

/**
 * The media types of one family. AWS Lambda takes either, but no mixture in one manifest, and layers that are not packed
 * in one of OCI only. Rule: https://github.com/bazel-contrib/rules_aws/pull/145, where Lambda refuses
 * `application/vnd.docker.image.rootfs.diff.tar`.
 */
interface Family {
  readonly name: 'oci' | 'docker';
  readonly manifest: string;
  readonly index: string;
  readonly config: string;
  /** A tar archive, packed with gzip. */
  readonly layer: string;
  /** A tar archive as it is. */
  readonly plainLayer: string;
}

const OCI: Family = {
  name: 'oci',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  plainLayer: 'application/vnd.oci.image.layer.v1.tar',
};

const DOCKER: Family = {
  name: 'docker',
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  index: 'application/vnd.docker.distribution.manifest.list.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  plainLayer: 'application/vnd.docker.image.rootfs.diff.tar',
};

const FAMILIES = [OCI, DOCKER] as const;

/** What we take, for the header `Accept`. */
export const MANIFEST_TYPES: readonly string[] = FAMILIES.flatMap(({ manifest, index }) => [manifest, index]);

/** The family that images of ours begin with where no image of a user sets another. */
export const OWN_FAMILY: Family = OCI;

/** The family that an image made of this one is of: its own, unless AWS Lambda would not take the layers so. */
export function familyOf({ mediaType, layers }: Pick<ImageManifest, 'mediaType' | 'layers'>): Family {
  const isPlain = layers.some((layer) => isOf('plainLayer', layer.mediaType));
  return mediaType === DOCKER.manifest && !isPlain ? DOCKER : OCI;
}

/**
 * Why AWS Lambda would not take an image as it is; nothing where it would.
 * Rule: Lambda's developer guide, "Create a Lambda function using a container image", and `Family`.
 */
export function refusedByLambda(manifest: ImageManifest | ImageIndex): string | undefined {
  if (isIndex(manifest)) return 'it is an index of images for several platforms';
  const family = manifest.mediaType === DOCKER.manifest ? DOCKER : OCI;
  const taken = family === OCI ? [OCI.layer, OCI.plainLayer] : [DOCKER.layer];
  const odd = [manifest.config, ...manifest.layers].find(
    ({ mediaType }, index) => !(index === 0 ? mediaType === family.config : taken.includes(mediaType)),
  );
  return odd && `a part of it is "${odd.mediaType}"`;
}

/** Whether a manifest is one for several platforms. */
export function isIndex(manifest: ImageManifest | ImageIndex): manifest is ImageIndex {
  return 'manifests' in manifest;
}

/**
 * Reads a manifest. `mediaType` is what the registry said; the OCI specification lets the text leave it out.
 * @throws FdlError `image-unsupported`: it is older than 2016, or describes no container image
 */
export function readManifest(text: string, mediaType: string, subject: string): ImageManifest | ImageIndex {
  const json = parseJson(text);
  if (!json) throw unsupported(subject, `its manifest is ${pageText(text) ?? 'not JSON'}`);
  const value = json.value;
  if (!isObject(value)) throw unsupported(subject, 'its manifest is damaged: it is no object');
  const type = typeof value['mediaType'] === 'string' ? value['mediaType'] : mediaType;
  if (value['schemaVersion'] !== 2) throw unsupported(subject, 'its manifest is in a format of before 2016');
  const { config, layers, manifests } = value as Partial<ImageManifest & ImageIndex>;
  const isImage = Array.isArray(layers) && isConfig(config?.mediaType);
  if (manifests !== undefined ? !Array.isArray(manifests) : !isImage) {
    throw unsupported(subject, 'it is something else than a container image');
  }
  const shape = manifests ? withFields({ manifests: listOf(DESCRIPTOR) }) : IMAGE;
  const problem = shape(value, '');
  if (problem !== undefined) throw unsupported(subject, `its manifest is damaged: ${problem}`);
  return { ...value, mediaType: type } as ImageManifest | ImageIndex;
}

// Digests become parts of addresses, and sizes of headers.
const digest: Shape = (value, at) => (isDigest(value) ? undefined : `${at} is no digest`);
const size: Shape = (value, at) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? undefined : `${at} is no size`;
const PLATFORM = withFields({ os: maybe(aText), architecture: maybe(aText), variant: maybe(aText) });
const DESCRIPTOR = withFields({
  mediaType: maybe(aText),
  digest,
  size,
  platform: maybe(PLATFORM),
  annotations: maybe(mapOf(aText)),
});
const PART: Shape = (value, at) => DESCRIPTOR(value, at) ?? withFields({ mediaType: aText })(value, at);
const IMAGE = withFields({ config: PART, layers: listOf(PART) });

function isConfig(mediaType: unknown): boolean {
  return FAMILIES.some(({ config }) => config === mediaType);
}

/**
 * The layers of an image with the media types of a family; the content of a layer is the same in both.
 * @throws FdlError `image-unsupported`: a layer is packed with zstd, which AWS Lambda does not take, or is not in the
 *   registry (foreign layers, which Windows has)
 */
export function layersAs(
  family: Family,
  layers: readonly Descriptor[],
  subject: string,
): readonly Descriptor[] {
  return layers.map(({ mediaType, digest, size }) => {
    if (isOf('layer', mediaType)) return { mediaType: family.layer, digest, size };
    if (isOf('plainLayer', mediaType)) return { mediaType: family.plainLayer, digest, size };
    throw unsupported(subject, `a layer of it is "${mediaType}"`);
  });
}

function isOf(kind: 'layer' | 'plainLayer', mediaType: string): boolean {
  return FAMILIES.some((family) => family[kind] === mediaType);
}

function unsupported(subject: string, why: string, cause?: unknown): FdlError {
  return new FdlError('image-unsupported', `the image ${subject} cannot be used: ${why}`, {
    hint: 'Build it again with gzip layers: docker buildx build --output type=image,compression=gzip,force-compression=true',
    cause,
  });
}
