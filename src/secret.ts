import { inspect } from 'node:util';
import { STORE_KINDS } from './store-kinds.ts';

/** What is shown in place of a secret value. */
export const HIDDEN = '(secret)';

/**
 * A text that no output may show: a credential, or a value that came from the environment.
 * It prints, logs and serialises as `(secret)`; only `reveal()` gives the text.
 */
export class Secret {
  #text: string | (() => string);

  /** The text, or what gets it once it is needed, which may throw. */
  constructor(text: string | (() => string)) {
    this.#text = text;
  }

  /** The text itself: call it only where the text is handed to what needs it. */
  reveal(): string {
    if (typeof this.#text !== 'string') this.#text = this.#text();
    return this.#text;
  }

  equals(other: unknown): boolean {
    return other instanceof Secret && other.reveal() === this.reveal();
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
/** Values that are shorter than this, such as `test` or `prod`, are masked only where they are a word by themselves. */
const SHORTEST_ANYWHERE = 8;

/** Words that begin URIs and name providers: who takes one for a key hides nothing, and all URIs would be spoilt. */
const COMMON = new Set<string>([...STORE_KINDS, 'oscar']);

/**
 * A function that replaces every given secret in a free text: the last net under logs and error messages. Each line of a
 * secret of several lines counts by itself, since logs are read line by line, and every form that programs print a
 * secret in, see `formsOf`. URIs of objects stay as they are, since they name what somebody looks for; what is a
 * credential in itself is hidden in every URL, see `withoutCredentials`.
 */
export function masker(secrets: Iterable<string>): (text: string) => string {
  const parts = [...secrets]
    .flatMap((secret) => [secret, ...secret.split(/\r?\n/)])
    .map((part) => part.trim());
  return hiding(parts.filter(isMasked).flatMap(formsOf));
}

function isMasked(part: string): boolean {
  return part.length >= SHORTEST_MASKED && !COMMON.has(part);
}

/** A function that replaces these texts, and no other forms of them. */
function hiding(texts: Iterable<string>): (text: string) => string {
  const masked = [...new Set(texts)].filter(isMasked);
  masked.sort((a, b) => b.length - a.length);
  const patterns = masked.map(patternOf);
  const hide = (text: string) => patterns.reduce((shown, part) => shown.replace(part, HIDDEN), text);
  // With a group, what is split at stands between the pieces: each second one is a URI.
  const hideAround = (text: string) =>
    text
      .split(OBJECT_URI)
      .map((piece, index) => (index % 2 === 1 ? piece : hide(piece)))
      .join('');
  return (text) => withoutCredentials(text.includes('://') ? hideAround(text) : hide(text));
}

/**
 * URIs of objects in stores, such as `minio.my_minio://bucket/key`; with userinfo it is something else. As texts may be of
 * any length, they are bounded by what buckets and keys may have.
 */
const OBJECT_URI = new RegExp(
  `(\\b(?:${STORE_KINDS.join('|')})(?:\\.[\\w-]+)?:\\/\\/[^\\s"'\`<>@?]{1,1500}(?=[\\s"'\`<>]|$))`,
);

/** Names such as `acme-test-files` are one word; a full stop behind a word is not part of it. */
const [BEFORE, BEHIND] = [
  '(?<![\\p{L}\\p{N}_]|[\\p{L}\\p{N}][-.])',
  '(?![\\p{L}\\p{N}_]|[-.][\\p{L}\\p{N}])',
];

function patternOf(part: string): RegExp {
  const escaped = part.replace(/[$()*+./?[\\\]^{|}]/g, '\\$&');
  // A text may be masked twice: what stands for a secret is none.
  const literal = HIDDEN.includes(part) ? `(?<!\\()${escaped}(?!\\))` : escaped;
  return new RegExp(part.length < SHORTEST_ANYWHERE ? BEFORE + literal + BEHIND : literal, 'gu');
}

/** A password, or a token in its place; a user's name is none. Its parts are bounded, as texts are of any length. */
const USERINFO = /([a-z][a-z0-9+.-]{0,30}:\/\/(?:[^\s/?#"'`<>@:]*:)?)[^\s/?#"'`<>@]+@/gi;
/** Rule: AWS Signature Version 2 and 4 in query strings, and shared access signatures. */
const SIGNATURE =
  /([?&](?:X-Amz-(?:Signature|Credential|Security-Token)|Signature|AWSAccessKeyId|sig)=)[^&\s"'`<>#]+/gi;

/** A text without what is a credential in itself: user and password, and signatures, in URLs. */
export function withoutCredentials(text: string): string {
  if (!text.includes('://')) return text;
  return text.replace(USERINFO, `$1${HIDDEN}@`).replace(SIGNATURE, `$1${HIDDEN}`);
}

/** Credentials that this process has read, in every form that it may send them in. */
const sent = new Set<string>();
let maskSent: ((text: string) => string) | undefined;

/**
 * From now on `maskCredentials` hides these: called where a credential is read or made, and not where an error is, since
 * any server may say back whatever it was sent.
 */
export function hideCredentials(...credentials: readonly (Text | undefined)[]): void {
  const before = sent.size;
  for (const credential of credentials) {
    const text = credential === undefined ? '' : reveal(credential).trim();
    if (text !== '') for (const form of formsOf(text)) sent.add(form);
  }
  if (sent.size > before) maskSent = undefined;
}

/** The same for a login, which travels as one text as well: `Basic base64(user:password)`. */
export function hideLogin(user: string, password: Text): void {
  hideCredentials(password, `${user}:${reveal(password)}`);
}

/** A text without any credential that this process has read so far. */
export function maskCredentials(text: string): string {
  maskSent ??= hiding(sent);
  return maskSent(text);
}

/** As it is, in base64 of either alphabet, with percent codes as in a path or a query, and as in JSON and XML. */
function formsOf(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  const base64 = bytes.toString('base64');
  const plain = [text, base64, base64.replace(/=+$/, ''), bytes.toString('base64url')];
  const encoded = plain.flatMap((form) => [
    encodeURIComponent(form),
    new URLSearchParams([['', form]]).toString().slice(1),
  ]);
  const quoted = [JSON.stringify(text).slice(1, -1), text.replace(/[&<>"']/g, (each) => XML[each] ?? each)];
  return [...plain, ...encoded, ...quoted];
}

const XML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
