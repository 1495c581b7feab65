/** MinIO itself: the store of OSCAR clusters, with its users, policies and notifications. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { required } from './need.ts';
import { type Server, startServer, takePort } from './server.ts';

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

/** Names of webhooks that most tests use: one restart is spared for each. */
const USUAL = ['upper', 'count', 'hello', 'a', 'b', 'c', 'x', 'y', 'z', 'next', 'other'];

/** Starts MinIO on a free port, with an empty folder of its own. */
export async function startMinioServer(options: MinioServerOptions): Promise<MinioServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-minio-'));
  const port = await takePort();
  const url = `http://127.0.0.1:${port}`;
  const known = new Set(USUAL);
  let server = await start({ folder, port, url, options, known });
  return {
    url,
    know: async (names) => {
      if (names.every((name) => known.has(name))) return;
      for (const name of names) known.add(name);
      await server.stop();
      server = await start({ folder, port, url, options, known });
    },
    stop: async () => {
      await server.stop();
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

function start({ folder, port, url, options, known }: Starting): Promise<Server> {
  const { region, accessKey, secretKey, hooks } = options;
  const webhooks = [...known].flatMap((name) => [
    [`MINIO_NOTIFY_WEBHOOK_ENABLE_${name}`, 'on'],
    [`MINIO_NOTIFY_WEBHOOK_ENDPOINT_${name}`, `${hooks}/${name}`],
  ]);
  return startServer({
    program: required('minio'),
    args: ['server', '--quiet', '--address', `127.0.0.1:${port}`, `${folder}/data`],
    url,
    ready: '/minio/health/ready',
    env: {
      HOME: folder,
      MINIO_ROOT_USER: accessKey,
      MINIO_ROOT_PASSWORD: secretKey,
      MINIO_BROWSER: 'off',
      ...(region && { MINIO_SITE_REGION: region }),
      ...Object.fromEntries(webhooks),
    },
  });
}
