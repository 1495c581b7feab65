/** Chooses the image for a processor among those that one name stands for. */
import { FdlError } from '../errors.ts';
import type { Descriptor, Platform } from './manifest.ts';

/** As AWS names it. */
export type Architecture = 'x86_64' | 'arm64';

/** The names that images use (Go's), and the variants that run everywhere first. */
const NAMES: Readonly<Record<Architecture, { readonly go: string; readonly variants: readonly string[] }>> = {
  x86_64: { go: 'amd64', variants: ['', 'v1', 'v2', 'v3'] },
  arm64: { go: 'arm64', variants: ['v8', '', 'v8.0', 'v8.1', 'v8.2'] },
};

/** The architecture's name in images: `amd64` or `arm64`. */
export function imageArchitecture(architecture: Architecture): string {
  return NAMES[architecture].go;
}

/**
 * The entry of an index that runs on Linux on an architecture; of several variants the one with the fewest demands.
 * @throws FdlError `image-platform`, which lists what there is
 */
export function choosePlatform(
  entries: readonly Descriptor[],
  architecture: Architecture,
  subject: string,
): Descriptor {
  const images = entries.filter((entry) => !isAttestation(entry));
  const { go, variants } = NAMES[architecture];
  const fitting = images
    .filter(({ platform }) => platform?.os === 'linux' && platform.architecture === go)
    .map((entry) => ({ entry, rank: variants.indexOf(entry.platform?.variant ?? '') }))
    .filter(({ rank }) => rank >= 0)
    .sort((a, b) => a.rank - b.rank);
  const [best] = fitting;
  if (!best) {
    const platforms = images.map(({ platform }) => platform ?? {});
    throw platformError(subject, architecture, platforms);
  }
  return best.entry;
}

/** What BuildKit puts beside images: how they were built, and what is in them. */
function isAttestation({ platform, annotations }: Descriptor): boolean {
  return platform?.os === 'unknown' || annotations?.['vnd.docker.reference.type'] === 'attestation-manifest';
}

/** The error for an image that is not there for an architecture. */
export function platformError(
  subject: string,
  architecture: Architecture,
  found: readonly Platform[],
): FdlError {
  const platforms = found.map(({ os = '?', architecture: name = '?', variant }) =>
    [os, name, ...(variant ? [variant] : [])].join('/'),
  );
  const wanted = `linux/${imageArchitecture(architecture)}`;
  const message = `the image ${subject} is not there for ${wanted}; there is ${platforms.join(', ') || 'none'}`;
  return new FdlError('image-platform', message, {
    hint: `Build it for ${wanted} too (docker buildx build --platform ${wanted}), or choose another architecture.`,
    details: { wanted, platforms },
  });
}
