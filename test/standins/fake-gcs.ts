/** fake-gcs-server: a server of Google Cloud Storage that others wrote. It asks for no credentials. */
import { required } from './need.ts';
import { type Server, startServer, takePort } from './server.ts';

/** Starts it on a free port, empty. */
export async function startFakeGcs(): Promise<Server> {
  const port = await takePort();
  const url = `http://127.0.0.1:${port}`;
  return startServer({
    program: required('fake-gcs-server'),
    args: [
      ...['-backend', 'memory', '-scheme', 'http', '-host', '127.0.0.1', '-port', String(port)],
      ...['-external-url', url, '-public-host', `127.0.0.1:${port}`, '-log-level', 'error'],
    ],
    url,
    ready: '/_internal/healthcheck',
  });
}
