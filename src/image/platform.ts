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
 * The entries of an index that may run on Linux on an architecture, the best first: those that say so, of several variants
 * the one with the fewest demands, and then those that say nothing, which only a look into them tells.
 * Rule: `platform` is optional in the OCI image specification's image-index.md.
 */
export function candidatesIn(
  entries: readonly Descriptor[],
  architecture: Architecture,
): readonly Descriptor[] {
  const { go, variants } = NAMES[architecture];
  const images = entries.filter((entry) => !isAttestation(entry));
  const fitting = images
    .filter(({ platform }) => platform?.os === 'linux' && platform.architecture === go)
    .map((entry) => ({ entry, rank: variants.indexOf(entry.platform?.variant ?? '') }))
    .filter(({ rank }) => rank >= 0)
    .sort((a, b) => a.rank - b.rank);
  return [...fitting.map(({ entry }) => entry), ...images.filter((entry) => !saysPlatform(entry))];
}

/** The platforms that the entries of an index name. */
export function platformsIn(entries: readonly Descriptor[]): readonly Platform[] {
  return entries
    .filter((entry) => !isAttestation(entry) && saysPlatform(entry))
    .flatMap(({ platform }) => platform ?? []);
}

function saysPlatform({ platform }: Descriptor): boolean {
  return Boolean(platform?.os && platform.architecture);
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
