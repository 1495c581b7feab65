/** moto: a stand-in for AWS, with state. */
import { required } from './need.ts';
import { type Server, ServerPool, startServer, takePort } from './server.ts';

/** Any keys are right for moto. */
export const MOTO_KEYS = { accessKeyId: 'test-access-key', secretAccessKey: 'test-secret-key' } as const;

const pool = new ServerPool(launch, async ({ url }) => {
  const { ok, status } = await fetch(`${url}/moto-api/reset`, { method: 'POST' });
  if (!ok) throw new Error(`moto does not forget what it has: ${status}`);
});

/** An empty moto, with the policies that AWS manages. */
export async function startMoto(): Promise<Server> {
  const moto = await pool.take();
  return { url: moto.url, stop: async () => pool.leave(moto) };
}

async function launch(): Promise<Server> {
  const port = await takePort();
  return startServer({
    program: required('moto'),
    args: ['-H', '127.0.0.1', '-p', String(port)],
    url: `http://127.0.0.1:${port}`,
    ready: '/moto-api/data.json',
    env: {
      MOTO_IAM_LOAD_MANAGED_POLICIES: 'true',
      // Images of machines, which nobody here asks for, take a second at each start.
      MOTO_EC2_LOAD_DEFAULT_AMIS: 'false',
    },
  });
}
