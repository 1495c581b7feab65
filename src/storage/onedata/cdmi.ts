/** What a Oneprovider is asked by CDMI, and what it says. Rule: `src/http/cdmi` of https://github.com/onedata/op-worker */
import { asObject, asText, type JsonObject, parseJson } from '../../json.ts';
import { StorageError } from '../error.ts';
import { discard, type Http, type HttpRequest } from '../http.ts';
import { type HttpSubject, wrongAnswer } from '../http-error.ts';
import { encodePath } from '../http-path.ts';
import type { ObjectInfo } from '../storage.ts';

/** One space on a Oneprovider. */
export interface Cdmi {
  readonly id: string;
  readonly http: Http;
  readonly base: string;
  readonly space: string;
  readonly secret: Readonly<Record<string, string>>;
  /** Folders that are there, by their paths. */
  readonly made: Set<string>;
}

const VERSION = { 'x-cdmi-specification-version': '1.1.1' } as const;

interface Asked extends Pick<HttpRequest, 'subject' | 'signal' | 'accept'> {
  /** Below the space; with a slash at its end for a folder. */
  readonly path: string;
  /** Names of what is to be told, between semicolons. */
  readonly query: string;
}

/** What is told of a path; nothing where nothing is there. */
async function ask(server: Cdmi, { path, query, ...rest }: Asked): Promise<JsonObject | undefined> {
  const { base, space, http, secret } = server;
  const url = `${base}/cdmi/${encodePath(`${space}/${path}`)}?${query}`;
  const { answer, text } = await http
    .text({ method: 'GET', url, headers: VERSION, secret, follows: false, ...rest, accept: [404, 302] })
    .catch(told(rest.subject));
  // A folder that was asked for as a file leads to the folder, and a file to the file.
  if (answer.status !== 200) return undefined;
  const json = asObject(parseJson(text)?.value);
  if (!json) throw wrongAnswer('the answer is not one of CDMI', rest.subject);
  return json;
}

/** Errors of its file system have one status for all, and say by their text what they are. */
function told({ store, bucketName, server }: HttpSubject) {
  return (thrown: unknown): never => {
    const isDenied = thrown instanceof StorageError && /POSIX error: (eacces|eperm)\b/.test(thrown.message);
    if (!isDenied) throw thrown;
    const hint = `Ask for a token of "${store}" that may use this ${bucketName}.`;
    throw new StorageError('storage-denied', `access at ${server} was denied: ${thrown.message}`, { hint });
  };
}

/** A file; nothing where there is none, or a folder. */
export async function objectOf(
  server: Cdmi,
  path: string,
  subject: HttpSubject,
  signal?: AbortSignal,
): Promise<Omit<ObjectInfo, 'key'> | undefined> {
  const json = await ask(server, { path, query: 'objectType;metadata:cdmi_', subject, signal });
  if (!json || json['objectType'] === 'application/cdmi-container') return undefined;
  const metadata = asObject(json['metadata']);
  const [size, mtime = '', ctime = ''] = ['cdmi_size', 'cdmi_mtime', 'cdmi_ctime'].map((name) =>
    asText(metadata?.[name]),
  );
  if (size === undefined) throw wrongAnswer('the answer has no size of the file', subject);
  const [modified, changed] = [new Date(mtime || 0), new Date(ctime || 0)];
  const etag = [modified, changed, Number(size)].map((part) => Number(part).toString(36)).join('-');
  return { size: Number(size), modified, etag };
}

/** Names at a time; a Oneprovider refuses more than 1000. Rule: `max_children_per_request` of op-worker */
const PAGE = 1000;

/** The names in a folder, those of folders with a slash at their end; nothing where there is no such folder. */
export async function childrenOf(
  server: Cdmi,
  path: string,
  subject: HttpSubject,
  signal?: AbortSignal,
): Promise<readonly string[] | undefined> {
  const about = await ask(server, { path, query: 'childrenrange', subject, signal });
  if (!about) return undefined;
  // Empty for a folder that is empty.
  const last = /^\d+-(\d+)$/.exec(asText(about['childrenrange']) ?? '')?.[1];
  const count = last === undefined ? 0 : Number(last) + 1;
  const names: string[] = [];
  for (let from = 0; from < count; from += PAGE) {
    const to = Math.min(from + PAGE, count) - 1;
    const page = await ask(server, { path, query: `children:${from}-${to}`, subject, signal });
    for (const name of [page?.['children'] ?? []].flat()) names.push(checked(name, subject));
  }
  return names;
}

function checked(name: unknown, subject: HttpSubject): string {
  if (typeof name === 'string' && !/^\.{0,2}\/?$|\/./.test(name)) return name;
  throw wrongAnswer(`its list names what is not below the folder: ${name}`, subject);
}

/** Makes a folder and those above it. For one that is there, the same request changes nothing. */
export async function makeFolders(
  server: Cdmi,
  path: string,
  subject: HttpSubject,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { base, space, http, secret, made } = server;
  if (path === '' || made.has(path)) return;
  await makeFolders(server, path.replace(/[^/]*\/$/, ''), subject, signal);
  const url = `${base}/cdmi/${encodePath(`${space}/${path}`)}`;
  const headers = { ...VERSION, 'content-type': 'application/cdmi-container' };
  const request = { method: 'PUT', url, headers, secret, body: '{}', subject, signal };
  discard(await http.send(request).catch(told(subject)));
  made.add(path);
}
