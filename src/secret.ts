import { inspect } from 'node:util';

/** What is shown in place of a secret value. */
export const HIDDEN = '(secret)';

/**
 * A text that no output may show: a credential, or a value that came from the environment.
 * It prints, logs and serialises as `(secret)`; only `reveal()` gives the text.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself: call it only where the text is handed to what needs it. */
  reveal(): string {
    return this.#text;
  }

  equals(other: unknown): boolean {
    return other instanceof Secret && other.#text === this.#text;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}

/** A text that may be secret. */
export type Text = string | Secret;

/** The text, secret or not. */
export function reveal(text: Text): string {
  return text instanceof Secret ? text.reveal() : text;
}

/** Shorter values stand in ordinary words too often for masking them to tell anything. */
const SHORTEST_MASKED = 4;

/** Words that begin URIs and name providers: who takes one for a key hides nothing, and all URIs would be spoilt. */
const COMMON = new Set(['minio', 'onedata', 'oscar', 'rucio', 'webdav']);

/**
 * A function that replaces every given secret in a text: the last net under logs and error messages.
 * Each line of a secret of several lines counts by itself, since logs are read line by line.
 */
export function masker(secrets: Iterable<string>): (text: string) => string {
  const parts = [...secrets].flatMap((secret) => secret.split(/\r?\n/)).map((line) => line.trim());
  const masked = [...new Set(parts)].filter((part) => part.length >= SHORTEST_MASKED && !COMMON.has(part));
  masked.sort((a, b) => b.length - a.length);
  return (text) => masked.reduce((shown, part) => shown.split(part).join(HIDDEN), text);
}
