/**
 * ECR's registry itself, at `/v2/` of the stand-in: the real registry with ECR's own rules before it. Rules: "Amazon ECR
 * private registry" (with its setting for blob mounting) and "Pushing an image" in ECR's user guide.
 */
import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Door } from '../core/front.ts';
import { ACCOUNT, type RegistryAccess, type World } from '../core/world.ts';
import type { Images } from './images.ts';

/**
 * Lets those in who know the password of GetAuthorizationToken. As on ECR, repositories do not come into being by
 * uploads, nothing is mounted from one repository into another, and an upload takes one chunk only.
 */
export function registryDoor(world: World, images: Images): Door {
  const { registry } = world.settings;
  const begun = new Set<string>();
  return (request, response) => {
    const signed = request.headers.authorization?.startsWith('AWS4');
    if (!registry || signed || !/^\/v2(\/|$)/.test(request.url ?? '')) return undefined;
    return answer({ registry, images, begun }, request, response);
  };
}

interface Plane {
  readonly registry: RegistryAccess;
  readonly images: Images;
  /** Uploads that have had their chunk. */
  readonly begun: Set<string>;
}

async function answer(plane: Plane, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = '', search = ''] = (request.url ?? '').split('?');
  const { login = 'AWS:ecr-token' } = plane.registry;
  if (request.headers.authorization !== `Basic ${Buffer.from(login).toString('base64')}`) {
    response.setHeader(
      'www-authenticate',
      `Basic realm="https://${ACCOUNT}.dkr.ecr/",service="ecr.amazonaws.com"`,
    );
    return refuse(
      response,
      401,
      'DENIED',
      'Your authorization token has expired. Reauthenticate and try again.',
    );
  }
  const [, name] = /^\/v2\/(.+)\/(?:blobs|manifests|tags)\//.exec(path) ?? [];
  if (name !== undefined && !(await plane.images.hasRepository(name))) {
    const message = `The repository with name '${name}' does not exist in the registry with id '${ACCOUNT}'`;
    return refuse(response, 404, 'NAME_UNKNOWN', message);
  }
  if (request.method === 'PATCH') {
    if (plane.begun.has(path))
      return refuse(response, 416, 'BLOB_UPLOAD_INVALID', 'The upload has had its chunk.');
    plane.begun.add(path);
  }
  const query = new URLSearchParams(search);
  for (const field of ['mount', 'from']) query.delete(field);
  await pass(plane.registry, `${path}${query.size > 0 ? `?${query}` : ''}`, request, response);
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  const body = JSON.stringify({ errors: [{ code, message }] });
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

async function pass(
  { url, login }: RegistryAccess,
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { authorization: _, ...kept } = request.headers;
  const own = login === undefined ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
  const passed = send(`${url}${target}`, {
    method: request.method ?? 'GET',
    // The host stays, so that the registry names the stand-in in the addresses that it gives.
    headers: { ...kept, ...own },
  });
  const [, [reply]] = await Promise.all([
    pipeline(request, passed),
    once(passed, 'response') as Promise<[IncomingMessage]>,
  ]);
  response.writeHead(reply.statusCode ?? 502, reply.headers);
  await pipeline(reply, response);
}
