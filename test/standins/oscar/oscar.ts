/**
 * A fake OSCAR cluster at the wire, of a release that the test chooses, with its traps: it answers, refuses, forgets
 * and deletes as the server does. It logs every call, fails on demand, and can run its services when files arrive.
 * Rules: OSCAR, `main.go` and `pkg/utils/auth`.
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { CERTIFICATE, KEY } from '../../storage/certificate.ts';
import {
  ADMIN,
  type Answer,
  type Cluster,
  type Identity,
  type Job,
  Panic,
  plain,
  type Settings,
} from './cluster.ts';
import { fieldsOf } from './fields.ts';
import type { Issuer } from './issuer.ts';
import { type Minio, startMinio } from './minio.ts';
import { type PooledMinio, ROOT } from './minio-pool.ts';
import { release } from './release.ts';
import { routeFor } from './routes.ts';

export interface OscarOptions {
  /** Such as `3.6`, `4.0`, `4.1`, `4.1.2`. */
  readonly release: string;
  /** Serves HTTPS with a certificate that nobody vouches for. */
  readonly tls?: boolean;
  /** Takes tokens of this issuer besides the administrator's password. */
  readonly issuer?: Issuer;
  /** URL of an S3 stand-in that keeps the objects of its MinIO, or MinIO itself. */
  readonly s3: string | PooledMinio;
  /** MinIO's region, part of the ARNs of webhooks. */
  readonly region?: string;
  /** Milliseconds that MinIO is away after a change of its webhooks; 0 by default, seconds in life. */
  readonly minioRestartMs?: number;
  readonly settings?: Partial<Settings>;
  /** Asked for every request; `count` is how often this method and path came, this time included. */
  readonly trouble?: (call: Call & { readonly count: number }) => Trouble | undefined;
}

export interface Call {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: string;
  readonly authorization: string;
  readonly delegatedJob?: string | undefined;
}

/** What happens instead of the usual answer. */
export interface Trouble {
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Breaks the connection without an answer. */
  readonly hangUp?: boolean;
  /** Does what was asked, then breaks the connection without an answer. */
  readonly forget?: boolean;
  /** Waits for this first. */
  readonly after?: Promise<unknown>;
}

export interface Oscar {
  readonly url: string;
  readonly cluster: Cluster;
  readonly minio: Minio;
  /** In the order of their arrival; MinIO's webhooks are not among them. */
  readonly calls: readonly Call[];
  /** Calls of a method whose path matches. */
  count(method: string, path: RegExp): number;
  forget(): void;
  /** Adds a job with what it wrote; without a log it has no pod yet. */
  addJob(job: Partial<Job> & { readonly service: string }): Job;
  /** Resolves when no event and no run is under way, nor anything that those led to. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

const SETTINGS: Settings = {
  serverlessBackend: 'knative',
  gpus: false,
  volumes: true,
  allowedImages: [],
  pageSize: 70,
  s3Endpoint: undefined,
  runs: false,
  full: false,
  groups: [],
};

/** User and password of the administrator. */
export const ADMIN_LOGIN = { user: 'oscar', password: 'oscar-password' } as const;

export async function startOscar(options: OscarOptions): Promise<Oscar> {
  const calls: Call[] = [];
  const seen = new Map<string, number>();
  let cluster: Cluster | undefined;
  const minio = await startMinio({
    store: options.s3,
    region: options.region ?? 'us-east-1',
    root: ROOT,
    restartMs: options.minioRestartMs ?? 0,
    deliver: async (service, token, event) => {
      const ask = { method: 'POST', path: `/job/${service}`, body: event, authorization: `Bearer ${token}` };
      const { status } = await answerTo(cluster as Cluster, ask, Buffer.from(event));
      if (status >= 400) throw new Error(`the webhook answered ${status}`);
    },
  });
  const listener: RequestListener = (request, response) => {
    handle({ cluster: cluster as Cluster, calls, seen, options }, request, response).catch(() =>
      response.destroy(),
    );
  };
  const server = options.tls
    ? createTlsServer({ cert: CERTIFICATE, key: KEY }, listener)
    : createServer(listener);
  // On a busy machine a client would use a connection that was just given up.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  cluster = openCluster(options, minio, url);
  const made = cluster;
  return {
    url,
    minio,
    calls,
    cluster: made,
    count: (method, path) => calls.filter((call) => call.method === method && path.test(call.path)).length,
    forget: () => void calls.splice(0),
    addJob: (job) => addJob(made, job),
    settled: () => settled(made),
    stop: async () => {
      await settled(made);
      server.closeAllConnections();
      await Promise.all([new Promise((resolve) => server.close(resolve)), minio.stop()]);
    },
  };
}

function openCluster(
  { release: version, issuer, settings }: OscarOptions,
  minio: Minio,
  url: string,
): Cluster {
  const own = release(version);
  return {
    release: own,
    fields: fieldsOf(own),
    settings: { ...SETTINGS, ...settings },
    admin: ADMIN_LOGIN,
    issuer,
    minio,
    services: new Map(),
    secrets: new Map(),
    volumes: new Map(),
    jobs: [],
    underWay: new Set(),
    arriving: new Set(),
    url,
  };
}

function addJob({ jobs }: Cluster, job: Partial<Job> & { readonly service: string }): Job {
  const name = `${job.service}-${String(jobs.length).padStart(4, '0')}`;
  const made: Job = { name, owner: ADMIN, event: '', created: new Date(), status: 'Pending', ...job };
  jobs.push(made);
  return made;
}

/** What one run wrote may start another. */
async function settled({ minio, underWay }: Cluster): Promise<void> {
  do {
    await minio.settled();
    await Promise.all(underWay);
    await minio.settled();
  } while (underWay.size > 0);
}

interface Work {
  readonly cluster: Cluster;
  readonly calls: Call[];
  readonly seen: Map<string, number>;
  readonly options: OscarOptions;
}

async function handle(work: Work, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await buffer(request);
  const { method = '', url: path = '/', headers } = request;
  const delegatedJob = headers['x-delegated-job-id']?.toString();
  const call = {
    method,
    path,
    body: body.toString(),
    authorization: headers.authorization ?? '',
    delegatedJob,
  };
  work.calls.push(call);
  const key = `${method} ${path}`;
  const count = (work.seen.get(key) ?? 0) + 1;
  work.seen.set(key, count);
  const trouble = work.options.trouble?.({ ...call, count }) ?? {};
  await trouble.after;
  if (trouble.hangUp) return void response.destroy();
  if (trouble.status !== undefined) {
    return void response.writeHead(trouble.status, trouble.headers).end(trouble.body);
  }
  const answer = await answerTo(work.cluster, call, body);
  if (trouble.forget) return void response.destroy();
  const isJson = answer.json !== undefined;
  const type = isJson ? 'application/json; charset=utf-8' : 'text/plain; charset=utf-8';
  // What says nothing at all is of no type.
  const typed = isJson || answer.text !== undefined ? { 'content-type': type } : {};
  response.writeHead(answer.status, { ...typed, ...answer.headers });
  response.end(isJson ? JSON.stringify(answer.json) : answer.text);
}

async function answerTo(
  cluster: Cluster,
  { method, path, authorization, delegatedJob }: Call,
  body: Buffer,
): Promise<Answer> {
  const { pathname, searchParams: query } = new URL(path, 'http://oscar');
  const found = routeFor(cluster.release, method, pathname);
  if (!found) return plain(404, '404 page not found');
  const identity = pathname.startsWith('/system/') ? await identify(cluster, authorization) : NOBODY;
  if ('status' in identity) return identity;
  try {
    return await found.handler(cluster, {
      method,
      params: found.params,
      query,
      authorization,
      delegatedJob,
      body,
      identity,
    });
  } catch (error) {
    if (error instanceof Panic) return { status: 500 };
    throw error;
  }
}

const NOBODY: Identity = { admin: false, uid: '', name: '' };

/** Making a user's keys takes a moment. */
const ARRIVAL_MS = 20;

/** Who asks; users get keys of MinIO with their first call. */
async function identify(
  { admin, issuer, minio, arriving }: Cluster,
  authorization: string,
): Promise<Identity | Answer> {
  const [, token] = /^Bearer (.*)$/.exec(authorization) ?? [];
  const login = `Basic ${Buffer.from(`${admin.user}:${admin.password}`).toString('base64')}`;
  if (token === undefined || !issuer) {
    if (authorization === login) return { admin: true, uid: '', name: 'oscar' };
    const headers = { 'www-authenticate': 'Basic realm="Authorization Required"' };
    return { status: 401, headers };
  }
  const uid = issuer.subjectOf(token);
  if (uid === undefined) return { status: 401 };
  if (!minio.users.has(uid)) {
    // Rule: OSCAR, `getOIDCMiddleware`, which does not see that another request is at it.
    if (arriving.has(uid)) {
      return plain(500, `Error creating secret for user ${uid}: secrets "${uid}" already exists`);
    }
    arriving.add(uid);
    const keys = { accessKey: uid, secretKey: `secret-of-${uid}` };
    await new Promise((resolve) => setTimeout(resolve, ARRIVAL_MS));
    await minio.admin.addUser(uid, keys.secretKey);
    minio.users.set(uid, keys);
    arriving.delete(uid);
  }
  return { admin: false, uid, name: uid };
}
