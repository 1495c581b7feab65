/** Logins that are tried before they are stored. */
import { FdlError } from '../../../errors.ts';
import type { Secret } from '../../../secret.ts';
import type { ProviderContext } from '../../provider.ts';
import type { OscarClient } from '../api/calls.ts';
import { openClient } from '../api/client.ts';
import type { ClusterDefinition } from './definition.ts';
import { resolveCluster } from './resolve.ts';

/** Works with a client, and closes it. */
export async function withClient<T>(
  client: OscarClient,
  use: (client: OscarClient) => Promise<T>,
): Promise<T> {
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

/** What else may be done, by the code of a failure. */
const MORE: Readonly<Record<string, string>> = {
  'oscar-unreachable': 'With --no-check it is stored all the same.',
  'oscar-refused': 'Check that the endpoint is that of an OSCAR cluster.',
};

/**
 * Asks a cluster that is not stored yet for its release, with the very login that is given. Answers also the refresh token that
 * the issuer gave in the place of that one. Throws why it does not answer, and that nothing is stored.
 */
export async function tryLogin(
  id: string,
  flag: ClusterDefinition,
  {
    environment,
    signal,
    warn,
  }: Pick<ProviderContext, 'environment' | 'signal'> & { readonly warn: (warning: string) => void },
): Promise<{ version: string; refreshToken?: Secret }> {
  const stored = { clusters: [], defaultCluster: undefined, warnings: [] };
  const { access, warnings } = resolveCluster(id, { flag, environment: {}, stored });
  for (const warning of warnings) warn(warning);
  try {
    let newer: Secret | undefined;
    const keep = async (token: Secret) => {
      newer = token;
    };
    const login = access.login.kind === 'refresh-token' ? { ...access.login, keep } : access.login;
    const client = openClient({ ...access, login }, { environment, attempts: 2 });
    const { version } = await withClient(client, (opened) => opened.info(signal));
    return { version, ...(newer && { refreshToken: newer }) };
  } catch (error) {
    if (!(error instanceof FdlError)) throw error;
    const { code, message, hint = '' } = error;
    const more = MORE[code] ?? '';
    const whole = [hint, more].filter(Boolean).join(' ') || undefined;
    throw new FdlError(code, `nothing is stored: ${message}`, { hint: whole, cause: error });
  }
}
