/** Puts images into fake registries. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { ContainerConfig } from '../../src/image/image.ts';
import { type TarSource, writeTar } from '../../src/image/tar/writer.ts';
import type { FakeRegistry } from './fake-registry.ts';

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';
const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
const DOCKER_CONFIG = 'application/vnd.docker.container.image.v1+json';
const DOCKER_LAYER = 'application/vnd.docker.image.rootfs.diff.tar.gzip';

export interface ImageParts {
  /** Every layer by what is in it; one with a file by default. */
  readonly layers?: readonly (readonly TarSource[])[];
  readonly config?: ContainerConfig;
  readonly architecture?: string;
  readonly docker?: boolean;
  readonly layerType?: string;
}

/** Stores an image; answers the digest of its manifest. */
export async function addImage(
  registry: FakeRegistry,
  repository: string,
  tag: string | undefined,
  parts: ImageParts = {},
): Promise<string> {
  const { layers = [[textFile('etc/name', repository)]], config = { Cmd: ['true'] }, docker = false } = parts;
  const tars = await Promise.all(layers.map(tarOf));
  const stored = tars.map((tar) => {
    const mediaType = parts.layerType ?? (docker ? DOCKER_LAYER : OCI_LAYER);
    const packed = mediaType.endsWith('tar') ? tar : gzipSync(tar);
    return { mediaType, digest: registry.addBlob(repository, packed), size: packed.length };
  });
  const image = {
    architecture: parts.architecture ?? 'amd64',
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: tars.map(sha256) },
    history: tars.map(() => ({ created_by: 'a test' })),
  };
  const bytes = Buffer.from(JSON.stringify(image));
  const mediaType = docker ? DOCKER_MANIFEST : OCI_MANIFEST;
  return registry.addManifest(repository, tag, mediaType, {
    schemaVersion: 2,
    mediaType,
    config: {
      mediaType: docker ? DOCKER_CONFIG : OCI_CONFIG,
      digest: registry.addBlob(repository, bytes),
      size: bytes.length,
    },
    layers: stored,
  });
}

/** The bytes of an archive. */
export async function tarOf(sources: readonly TarSource[]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeTar(sources)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A file with a text. */
export function textFile(path: string, text: string): TarSource {
  return bytesFile(path, Buffer.from(text));
}

/** A file with some bytes. */
export function bytesFile(path: string, bytes: Buffer): TarSource {
  const open = async function* () {
    yield bytes;
  };
  return { kind: 'file', path, executable: false, size: bytes.length, open };
}

export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
