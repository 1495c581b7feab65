/** Objects of Google Cloud Storage: where they are, and what the server says of them. */
import { asObject, asText, type JsonObject, parseJson } from '../../json.ts';
import type { Digest } from '../digests.ts';
import type { Http } from '../http.ts';
import { type HttpSubject, wrongAnswer } from '../http-error.ts';
import { encodeKey } from '../http-path.ts';
import type { ObjectInfo } from '../storage.ts';

/** One server, and what opens it. */
export interface Server {
  readonly id: string;
  readonly http: Http;
  readonly base: string;
  readonly partBytes: number;
  secret(subject: HttpSubject): Promise<Readonly<Record<string, string>>>;
}

/** An object on its server. */
export interface Located {
  readonly server: Server;
  readonly bucket: string;
  readonly key: string;
  readonly url: string;
  readonly subject: HttpSubject;
}

export function subjectOf({ id, base }: Server, bucket: string, key?: string): HttpSubject {
  return { store: id, server: base, bucket, key, bucketName: 'bucket' };
}

export function bucketUrl({ base }: Server, bucket: string): string {
  return `${base}/storage/v1/b/${encodeURIComponent(bucket)}`;
}

export function at(server: Server, bucket: string, key: string): Located {
  const subject = subjectOf(server, bucket, key);
  return { server, bucket, key, url: `${bucketUrl(server, bucket)}/o/${encodeKey(key, subject)}`, subject };
}

/** What is asked of each object. The generation is another one with each change of the content. */
export const FIELDS = 'name,size,updated,generation,md5Hash';

export function infoOf(resource: JsonObject | undefined): ObjectInfo {
  const [key = '', size, updated, etag = ''] = ['name', 'size', 'updated', 'generation'].map((name) =>
    asText(resource?.[name]),
  );
  return { key, size: Number(size ?? 0), modified: new Date(updated ?? 0), etag };
}

export function resourceOf(text: string, subject: HttpSubject): JsonObject {
  const json = asObject(parseJson(text)?.value);
  if (asText(json?.['generation']) === undefined)
    throw wrongAnswer('the answer is not one of Google Cloud Storage', subject);
  return json as JsonObject;
}

/** From base64. Objects that were composed of others have none. */
export function md5Of(text: string | undefined): Digest | undefined {
  return text === undefined
    ? undefined
    : { algorithm: 'md5', hex: Buffer.from(text, 'base64').toString('hex') };
}
