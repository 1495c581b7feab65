/**
 * Repositories on git hosts, by the address that a browser shows: where their API lists folders and gives files. Rules:
 * https://docs.github.com/rest/repos/contents, https://docs.gitlab.com/api/repository_files/, and Gitea's
 * `/api/swagger`, which is Forgejo's, too.
 */
import { FdlError } from '../../../errors.ts';
import { isThisMachine } from '../../../image/registry/endpoint.ts';
import { asObject, asText } from '../../../json.ts';

/** What a folder has, by its name. */
export interface HostEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** A request of GET: its origin, and the path below it. */
export interface HostRequest {
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Repository {
  /** Folder that the address names; empty for the repository itself. */
  readonly folder: string;
  /** The page of a folder or a file, for people. */
  page(path: string): string;
  list(path: string): HostRequest;
  file(path: string): HostRequest;
}

type Kind = 'github' | 'gitlab' | 'gitea';

/** An address in its parts. */
interface Address {
  readonly kind: Kind;
  readonly origin: string;
  /** Owner and name, or groups and name. */
  readonly project: string;
  /** Branch, tag or commit; the default branch where the address names none. */
  readonly ref: string | undefined;
  readonly folder: string;
}

/**
 * The repository at an address, such as `https://github.com/grycap/oscar-hub/tree/main/crates`. `token`: of GitHub.
 * @throws FdlError `usage`
 */
export function repositoryAt(text: string, token: string | undefined): Repository {
  const address = partsOf(text);
  const { folder } = address;
  const page = (path: string) =>
    `${address.origin}/${address.project}/${IN_PAGE[address.kind](address, path)}`;
  return { folder, page, ...REQUESTS[address.kind](address, token) };
}

const IN_PAGE: Readonly<Record<Kind, (address: Address, path: string) => string>> = {
  github: ({ ref = 'HEAD' }, path) => `tree/${ref}/${path}`,
  gitlab: ({ ref = 'HEAD' }, path) => `-/tree/${ref}/${path}`,
  gitea: ({ ref }, path) => `src/${ref === undefined ? '' : `branch/${ref}/`}${path}`,
};

function partsOf(text: string): Address {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isThisMachine(url.hostname));
  if (!url || !isSafe) throw unusable(text, 'it is no https:// address');
  if (url.username || url.password) throw unusable(url.origin, 'it has a login in it');
  const words = url.pathname
    .split('/')
    .filter((word) => word !== '')
    .map(decoded);
  const kind = kindOf(url.hostname, words);
  const at = kind === 'gitlab' ? words.indexOf('-') : 2;
  const project = (at < 0 ? words : words.slice(0, at)).join('/').replace(/\.git$/, '');
  if (!project.includes('/')) throw unusable(text, 'it names no repository');
  const rest = at < 0 ? [] : words.slice(at + (kind === 'gitlab' ? 1 : 0));
  // Gitea has another word in between: src/branch/main.
  const skipped = kind === 'gitea' ? 2 : 1;
  if (rest.length > 0 && (rest[0] !== IN_ADDRESS[kind] || rest.length <= skipped))
    throw unusable(text, `behind the repository stands "${rest.join('/')}"`);
  const [ref, ...folders] = rest.slice(skipped);
  return { kind, origin: url.origin, project, ref, folder: folders.join('/') };
}

const IN_ADDRESS: Readonly<Record<Kind, string>> = { github: 'tree', gitlab: 'tree', gitea: 'src' };

function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}

/** Hosts have forms of addresses of their own; two of them are known by their names. */
function kindOf(host: string, words: readonly string[]): Kind {
  if (words.includes('-') || /^gitlab\./.test(host)) return 'gitlab';
  return words[2] === 'src' || host === 'codeberg.org' ? 'gitea' : 'github';
}

function unusable(text: string, why: string): FdlError {
  const hint =
    'Name a folder, or a repository as a browser shows it: https://github.com/grycap/oscar-hub/tree/main/crates.';
  return new FdlError('usage', `--from ${text} names no place of crates: ${why}`, { hint, exitCode: 2 });
}

type Requests = Pick<Repository, 'list' | 'file'>;

const REQUESTS: Readonly<Record<Kind, (address: Address, token: string | undefined) => Requests>> = {
  github,
  gitlab: ({ origin, project, ref }) => {
    const base = `/api/v4/projects/${encodeURIComponent(project)}/repository`;
    // Without one it is the default branch.
    const at = ref === undefined ? {} : { ref };
    return {
      list: (path) => ({
        origin,
        path: `${base}/tree?${new URLSearchParams({ path, per_page: '100', ...at })}`,
        headers: {},
      }),
      file: (path) => ({
        origin,
        path: `${base}/files/${encodeURIComponent(path)}/raw?${new URLSearchParams(at)}`,
        headers: {},
      }),
    };
  },
  gitea: ({ origin, project, ref }) => {
    const base = `/api/v1/repos/${encodedPath(project)}`;
    const query = ref === undefined ? '' : `?${new URLSearchParams({ ref })}`;
    return {
      list: (path) => ({ origin, path: `${base}/contents/${encodedPath(path)}${query}`, headers: {} }),
      file: (path) => ({ origin, path: `${base}/raw/${encodedPath(path)}${query}`, headers: {} }),
    };
  },
};

/** Without a token, its API answers 60 calls an hour; files are elsewhere, where nobody counts that. */
function github({ origin, project, ref }: Address, token: string | undefined): Requests {
  const isPublic = origin === 'https://github.com';
  const api = isPublic ? { origin: 'https://api.github.com', base: '' } : { origin, base: '/api/v3' };
  const login = isPublic && token ? { authorization: `Bearer ${token}` } : {};
  const query = ref === undefined ? '' : `?${new URLSearchParams({ ref })}`;
  const contents = (path: string, accept: string) => ({
    origin: api.origin,
    path: `${api.base}/repos/${encodedPath(project)}/contents/${encodedPath(path)}${query}`,
    headers: { accept, ...login },
  });
  const raw = (path: string) => ({
    origin: 'https://raw.githubusercontent.com',
    path: `/${encodedPath(project)}/${encodeURIComponent(ref ?? 'HEAD')}/${encodedPath(path)}`,
    headers: {},
  });
  return {
    list: (path) => contents(path, 'application/vnd.github+json'),
    file: (path) =>
      isPublic && token === undefined ? raw(path) : contents(path, 'application/vnd.github.raw+json'),
  };
}

function encodedPath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** What a host lists of a folder; nothing where it is none. GitLab calls a folder `tree`, the others `dir`. */
export function entriesOf(answer: unknown): readonly HostEntry[] | undefined {
  if (!Array.isArray(answer)) return undefined;
  return answer.flatMap((each) => {
    const name = asText(asObject(each)?.['name']);
    const type = asText(asObject(each)?.['type']);
    // A name becomes part of a path.
    if (name === undefined || name.includes('/') || name === '..') return [];
    return [{ name, isFolder: type === 'dir' || type === 'tree' }];
  });
}
