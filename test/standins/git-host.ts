/**
 * A git host with one repository, as its API shows it: GitHub Enterprise, GitLab and Gitea by their forms of paths. Rules:
 * https://docs.github.com/rest/repos/contents, https://docs.gitlab.com/api/repositories/ and `/api/swagger` of Gitea.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Files by their paths. */
export type Repository = Readonly<Record<string, string>>;

export interface GitHost {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** The repository is `lab/services`, with the branch `main`, which is the default one. */
export async function startGitHost(files: Repository): Promise<GitHost> {
  const server = createServer((request, response) => {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://host');
    const path = decodeURIComponent(pathname);
    const [, listed] = /^\/api\/v(?:3|1)\/repos\/lab\/services\/contents\/(.*)$/.exec(path) ?? [];
    const [, raw] = /^\/api\/v1\/repos\/lab\/services\/raw\/(.*)$/.exec(path) ?? [];
    const gitlab = /^\/api\/v4\/projects\/lab\/services\/repository\/(?:tree|files\/(.*)\/raw)$/.exec(path);
    const isKnown = ['main', 'HEAD', null].includes(query.get('ref'));
    const isRaw = request.headers.accept?.includes('raw') === true;
    if (!isKnown) return nothing(response);
    if (gitlab?.[1] !== undefined) return send(response, files[gitlab[1]]);
    if (gitlab) return list(response, files, query.get('path') ?? '', 'tree', Number(query.get('page') ?? 1));
    if (raw !== undefined) return send(response, files[raw]);
    if (listed === undefined) return nothing(response);
    return isRaw ? send(response, files[listed]) : list(response, files, listed, 'dir');
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  const stop = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, stop };
}

function nothing(response: ServerResponse): void {
  response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"Not Found"}');
}

function send(response: ServerResponse, content: string | undefined): void {
  if (content === undefined) nothing(response);
  else response.writeHead(200).end(content);
}

/** One entry on each page where pages are asked for, as GitLab has them. */
function list(
  response: ServerResponse,
  files: Repository,
  path: string,
  word: 'dir' | 'tree',
  page?: number,
): void {
  const start = path === '' ? '' : `${path}/`;
  const below = Object.keys(files).filter((name) => name.startsWith(start));
  const names = [...new Set(below.map((name) => name.slice(start.length).split('/')[0] ?? ''))];
  const entries = names.map((name) => ({
    name,
    path: start + name,
    type: files[start + name] === undefined ? word : word === 'tree' ? 'blob' : 'file',
  }));
  if (entries.length === 0) {
    nothing(response);
    return;
  }
  const next = page !== undefined && page < entries.length ? String(page + 1) : '';
  const shown = page === undefined ? entries : entries.slice(page - 1, page);
  response
    .writeHead(200, { 'content-type': 'application/json', 'x-next-page': next })
    .end(JSON.stringify(shown));
}
