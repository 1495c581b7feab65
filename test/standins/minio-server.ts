/** MinIO itself: the store of OSCAR clusters, with its users, policies and notifications. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { required } from './need.ts';
import { freePort } from './server.ts';

export interface MinioServer {
  readonly url: string;
  /** Makes sure that webhooks of these names are known, which takes a restart where one is new. */
  know(names: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

export interface MinioServerOptions {
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Where the event of a webhook goes: its name is added to this URL. */
  readonly hooks: string;
}

/** Milliseconds. */
const START_TIMEOUT = 60_000;
const POLL = 25;

/** Names of webhooks that most tests use: one restart is spared for each. */
const USUAL = ['upper', 'count', 'hello', 'a', 'b', 'c', 'x', 'y', 'z', 'next', 'other'];

/** Starts MinIO on a free port, with an empty folder of its own. */
export async function startMinioServer(options: MinioServerOptions): Promise<MinioServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-minio-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const known = new Set(USUAL);
  let child = await start({ folder, port, url, options, known });
  return {
    url,
    know: async (names) => {
      if (names.every((name) => known.has(name))) return;
      for (const name of names) known.add(name);
      await end(child);
      child = await start({ folder, port, url, options, known });
    },
    stop: async () => {
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Starting {
  readonly folder: string;
  readonly port: number;
  readonly url: string;
  readonly options: MinioServerOptions;
  readonly known: ReadonlySet<string>;
}

/** The shell ends it as soon as nobody holds its input any more: also when the test itself is killed. */
const UNTIL_LEFT = '"$@" >/dev/null 2>&1 & child=$!; trap "kill -9 $child" TERM; read line; kill -9 $child';

async function start({ folder, port, url, options, known }: Starting): Promise<ChildProcess> {
  const { region, accessKey, secretKey, hooks } = options;
  const webhooks = [...known].flatMap((name) => [
    [`MINIO_NOTIFY_WEBHOOK_ENABLE_${name}`, 'on'],
    [`MINIO_NOTIFY_WEBHOOK_ENDPOINT_${name}`, `${hooks}/${name}`],
  ]);
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    MINIO_ROOT_USER: accessKey,
    MINIO_ROOT_PASSWORD: secretKey,
    MINIO_BROWSER: 'off',
    ...(region && { MINIO_SITE_REGION: region }),
    ...Object.fromEntries(webhooks),
  };
  const server = [required('minio'), 'server', '--quiet', '--address', `127.0.0.1:${port}`, `${folder}/data`];
  const child = spawn('/bin/sh', ['-c', UNTIL_LEFT, 'sh', ...server], {
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const until = Date.now() + START_TIMEOUT;
  while (Date.now() < until && child.exitCode === null) {
    const answer = await fetch(`${url}/minio/health/ready`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) return child;
    await wait(POLL);
  }
  await end(child);
  throw new Error('MinIO did not start');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.stdin?.end();
  await ended;
}
