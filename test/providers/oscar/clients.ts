/** Clients of fake clusters, closed at the end of a test. */
import { onTestFinished } from 'vitest';
import type { Login } from '../../../src/providers/oscar/api/authorization.ts';
import type { OscarClient } from '../../../src/providers/oscar/api/calls.ts';
import { openClient } from '../../../src/providers/oscar/api/client.ts';
import { Secret } from '../../../src/secret.ts';
import { ADMIN_LOGIN } from '../../standins/oscar/oscar.ts';

const ADMIN: Login = { kind: 'basic', user: ADMIN_LOGIN.user, password: new Secret(ADMIN_LOGIN.password) };

interface Options {
  readonly login?: Login;
  readonly verifyTls?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A client of the administrator, or of somebody else. It does not wait between attempts. */
export function clientOf(
  endpoint: string,
  { login = ADMIN, verifyTls = true, environment = {} }: Options = {},
): OscarClient {
  const options = { environment, delay: async () => {} };
  const client = openClient({ id: 'lab', endpoint, verifyTls, login }, options);
  onTestFinished(() => client.close());
  return client;
}

/** Everything that comes. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** The whole log of a job. */
export async function logText(client: OscarClient, service: string, job: string): Promise<string> {
  return Buffer.concat(await all(client.jobLog(service, job))).toString();
}

/** Up to 3.6.3 clusters complain that the administrator is no user of MinIO, and go on: all is done. */
export async function unlessPolicy(made: Promise<void>): Promise<void> {
  await made.catch((error: Error) => {
    if (!error.message.includes('error setting MinIO policy')) throw error;
  });
}
