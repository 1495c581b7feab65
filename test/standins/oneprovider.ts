/**
 * The CDMI of a Oneprovider with one space. Rule of all: `src/http/cdmi` of https://github.com/onedata/op-worker, whose
 * names the comments here have.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Server } from './server.ts';

export const ONEDATA = { space: 'lab space', token: 'MDAxY2xvY2F00aW9uIG9uZXpvbmUK' } as const;

/** A file, or a folder, which has no content. */
interface Node {
  content?: Buffer;
  readonly children: Map<string, Node>;
  modified: Date;
}

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Names, without the space. */
  readonly names: readonly string[];
  readonly isContainer: boolean;
  /** Names of what is asked for, between semicolons. */
  readonly options: readonly string[];
  readonly version: string | undefined;
}

/** Rule: `max_children_per_request` of `rel/files/app.config`. */
const MOST_CHILDREN = 1000;

/** Starts it on a free port. */
export async function startOneprovider(): Promise<Server> {
  const root = folder();
  const server = createServer((request, response) => {
    answer(root, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function folder(): Node {
  return { children: new Map(), modified: new Date() };
}

async function answer(root: Node, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // `is_authorized`: the header may also be `Authorization: Bearer`.
  if (request.headers['x-auth-token'] !== ONEDATA.token)
    return fail(response, 401, 'unauthorized', 'Unauthorized');
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const [, cdmi, space, ...names] = path.split('/').map(decodeURIComponent);
  if (cdmi !== 'cdmi' || space !== ONEDATA.space)
    return fail(response, 404, 'notFound', 'The resource could not be found');
  const isContainer = path.endsWith('/');
  const version = request.headers['x-cdmi-specification-version'];
  // `get_supported_version`
  if (version !== undefined && version !== '1.1.1' && version !== '1.1')
    return fail(response, 400, 'badValueNotAllowed', 'Bad value: version');
  const options = query === '' ? [] : decodeURIComponent(query).split(';');
  const asked = {
    request,
    response,
    names: names.filter(Boolean),
    isContainer,
    options,
    version: version?.toString(),
  };
  const found = at(root, asked.names);
  // `redirect_to_container`, `redirect_to_dataobject`: always to HTTPS.
  if (found && isContainer === Boolean(found.content)) {
    const other = isContainer ? path.replace(/\/$/, '') : `${path}/`;
    response
      .writeHead(302, { location: `https://${request.headers.host}${other}${query && `?${query}`}` })
      .end();
    return;
  }
  if (request.method === 'GET') return get(asked, found);
  if (request.method === 'PUT') return put(root, asked, found);
  if (request.method === 'DELETE') return remove(root, asked, found);
  // `allowed_methods`
  return void response.writeHead(405).end();
}

function at(root: Node, names: readonly string[]): Node | undefined {
  return names.reduce<Node | undefined>((node, name) => node?.children.get(name), root);
}

async function get(
  { response, isContainer, options, version }: Asked,
  found: Node | undefined,
): Promise<void> {
  if (!found) return void response.writeHead(404).end();
  // `content_types_provided`: only the content of a file can be had without a version.
  if (version === undefined && isContainer)
    return fail(response, 400, 'missingRequiredValue', 'Missing required value: version');
  if (version === undefined) return void response.writeHead(200).end(found.content);
  const told: Record<string, unknown> = {};
  for (const option of options) {
    const [name = '', value] = option.split(':');
    if (name === 'objectType') told[name] = `application/cdmi-${isContainer ? 'container' : 'object'}`;
    if (name === 'metadata') told[name] = metadataOf(found, value ?? '');
    if (name === 'childrenrange')
      told[name] = found.children.size === 0 ? '' : `0-${found.children.size - 1}`;
    if (name === 'children') {
      const range = rangeOf(value, found.children.size);
      if (!range)
        return fail(response, 400, 'badData', 'Bad value: provided childrenrange could not be understood');
      told[name] = [...found.children]
        .slice(...range)
        .map(([child, node]) => (node.content ? child : `${child}/`));
    }
  }
  const type = `application/cdmi-${isContainer ? 'container' : 'object'}`;
  response.writeHead(200, { 'content-type': type }).end(JSON.stringify(told));
}

/** `fill_cdmi_metadata`: texts, with times in seconds. */
function metadataOf({ content, modified }: Node, prefix: string): Record<string, string> {
  const time = `${modified.toISOString().slice(0, 19)}Z`;
  const all = {
    cdmi_size: String(content?.length ?? 0),
    cdmi_ctime: time,
    cdmi_atime: time,
    cdmi_mtime: time,
  };
  return Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith(prefix)));
}

/** `normalize_childrenrange`: within what is there, and no more than the most at a time. */
function rangeOf(text: string | undefined, count: number): [from: number, end: number] | undefined {
  if (text === undefined) return count > MOST_CHILDREN ? undefined : [0, count];
  const [from = Number.NaN, to = Number.NaN] = text.split('-').map(Number);
  return from <= to && to < count && to - from + 1 <= MOST_CHILDREN ? [from, to + 1] : undefined;
}

async function put(root: Node, asked: Asked, found: Node | undefined): Promise<void> {
  const { request, response, names, isContainer, version } = asked;
  const parent = at(root, names.slice(0, -1));
  const name = names.at(-1) ?? '';
  const type = request.headers['content-type'];
  // `content_types_accepted`
  if (type?.startsWith('application/cdmi-') && version === undefined)
    return fail(response, 400, 'missingRequiredValue', 'Missing required value: version');
  if (!parent || parent.content)
    return fail(response, 400, 'posix', 'Operation failed with POSIX error: enoent.');
  if (isContainer) {
    await buffer(request);
    // `put_cdmi` sets the metadata of one that is there; `put_binary` makes one, and fails then.
    if (found && type !== 'application/cdmi-container')
      return fail(response, 400, 'posix', 'Operation failed with POSIX error: eexist.');
    if (!found) parent.children.set(name, folder());
    return void response.writeHead(found ? 204 : 201).end();
  }
  const node = found ?? folder();
  // `write_req_body_to_file`: what has come is there at once, and stays where the rest does not come.
  node.content = Buffer.alloc(0);
  parent.children.set(name, node);
  for await (const chunk of request) {
    node.content = Buffer.concat([node.content, chunk as Buffer]);
    node.modified = new Date();
  }
  response.writeHead(found ? 204 : 201).end();
}

/** `delete_cdmi` of a folder removes all that is in it. */
function remove(root: Node, { response, names }: Asked, found: Node | undefined): void {
  if (!found) return void response.writeHead(404).end();
  at(root, names.slice(0, -1))?.children.delete(names.at(-1) ?? '');
  response.writeHead(204).end();
}

/** `http_req:send_error`; errors of the file system all have the status 400 (`to_http_code` of ctool). */
function fail(response: ServerResponse, status: number, id: string, description: string): void {
  response
    .writeHead(status, { 'content-type': 'application/json', connection: 'close' })
    .end(JSON.stringify({ error: { id, description } }));
}
