/** WsgiDAV: a WebDAV server that others wrote. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { required } from './need.ts';
import { type Server, startServer, takePort } from './server.ts';

export const DAV_LOGIN = { user: 'me', password: 'wsgidav-password' } as const;

/** Starts it on a free port, with an empty folder of its own. */
export async function startWsgidav(): Promise<Server> {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-dav-'));
  for (const name of ['files', 'open']) mkdirSync(path.join(folder, name));
  const port = await takePort();
  const config = {
    host: '127.0.0.1',
    port,
    provider_mapping: { '/': path.join(folder, 'files'), '/open': path.join(folder, 'open') },
    http_authenticator: { accept_basic: true, accept_digest: false, default_to_digest: false },
    // Whether it is ready, everybody may ask.
    simple_dc: {
      user_mapping: { '*': { [DAV_LOGIN.user]: { password: DAV_LOGIN.password } }, '/open': true },
    },
    verbose: 1,
  };
  const file = path.join(folder, 'wsgidav.json');
  writeFileSync(file, JSON.stringify(config));
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer({
    program: required('wsgidav'),
    args: ['-c', file],
    url,
    ready: '/open/',
  });
  return {
    url,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
