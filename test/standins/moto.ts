/** moto: a stand-in for AWS, with state. */
import { required } from './need.ts';
import { freePort, type Server, startServer } from './server.ts';

/** Any keys are right for moto. */
export const MOTO_KEYS = { accessKeyId: 'test-access-key', secretAccessKey: 'test-secret-key' } as const;

/** Starts moto on a free port; `env` is its configuration. */
export async function startMoto(env: Readonly<Record<string, string>> = {}): Promise<Server> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = ['-H', '127.0.0.1', '-p', String(port)];
  return startServer({ program: required('moto'), args, url, ready: '/moto-api/data.json', env });
}
