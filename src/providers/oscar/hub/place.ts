/** Where crates are: a folder of this machine, or a repository on a git host, which is read over HTTP without git. */
import { type Dirent, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { pageTokens } from '../../../bounds.ts';
import { FdlError, hasCode, messageOf } from '../../../errors.ts';
import { parseJson } from '../../../json.ts';
import { hideCredentials } from '../../../secret.ts';
import { OscarError } from '../api/error.ts';
import { openTransport, type Response } from '../api/transport.ts';
import { entriesOf, type HostEntry, type HostRequest, type Repository, repositoryAt } from './address.ts';

/** A folder with files and folders, here or elsewhere; paths have `/` between their parts. */
export interface Place {
  /** What people know it by: a path, or the page of a repository. */
  shown(path: string): string;
  /** True where its files are those of this machine. */
  readonly isHere: boolean;
  /** What a folder has; nothing where there is no such folder. Throws `hub-failed`. */
  list(path: string): Promise<readonly HostEntry[] | undefined>;
  /** A file; nothing where there is none. Throws `hub-failed`. */
  read(path: string): Promise<Buffer | undefined>;
  close(): Promise<void>;
}

interface PlaceOptions {
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** The place that is named, and the folder in it that is meant. @throws FdlError `usage` */
export function openPlace(
  named: string,
  { workingDirectory, environment, signal }: PlaceOptions,
): { readonly place: Place; readonly folder: string } {
  if (!named.includes('://')) return { place: folderPlace(resolve(workingDirectory, named)), folder: '' };
  const token = environment['GH_TOKEN'] || environment['GITHUB_TOKEN'] || undefined;
  if (token !== undefined) hideCredentials(token);
  const repository = repositoryAt(named, token);
  return { place: repositoryPlace(repository, signal), folder: repository.folder };
}

/** A folder of this machine. */
export function folderPlace(root: string): Place {
  const at = (path: string) => join(root, ...path.split('/'));
  return {
    isHere: true,
    shown: at,
    list: async (path) => {
      const found = absent(() => readdirSync(at(path), { withFileTypes: true }));
      return found?.map((each: Dirent) => ({ name: each.name, isFolder: each.isDirectory() }));
    },
    read: async (path) => {
      // A path of a file that somebody else wrote may lead anywhere.
      if (!at(path).startsWith(root + sep)) return undefined;
      try {
        return await readFile(at(path));
      } catch (thrown) {
        if (hasCode(thrown, 'ENOENT') || hasCode(thrown, 'ENOTDIR') || hasCode(thrown, 'EISDIR'))
          return undefined;
        throw new FdlError('hub-failed', `${at(path)} cannot be read: ${messageOf(thrown)}`, {
          cause: thrown,
        });
      }
    },
    close: async () => {},
  };
}

function absent<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT') || hasCode(thrown, 'ENOTDIR')) return undefined;
    throw new FdlError('hub-failed', `a folder of crates cannot be read: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}

/** Bytes: what a crate has beside these files (models, pictures) is not asked for. */
const LONGEST_FILE = 8 * 1024 * 1024;
/** One more try than none: the host of a hub is not what anybody waits for. */
const ATTEMPTS = 2;

function repositoryPlace(repository: Repository, signal: AbortSignal): Place {
  const transports = new Map<string, ReturnType<typeof openTransport>>();
  const send = async ({ origin, path, headers }: HostRequest): Promise<Response | undefined> => {
    const made = transports.get(origin);
    const whom = 'the git host';
    const transport = made ?? openTransport({ whom, endpoint: origin, verifyTls: true, attempts: ATTEMPTS });
    transports.set(origin, transport);
    try {
      return await transport.send({
        method: 'GET',
        path,
        headers,
        repeat: 'always',
        maxBytes: LONGEST_FILE,
        signal,
      });
    } catch (thrown) {
      if (thrown instanceof OscarError && thrown.status === 404) return undefined;
      throw thrown instanceof OscarError ? failed(origin, thrown) : thrown;
    }
  };
  return {
    isHere: false,
    shown: (path) => repository.page(path),
    list: (path) => listed(repository.list(path), send),
    read: async (path) => (await send(repository.file(path)))?.body,
    close: async () => {
      await Promise.all([...transports.values()].map((transport) => transport.close()));
    },
  };
}

/** All pages of a list: GitLab has several, and names the next one in a header. */
async function listed(
  request: HostRequest,
  send: (request: HostRequest) => Promise<Response | undefined>,
): Promise<readonly HostEntry[] | undefined> {
  const { origin } = request;
  const next = pageTokens((why) => new FdlError('hub-failed', `${origin} cannot be read: ${why}`));
  const entries: HostEntry[] = [];
  for (let page = ''; ; ) {
    const path = page === '' ? request.path : `${request.path}&page=${page}`;
    const answer = await send({ ...request, path });
    if (answer === undefined) return undefined;
    const found = entriesOf(parseJson(answer.body.toString('utf8'))?.value);
    if (found === undefined) throw strange(origin);
    entries.push(...found);
    page = next(String(answer.headers['x-next-page'] ?? ''));
    if (!/^\d+$/.test(page)) return entries;
  }
}

const ELSEWHERE = 'Or name a folder that has a copy of it: --from FOLDER.';

function strange(origin: string): FdlError {
  const hint = `Check the address: GitHub, GitLab, Gitea and Forgejo are known. ${ELSEWHERE}`;
  return new FdlError('hub-failed', `${origin} does not list folders as a git host does`, { hint });
}

/** Rule: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api (403 or 429). */
function failed(origin: string, error: OscarError): FdlError {
  const { status = 0, message, cause } = error;
  const isLimit = status === 429 || (status === 403 && /rate limit/i.test(error.said ?? ''));
  if (isLimit) {
    const hint = `Set GITHUB_TOKEN to a token of GitHub, which has a higher limit, or wait. ${ELSEWHERE}`;
    return new FdlError('hub-failed', `${origin} takes no more questions from here for some time`, {
      hint,
      cause,
    });
  }
  return new FdlError('hub-failed', message, {
    hint: `Check the address and the network. ${ELSEWHERE}`,
    cause,
  });
}
