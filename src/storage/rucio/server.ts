/** What Rucio's server is asked, and what it says of files and of where they are. */
import { asNumber, asObject, asText, parseJson } from '../../json.ts';
import { reveal } from '../../secret.ts';
import { StorageError } from '../error.ts';
import { type HttpAnswer, type HttpRequest, openHttp } from '../http.ts';
import { type HttpSubject, wrongAnswer } from '../http-error.ts';
import { serverUrl } from '../http-path.ts';
import type { ObjectInfo, Storage } from '../storage.ts';
import type { OpenableStore } from '../store.ts';
import { webdavStorage } from '../webdav/index.ts';

interface Asked extends Pick<HttpRequest, 'method' | 'subject' | 'body' | 'accept' | 'signal'> {
  readonly path: string;
}

export interface RucioServer {
  readonly id: string;
  readonly base: string;
  readonly account: string;
  /** The storage element that takes new files. */
  readonly rse: string;
  readonly verifyTls: boolean;
  token(subject: HttpSubject): Promise<string>;
  ask(asked: Asked): Promise<{ readonly answer: HttpAnswer; readonly text: string }>;
}

/** @throws FdlError `storage-address` */
export function rucioServer(
  { id, endpoint = '', credentials, verifyTls, ca }: OpenableStore,
  token: RucioServer['token'],
): RucioServer {
  const http = openHttp({ verifyTls, ca });
  const base = serverUrl(id, 'host', endpoint);
  const [account = '', rse = ''] = ['account', 'rse'].map((name) => reveal(credentials[name] ?? ''));
  return {
    ...{ id, base, account, rse, verifyTls, token },
    ask: async ({ path, ...asked }) => {
      const secret = { 'x-rucio-auth-token': await token(asked.subject) };
      const headers = {
        'x-rucio-account': account,
        ...(asked.body && { 'content-type': 'application/json' }),
      };
      return http.text({ ...asked, url: base + path, headers, secret });
    },
  };
}

export function subjectOf({ id, base }: RucioServer, bucket: string, key?: string): HttpSubject {
  return { store: id, server: base, bucket, key, bucketName: 'scope' };
}

/** Sends JSON; answers the text that came. */
export async function post(
  server: RucioServer,
  path: string,
  body: object,
  subject: HttpSubject,
  signal?: AbortSignal,
): Promise<string> {
  return (await server.ask({ method: 'POST', path, body: JSON.stringify(body), subject, signal })).text;
}

/** The values of an answer that has one in each line. */
export function linesOf(text: string, subject: HttpSubject): readonly unknown[] {
  return text.split('\n').flatMap((line) => {
    if (line.trim() === '') return [];
    const json = parseJson(line);
    if (!json) throw wrongAnswer('the answer is not one of Rucio', subject);
    return [json.value];
  });
}

/** A file as the catalogue has it. */
export interface FileOfRucio {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** In hexadecimal digits; empty where nobody told it. */
  readonly adler32: string;
  readonly md5: string;
  readonly created: Date;
}

/** Nothing for datasets and containers, which are collections of files. */
export function fileOf(meta: unknown, subject: HttpSubject): FileOfRucio | undefined {
  const json = asObject(meta);
  const [name, type] = [asText(json?.['name']), asText(json?.['did_type'])];
  if (name === undefined || type === undefined) throw wrongAnswer('the answer is not one of Rucio', subject);
  if (type !== 'FILE') return undefined;
  return {
    name,
    size: asNumber(json?.['bytes']) ?? 0,
    adler32: asText(json?.['adler32']) ?? '',
    md5: asText(json?.['md5']) ?? '',
    created: new Date(asText(json?.['created_at']) ?? 0),
  };
}

/** What a name stands for is never another content, so that its digest tells it. */
export function infoOf({ name, size, adler32, md5, created }: FileOfRucio): ObjectInfo {
  return { key: name, size, modified: created, etag: adler32 || md5 || name };
}

/** What the catalogue says of a file; nothing where it has none of that name. */
export async function metaOf(
  server: RucioServer,
  subject: HttpSubject,
  signal?: AbortSignal,
): Promise<FileOfRucio | undefined> {
  const path = `/dids/${encodeURIComponent(subject.bucket)}/${encodeURIComponent(subject.key ?? '')}/meta`;
  const { answer, text } = await server.ask({ method: 'GET', path, subject, signal, accept: [404] });
  return answer.status === 404 ? undefined : fileOf(parseJson(text)?.value, subject);
}

/** A copy of a file. */
export interface Place {
  readonly url: string;
  /** The element. */
  readonly rse: string;
}

/** Schemes by which storage elements are reached here, with those that they stand for. */
export const SCHEMES: Readonly<Record<string, string>> = {
  davs: 'https',
  https: 'https',
  dav: 'http',
  http: 'http',
};

/** The copies that can be read here, the nearest first. */
export async function replicasOf(
  server: RucioServer,
  subject: HttpSubject,
  signal?: AbortSignal,
): Promise<readonly Place[]> {
  const asked = { dids: [{ scope: subject.bucket, name: subject.key }], schemes: Object.keys(SCHEMES) };
  const found = linesOf(await post(server, '/replicas/list', asked, subject, signal), subject);
  const places = found.flatMap((line) => Object.entries(asObject(asObject(line)?.['pfns']) ?? {}));
  return places
    .map(([url, about]) => ({
      url,
      rse: asText(asObject(about)?.['rse']) ?? '',
      priority: asNumber(asObject(about)?.['priority']) ?? 0,
    }))
    .sort((a, b) => a.priority - b.priority);
}

/** Addresses that carry a signature of their own get no token. */
const SIGNED = /[?&](X-Amz-Signature|X-Goog-Signature|Signature|sig)=/i;

interface Element {
  readonly storage: Storage;
  /** Where the file is in it. */
  readonly bucket: string;
  readonly key: string;
}

/** The storage element that an address is on. @throws StorageError `storage-failed`: it is not reached by WebDAV */
export async function element(
  server: RucioServer,
  { url, rse }: Place,
  subject: HttpSubject,
): Promise<Element> {
  const scheme = SCHEMES[/^([a-z]+):/.exec(url)?.[1] ?? ''];
  const plain = url.replace(/^[a-z]+:/, `${scheme}:`);
  const isSafe = scheme === 'https' || (scheme === 'http' && server.base.startsWith('http:'));
  if (!isSafe || !URL.canParse(plain) || SIGNED.test(plain)) {
    const message = `the element ${rse} of Rucio cannot be used: its address is not one of WebDAV over HTTPS`;
    throw new StorageError('storage-failed', message, { hint: 'Name another storage element as "rse".' });
  }
  const { origin, pathname } = new URL(plain);
  const [, bucket = '', key = ''] = /^\/+([^/]+)\/+(.+)$/.exec(decodeURIComponent(pathname)) ?? [];
  const token = await server.token(subject);
  const storage = webdavStorage({
    id: `${server.id} (${rse})`,
    hostname: origin,
    token,
    verifyTls: server.verifyTls,
  });
  return { storage, bucket, key };
}
