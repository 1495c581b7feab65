/** Azurite: Microsoft's own emulator of Azure Blob Storage. */
import { required } from './need.ts';
import { type Server, startServer, takePort } from './server.ts';

/** Any key in base64 will do. */
export const AZURITE = {
  account: 'fdltests',
  key: Buffer.from('the key of azurite').toString('base64'),
} as const;

/** Starts it on a free port, empty. Containers are made with the key of the account. */
export async function startAzurite(): Promise<Server> {
  const port = await takePort();
  const origin = `http://127.0.0.1:${port}`;
  const server = await startServer({
    program: process.execPath,
    args: [
      ...[required('azurite'), '--blobHost', '127.0.0.1', '--blobPort', String(port)],
      ...['--silent', '--disableTelemetry', '--inMemoryPersistence', '--skipApiVersionCheck'],
    ],
    url: origin,
    ready: '/',
    isReady: (status) => status < 500,
    env: { AZURITE_ACCOUNTS: `${AZURITE.account}:${AZURITE.key}` },
  });
  return { url: `${origin}/${AZURITE.account}`, stop: server.stop };
}
