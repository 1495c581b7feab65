/** What a result depends on besides its input: what tells whether an earlier one still counts. Pure. */
import { createHash } from 'node:crypto';
import { Secret, type Text } from '../secret.ts';
import type { Output, Step } from './model.ts';

/** What a step takes along, by hashes of the content; each is absent where it has none. */
export interface StepContent {
  readonly script?: string | undefined;
  /** Of its further files. */
  readonly payload?: string | undefined;
  /** Digest of its image, or what else says where scripts run. */
  readonly image: string;
}

/** In the order in which they stand in a key. */
const PARTS = ['script', 'image', 'parameters'] as const;

/** A part of a key. */
export type KeyPart = (typeof PARTS)[number];

/** Hexadecimal digits of each part. */
const DIGITS = 16;

/**
 * The key of a step: hashes of its script, its image and its parameters, with dots between them. Parameters are its
 * variables, its further files and its outputs; of secrets only the names count, since a hash in a log would let their values
 * be guessed. Memory and time are none: what succeeded with less is no other result.
 */
export function stepKey(step: Pick<Step, 'environment' | 'outputs'>, content: StepContent): string {
  const parameters = JSON.stringify([
    content.payload ?? '',
    Object.entries(step.environment).sort(byName).map(shown),
    step.outputs.map(({ store, bucket, prefix, prefixes, suffixes }: Output) => {
      return [store, bucket, prefix, prefixes, suffixes];
    }),
  ]);
  return [content.script ?? '', content.image, parameters].map(shortHash).join('.');
}

/** What is known apart of variables that can change while all else stays as it is. */
export function variablesKey(variables: Readonly<Record<string, string>>): string {
  return shortHash(JSON.stringify(Object.entries(variables).sort(byName)));
}

/** A key whose parameters have these variables besides; nothing where there is no key. */
export function wholeKey(key: string | undefined, variables: string | undefined): string | undefined {
  if (!key || !variables) return key;
  const [script, image, parameters] = key.split('.');
  return [script, image, shortHash(`${parameters} ${variables}`)].join('.');
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function shown([name, value]: readonly [string, Text]): readonly string[] {
  return value instanceof Secret ? [name] : [name, value];
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, DIGITS);
}

/** Whether a key is of a step with this script, by the hash of its content; `undefined`: none. */
export function isOfScript(key: string, script: string | undefined): boolean {
  return key.split('.', 1)[0] === shortHash(script ?? '');
}

/** The parts in which two keys differ. */
export function changedParts(one: string, other: string): readonly KeyPart[] {
  const [before, now] = [one.split('.'), other.split('.')];
  return PARTS.filter((_, index) => before[index] !== now[index]);
}

/** How many different ones of each part keys have. */
export function versionsIn(keys: readonly string[]): Readonly<Record<KeyPart, number>> {
  const parts = keys.map((key) => key.split('.'));
  const count = (index: number) => new Set(parts.map((each) => each[index])).size;
  return { script: count(0), image: count(1), parameters: count(2) };
}
