/** Objects of Azure Blob Storage: where they are, how they are asked for, and what the server says of them. */

import { discard, type Http, type HttpAnswer, type HttpRequest } from '../http.ts';
import { type HttpSubject, notFound } from '../http-error.ts';
import { encodeKey } from '../http-path.ts';
import { metadataIn } from '../metadata.ts';
import type { ObjectInfo } from '../storage.ts';
import type { AzureAccount } from './account.ts';

/** One account. */
export interface Server {
  readonly id: string;
  readonly http: Http;
  readonly account: AzureAccount;
  readonly partBytes: number;
}

/** An object in it. */
export interface Located {
  readonly server: Server;
  readonly key: string;
  readonly url: string;
  readonly subject: HttpSubject;
}

export function subjectOf({ id, account }: Server, bucket: string, key?: string): HttpSubject {
  return { store: id, server: account.base, bucket, key, bucketName: 'container' };
}

export function at(server: Server, bucket: string, key: string): Located {
  const subject = subjectOf(server, bucket, key);
  const url = `${server.account.base}/${encodeURIComponent(bucket)}/${encodeKey(key, subject)}`;
  return { server, key, url, subject };
}

export type Asked = Pick<HttpRequest, 'method' | 'url' | 'subject'> & Partial<HttpRequest>;

/** A request that is signed as it goes. That a container is missing, the answer says in a header. */
export async function ask({ http, account }: Server, asked: Asked): Promise<HttpAnswer> {
  const { headers = {}, accept = [] } = asked;
  const opened = account.open({ ...asked, headers });
  const answer = await http.sendOnce({ ...asked, headers, ...opened, accept: [...accept, 404] });
  if (answer.status !== 404) return answer;
  discard(answer);
  const { key: _, ...top } = asked.subject;
  if (answer.headers['x-ms-error-code'] === 'ContainerNotFound') throw notFound(top);
  throw notFound(asked.subject);
}

/** Rule: "Setting and retrieving properties and metadata for Blob resources" of Azure Storage. */
export const METADATA = 'x-ms-meta-';

export function infoOf(key: string, headers: HttpAnswer['headers'], size: number): ObjectInfo {
  const modified = new Date(headers['last-modified'] ?? Date.now());
  const etag = (headers['etag'] ?? '').replaceAll('"', '');
  return { key, size, modified, etag, ...metadataIn(METADATA, headers) };
}
