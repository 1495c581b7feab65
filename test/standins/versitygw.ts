/** VersityGW: a server of S3 that others wrote, on the files of a folder. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { required } from './need.ts';
import { type Server, startServer, takePort } from './server.ts';

export const VERSITY_KEYS = { accessKeyId: 'versity-key', secretAccessKey: 'versity-secret' } as const;

/** Starts it on a free port, with an empty folder of its own. */
export async function startVersitygw(): Promise<Server> {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-versity-'));
  // Not every file system has attributes for what S3 knows of an object.
  for (const name of ['buckets', 'attributes']) mkdirSync(path.join(folder, name));
  const port = await takePort();
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer({
    program: required('versitygw'),
    args: [
      ...['--port', `127.0.0.1:${port}`, '--quiet', '--health', '/health'],
      ...['posix', '--sidecar', path.join(folder, 'attributes'), path.join(folder, 'buckets')],
    ],
    url,
    ready: '/health',
    env: {
      ROOT_ACCESS_KEY: VERSITY_KEYS.accessKeyId,
      ROOT_SECRET_KEY: VERSITY_KEYS.secretAccessKey,
    },
  });
  return {
    url,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
