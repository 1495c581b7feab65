import { describe, expect, it } from 'vitest';
import type { Descriptor, Platform } from '../../src/image/manifest.ts';
import { candidatesIn, platformError, platformsIn } from '../../src/image/platform.ts';

let count = 0;
function entry(platform: Platform | undefined, annotations?: Record<string, string>): Descriptor {
  count += 1;
  return {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: `sha256:${count}`,
    size: 1,
    ...(platform && { platform }),
    ...(annotations && { annotations }),
  };
}
const linux = (architecture: string, variant?: string) =>
  entry({ os: 'linux', architecture, ...(variant !== undefined && { variant }) });

const AMD = linux('amd64');
const AMD_V3 = linux('amd64', 'v3');
const ARM_V7 = linux('arm', 'v7');
const ARM = linux('arm64');
const ARM_V8 = linux('arm64', 'v8');
const ARM_V9 = linux('arm64', 'v9');
const WINDOWS = entry({ os: 'windows', architecture: 'amd64' });
const PROOF = entry({ os: 'unknown', architecture: 'unknown' });
const PROOF_OF = entry(
  { os: 'linux', architecture: 'amd64' },
  { 'vnd.docker.reference.type': 'attestation-manifest' },
);

const NAMELESS = entry(undefined);

describe('the entries of an index', () => {
  it.each([
    ['x86_64', [WINDOWS, ARM_V7, ARM, AMD], AMD],
    ['arm64', [WINDOWS, ARM_V7, AMD, ARM], ARM],
    ['arm64', [ARM, ARM_V8], ARM_V8],
    ['arm64', [AMD, ARM_V9, ARM_V8], ARM_V8],
    ['x86_64', [AMD_V3, AMD], AMD],
    ['x86_64', [AMD_V3], AMD_V3],
    ['x86_64', [PROOF, PROOF_OF, AMD], AMD],
  ] as const)('for %s', (architecture, entries, expected) => {
    expect(candidatesIn(entries, architecture)[0]).toBe(expected);
  });

  it.each([
    ['arm64', [AMD, ARM_V7, WINDOWS, PROOF], 'linux/arm64', 'linux/amd64, linux/arm/v7, windows/amd64'],
    ['arm64', [ARM_V9], 'linux/arm64', 'linux/arm64/v9'],
    ['x86_64', [PROOF_OF], 'linux/amd64', 'none'],
  ] as const)('finds none for %s', (architecture, entries, wanted, listed) => {
    expect(candidatesIn(entries, architecture)).toEqual([]);
    expect(platformError('docker.io/a/b:1', architecture, platformsIn(entries))).toMatchObject({
      code: 'image-platform',
      message: `the image docker.io/a/b:1 is not there for ${wanted}; there is ${listed}`,
      hint: expect.stringContaining(`--platform ${wanted}`),
    });
  });

  it('are looked into where they say no platform, after those that do', () => {
    const empty = entry({ os: '', architecture: '' });
    expect(candidatesIn([NAMELESS, PROOF, ARM, AMD, empty], 'x86_64')).toEqual([AMD, NAMELESS, empty]);
  });
});
