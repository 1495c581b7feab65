/** A secret in every place where one can stand, each a text of its own, so that one that shows up tells where it came from. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { type Answer, type Server, startBefore } from './front.ts';

/** What is searched for, by the place that it stands for: letters and digits, which no quoting changes. */
const cores = new Map<string, string>();

/** The secret of a place. What is around its core is written in another way by each format. */
export function canary(place: string): string {
  const core = `Cnry${place.replace(/[^a-z0-9]+(.?)/gi, (_, next: string) => next.toUpperCase())}`;
  cores.set(place, core);
  return `k/${core}+"=&`;
}

/** Takes a secret that somebody else has chosen for a canary. */
export function takeForCanary(place: string, text: string): string {
  cores.set(place, text);
  return text;
}

/** Places whose secrets are in a text: as they are, or in base64 whatever stands before and behind them there. */
export function leaked(text: string): readonly string[] {
  const decoded = (text.match(/[\w+/-]{12,}/g) ?? []).flatMap((run) =>
    [0, 1, 2, 3].map((from) => Buffer.from(run.slice(from), 'base64').toString('latin1')),
  );
  const all = [text, ...decoded].join('\n');
  return [...cores].filter(([, core]) => all.includes(core)).map(([place]) => place);
}

/** The files of an image in a registry, manifests and configuration among them, as one text. */
export async function contentOfRegistry(url: string): Promise<string> {
  const json = async (path: string) => (await fetch(url + path, { headers: { accept: MANIFESTS } })).json();
  const { repositories = [] } = (await json('/v2/_catalog')) as { repositories?: readonly string[] };
  const texts: string[] = [];
  for (const name of repositories) {
    const { tags } = (await json(`/v2/${name}/tags/list`)) as { tags: readonly string[] | null };
    for (const tag of tags ?? []) {
      const manifest = (await json(`/v2/${name}/manifests/${tag}`)) as Manifest;
      texts.push(`${name}:${tag}`, JSON.stringify(manifest));
      for (const { digest } of [manifest.config, ...manifest.layers]) {
        const bytes = Buffer.from(await (await fetch(`${url}/v2/${name}/blobs/${digest}`)).arrayBuffer());
        texts.push((bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('latin1'));
      }
    }
  }
  return texts.join('\n');
}

const MANIFESTS =
  'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json';

interface Manifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

export type Mood = 'works' | 'refuses' | 'echoes' | 'hangs';

export interface Front extends Server {
  /** From now on so many requests are answered as they should be, and all others in this mood. */
  set(mood: Mood, after: number): void;
  /** How many requests were left without an answer. */
  hung(): number;
}

/** A server before another one, which may be in a bad mood. With `login`, `USER:PASSWORD`, it lets nobody else pass. */
export async function startFront(target: string, login?: string): Promise<Front> {
  const basic = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
  const state = { mood: 'works' as Mood, left: 0, hung: 0, turn: 0 };
  const server = await startBefore(target, (request, response, forward) => {
    state.left -= 1;
    if (state.mood === 'works' || state.left >= 0) return void admit(request, response, basic, forward);
    state.turn += 1;
    if (state.mood === 'hangs') state.hung += 1;
    else if (state.mood === 'refuses') refuse(request, response);
    else echo(request, response, state.turn);
  });
  return {
    ...server,
    set: (mood, after) => Object.assign(state, { mood, left: after, hung: 0, turn: 0 }),
    hung: () => state.hung,
  };
}

/** Passes a request on, without the login that it must have, if one is asked for. */
function admit(
  { headers }: IncomingMessage,
  response: ServerResponse,
  login: string | undefined,
  forward: Parameters<Answer>[2],
): void {
  const { authorization, ...others } = headers;
  if (login === undefined) void forward();
  else if (authorization === login) void forward(others);
  else response.writeHead(401, { 'www-authenticate': 'Basic realm="images"' }).end();
}

function refuse(request: IncomingMessage, response: ServerResponse): void {
  const body = JSON.stringify({ errors: [{ code: 'DENIED', message: 'no' }], message: 'no' });
  request.resume().on('end', () => response.writeHead(403, { 'content-type': 'application/json' }).end(body));
}

/** Says back all that it was sent, each time in another way. */
function echo(request: IncomingMessage, response: ServerResponse, turn: number): void {
  const chunks: Buffer[] = [];
  request
    .on('data', (chunk: Buffer) => chunks.push(chunk))
    .on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const got = [request.url, ...Object.values(request.headers), body].join(' ');
      const said = `${got} ${decodedLogin(request)}`;
      WAYS[turn % WAYS.length]?.(response, said);
    });
}

function decodedLogin({ headers: { authorization = '' } }: IncomingMessage): string {
  return Buffer.from(authorization.replace(/^\w+ /, ''), 'base64').toString('utf8');
}

const WAYS: readonly ((response: ServerResponse, said: string) => void)[] = [
  (response, said) => response.writeHead(400, { 'content-type': 'text/plain' }).end(said),
  (response, said) =>
    response
      .writeHead(403, { 'content-type': 'application/json' })
      .end(JSON.stringify({ errors: [{ code: 'DENIED', message: said }], message: said, Message: said })),
  (response, said) => {
    const text = said.replace(/[&<>]/g, (each) => `&#${each.charCodeAt(0)};`);
    const xml = `<Error><Code>AccessDenied</Code><Message>${text}</Message></Error>`;
    response.writeHead(403, { 'content-type': 'application/xml' }).end(xml);
  },
  (response, said) => {
    const form = encodeURIComponent(said).slice(0, 4000);
    const realm = `Bearer realm="http://127.0.0.1:9/${form}",service="x"`;
    response.writeHead(401, { 'www-authenticate': realm, 'x-amzn-errortype': form }).end();
  },
  (response, said) => response.writeHead(200, { 'content-type': 'application/json' }).end(said),
  (response, said) => {
    const location = `http://127.0.0.1:9/${encodeURIComponent(said).slice(0, 4000)}`;
    response.writeHead(302, { location }).end();
  },
];
