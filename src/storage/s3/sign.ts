/**
 * Signs requests to S3 and its like: signature version 4 in the headers. The SDK's signer takes several times as long for a
 * request, since it derives the key and looks at every header anew.
 */
import { createHash, createHmac } from 'node:crypto';
import type { S3Credentials } from './options.ts';

/** A request as it will be sent. */
export interface Signable {
  readonly method: string;
  /** `host:port`, without a port that the scheme has anyway. */
  readonly host: string;
  /** Encoded, with a slash at its start. */
  readonly path: string;
  /** Encoded, its names in order; empty where there is none. */
  readonly query: string;
  /** Further headers, all of which are signed; names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body in hexadecimal, or `UNSIGNED_PAYLOAD`. */
  readonly payload: string;
}

/** What a signature is good for. `service` is `s3`, but for the few kinds of buckets that have another. */
export interface SigningScope {
  readonly keys: S3Credentials;
  readonly region: string;
  readonly service: string;
  /** Milliseconds since 1970, as the server counts them. */
  readonly now: number;
}

/** In place of the hash of a body that nobody signs: its connection, or a checksum, keeps it whole. */
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
/** The hash of no body. */
export const EMPTY_PAYLOAD = sha256('');

/** SHA-256 in hexadecimal. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/**
 * The headers of the request with those of its signature.
 * Rule: "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)" of Amazon S3's API reference.
 */
export function signedHeaders(request: Signable, scope: SigningScope): Record<string, string> {
  const { method, host, path, query, payload } = request;
  const { keys, region, service } = scope;
  const time = new Date(scope.now).toISOString().replace(/\.\d+|[-:]/g, '');
  const headers: Record<string, string> = {
    ...request.headers,
    host,
    'x-amz-content-sha256': payload,
    'x-amz-date': time,
    ...(keys.sessionToken && { 'x-amz-security-token': keys.sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const lines = names.map((name) => `${name}:${headers[name]?.trim().replace(/\s+/g, ' ')}\n`).join('');
  const signed = names.join(';');
  const canonical = `${method}\n${path}\n${query}\n${lines}\n${signed}\n${payload}`;
  const day = time.slice(0, 8);
  const place = `${day}/${region}/${service}/aws4_request`;
  const text = `AWS4-HMAC-SHA256\n${time}\n${place}\n${sha256(canonical)}`;
  const signature = createHmac('sha256', signingKey(keys, place)).update(text).digest('hex');
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${place}, SignedHeaders=${signed}, Signature=${signature}`;
  return headers;
}

/** Keys by the place that they sign for; a place has the day in it. */
const derived = new WeakMap<S3Credentials, Map<string, Buffer>>();

/** The key of a day, a region and a service: derived once. */
function signingKey(keys: S3Credentials, place: string): Buffer {
  const known = derived.get(keys) ?? new Map<string, Buffer>();
  const found = known.get(place);
  if (found) return found;
  const mac = (key: string | Buffer, part: string) => createHmac('sha256', key).update(part).digest();
  const key = place.split('/').reduce<string | Buffer>(mac, `AWS4${keys.secretAccessKey}`) as Buffer;
  // Those of yesterday are of no use any more.
  derived.set(
    keys,
    new Map([...known].filter(([other]) => other.slice(0, 8) === place.slice(0, 8))).set(place, key),
  );
  return key;
}

/** Nothing but RFC 3986's characters stays as it is. */
export function encoded(text: string): string {
  if (/^[\w.~-]*$/.test(text)) return text;
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** A key as a path: each of its names encoded once. */
export function encodedPath(key: string): string {
  return /^[\w.~/-]*$/.test(key) ? key : key.split('/').map(encoded).join('/');
}

/** A query with its names in the order that signatures want; values that are not there are left out. */
export function encodedQuery(query: Readonly<Record<string, string | number | undefined>>): string {
  return Object.keys(query)
    .filter((name) => query[name] !== undefined)
    .sort()
    .map((name) => `${encoded(name)}=${encoded(String(query[name]))}`)
    .join('&');
}
