/** Resources of a WebDAV server: where they are, and what it says of them. */
import type { Http } from '../http.ts';
import type { HttpSubject } from '../http-error.ts';
import { checkPath, encodePath } from '../http-path.ts';
import type { ObjectInfo } from '../storage.ts';
import { type Entry, PROPFIND, readEntries } from './answers.ts';

/** One server, and what is known of it. */
export interface Server {
  readonly id: string;
  readonly http: Http;
  /** Without a slash at its end. */
  readonly base: string;
  readonly secret: Readonly<Record<string, string>>;
  /** Collections that are there, by their paths. */
  readonly made: Set<string>;
}

export function subjectOf({ id, base }: Server, bucket: string, key?: string): HttpSubject {
  return { store: id, server: base, bucket, key, bucketName: 'folder' };
}

/** An object on its server. */
export interface Located {
  readonly server: Server;
  readonly bucket: string;
  readonly key: string;
  readonly url: string;
  readonly subject: HttpSubject;
}

export function at(server: Server, bucket: string, key: string): Located {
  const subject = subjectOf(server, bucket, key);
  const path = `${bucket}/${key}`;
  // A slash at the end stands for a folder.
  checkPath(path.replace(/\/$/, ''), subject);
  return { server, bucket, key, url: `${server.base}/${encodePath(path)}`, subject };
}

/** What stands in a collection, or what the object itself is; nothing where nothing is there. */
export async function find(
  server: Server,
  url: string,
  depth: 0 | 1,
  subject: HttpSubject,
  signal?: AbortSignal,
) {
  const { http, secret } = server;
  const headers = { depth: String(depth), 'content-type': 'application/xml; charset=utf-8' };
  const request = { method: 'PROPFIND', url, headers, secret, body: PROPFIND, subject, signal };
  const { answer, text } = await http.text({ ...request, accept: [404, 410] });
  if (answer.status === 404 || answer.status === 410) return undefined;
  return readEntries(text, answer, subject);
}

/** Where a bucket is. */
export function topOf({ base }: Server, bucket: string): string {
  return `${base}/${encodePath(bucket)}/`;
}

export function infoOf(key: string, { size, modified, etag }: Entry): ObjectInfo {
  const made = `${modified.getTime().toString(36)}-${size.toString(36)}`;
  return { key, size, modified, etag: etag === '' ? made : etag };
}
