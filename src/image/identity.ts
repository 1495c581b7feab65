/** Names composed images by what goes into them, so that one request tells whether an image is there. */
import { createHash } from 'node:crypto';
import { Secret } from '../secret.ts';
import { LAYOUT_VERSION } from './layout.ts';
import type { Architecture } from './platform.ts';

/** All that decides about a composed image; digests are of the form `sha256:…`. */
export interface ImageInputs {
  readonly architecture: Architecture;
  /** Digest of the user's image. */
  readonly base: string;
  /** Digest of the image that Node is taken from. */
  readonly runtime: string;
  /** Digest of the program. */
  readonly supervisor: string;
  /** Digest of the script. */
  readonly script?: string | undefined;
  /** Digest of the payload: of names, as they are in the image, and content. */
  readonly payload?: string | undefined;
  /** Plain JSON. */
  readonly configuration: unknown;
}

/** Characters that a tag may have in all are 128. */
const LONGEST_NAME = 100;
/** Hexadecimal digits: equal ones for different images of one step are out of the question. */
const DIGITS = 12;
const OUR_TAG = /^\w[\w.-]*-[0-9a-f]{12}$/;

/** The tag of a step's image: its name and a hash, such as `detect-3f2a90c1b7de`. */
export function imageTag(step: string, inputs: ImageInputs): string {
  return hashTag(step, [LAYOUT_VERSION, inputs]);
}

/** The tag of what Node is taken from for an architecture: an image of its own beside those of steps. */
export function runtimeTag(architecture: Architecture, runtimeDigest: string): string {
  return hashTag(`runtime-${architecture}`, [LAYOUT_VERSION, architecture, runtimeDigest]);
}

function hashTag(name: string, value: unknown): string {
  const hash = createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, DIGITS);
  return `${plainName(name)}-${hash}`;
}

/** Tags begin with a letter, a digit or `_`, and have `.` and `-` besides. Rule: the distribution specification. */
function plainName(name: string): string {
  const plain = name
    .replace(/[^\w.-]/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, LONGEST_NAME);
  return plain || 'step';
}

/** Whether a tag is one that `imageTag` gave an image of a step, whatever the image was made of. */
export function isImageTag(step: string, tag: string): boolean {
  return OUR_TAG.test(tag) && tag.slice(0, -1 - DIGITS) === plainName(step);
}

/** Whether a tag is one that `runtimeTag` gave. */
export function isRuntimeTag(tag: string): boolean {
  return (['x86_64', 'arm64'] as const).some((architecture) => isImageTag(`runtime-${architecture}`, tag));
}

/**
 * JSON that is equal for equal values: fields in the order of their names, absent ones left out.
 * @throws TypeError a secret is among them: nothing of what goes into an image or its name may be one
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value));
}

function sorted(value: unknown): unknown {
  if (value instanceof Secret) throw new TypeError('a secret must not get into an image');
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, each]) => [name, sorted(each)]));
}
