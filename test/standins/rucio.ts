/** Rucio's own server, from its release on PyPI, with a storage element that is a WebDAV server. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { required } from './need.ts';
import { type Server, startServer, takePort } from './server.ts';

/** What it knows from its start. */
export const RUCIO = {
  account: 'alice',
  rse: 'LAB',
  scope: 'user.alice',
  token: 'header.rucio-token.signature',
} as const;

/** Starts it on a free port; `element` is the URL of a folder of a WebDAV server. */
export async function startRucio(element: string): Promise<Server> {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-rucio-'));
  const port = await takePort();
  const url = `http://127.0.0.1:${port}`;
  const program = fileURLToPath(new URL('rucio-server.py', import.meta.url));
  const server = await startServer({
    program: path.join(path.dirname(required('rucio')), 'python'),
    args: [program, folder, String(port), element, RUCIO.token],
    url,
    ready: '/ping',
  });
  return {
    url,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
