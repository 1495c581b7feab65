/** A real container registry (CNCF Distribution) with its data in a folder of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { required } from './need.ts';
import { type Server, ServerPool, startServer, takePort } from './server.ts';

/** Who may use a registry that asks for a password. */
export const REGISTRY_USER = { username: 'AWS', password: 'ecr-token' } as const;
/** The password as registries keep it (bcrypt). */
const HTPASSWD = `AWS:$2y$05$abcdefghijklmnopqrstuuuvA6QCTKX1ImSpGB4g.ALCAkn7l0Y1e\n`;

/** A server, and what it keeps. */
interface Registry {
  readonly url: string;
  readonly data: string;
}

const open = poolOf(false);
const closed = poolOf(true);

/** An empty registry; stopping it removes its data. With `login` it knows `REGISTRY_USER` alone. */
export async function startRegistry({ login = false } = {}): Promise<Server> {
  const pool = login ? closed : open;
  const registry = await pool.take();
  return {
    url: registry.url,
    stop: async () => {
      // Images are large, and the next test may be long in coming.
      empty(registry);
      pool.leave(registry);
    },
  };
}

function poolOf(login: boolean): ServerPool<Registry> {
  return new ServerPool(
    () => launch(login),
    async (registry) => empty(registry),
  );
}

function empty({ data }: Registry): void {
  rmSync(data, { recursive: true, force: true });
}

async function launch(login: boolean): Promise<Registry> {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-registry-'));
  const port = await takePort();
  const [config, data] = [path.join(folder, 'config.yml'), path.join(folder, 'data')];
  writeFileSync(path.join(folder, 'htpasswd'), HTPASSWD);
  const auth = login && { auth: { htpasswd: { realm: 'account', path: path.join(folder, 'htpasswd') } } };
  writeFileSync(
    config,
    JSON.stringify({
      version: '0.1',
      log: { level: 'error' },
      storage: { filesystem: { rootdirectory: data }, delete: { enabled: true } },
      http: { addr: `127.0.0.1:${port}` },
      ...auth,
    }),
  );
  const url = `http://127.0.0.1:${port}`;
  // `/` answers everybody.
  await startServer({ program: required('registry'), args: ['serve', config], url, ready: '/' });
  return { url, data };
}
