/** A real container registry (CNCF Distribution) with its data in a folder of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { required } from './need.ts';
import { freePort, type Server, startServer } from './server.ts';

/** Starts an empty registry on a free port; stopping it removes its data. */
export async function startRegistry(): Promise<Server> {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-registry-'));
  const port = await freePort();
  const config = path.join(folder, 'config.yml');
  writeFileSync(config, configText(path.join(folder, 'data'), port));
  const url = `http://127.0.0.1:${port}`;
  const command = { program: required('registry'), args: ['serve', config], url, ready: '/v2/' };
  const server = await startServer(command);
  return {
    url,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configText(data: string, port: number): string {
  return JSON.stringify({
    version: '0.1',
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: data }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}` },
  });
}
