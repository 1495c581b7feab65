/** A cluster as configuration files write it, in the names of fdl, of OSCAR-CLI and of SCAR, which are mostly the same. */
import { reveal, Secret } from '../../../secret.ts';
import { type ClusterDefinition, present } from './definition.ts';

/** The fields of an entry, as text; other kinds of values do not count. */
export type Entry = Readonly<Record<string, unknown>>;

/** Reads an entry. */
export function definitionOf(entry: Entry): ClusterDefinition {
  const one = (...names: readonly string[]) =>
    names.map((name) => entry[name]).find((value) => typeof value === 'string' && value.trim() !== '') as
      | string
      | undefined;
  const secret = (...names: readonly string[]) => {
    const found = one(...names);
    return found === undefined ? undefined : new Secret(found);
  };
  return present({
    endpoint: one('endpoint'),
    user: one('auth_user'),
    password: secret('auth_password'),
    token: secret('token', 'oidc_token'),
    refreshToken: secret('refresh_token', 'oidc_refresh_token'),
    oidcAccount: one('oidc_account_name'),
    verifyTls: flagOf(entry['ssl_verify']),
  });
}

function flagOf(value: unknown): boolean | undefined {
  const text = String(value ?? '')
    .trim()
    .toLowerCase();
  if (['false', 'no', 'off', '0'].includes(text)) return false;
  return ['true', 'yes', 'on', '1'].includes(text) ? true : undefined;
}

/** Writes an entry with its secrets in plain: only for a file that nobody else may read. */
export function entryOf(definition: ClusterDefinition): Readonly<Record<string, string | boolean>> {
  const { endpoint, user, password, token, refreshToken, oidcAccount, verifyTls } = definition;
  return {
    ...(endpoint && { endpoint }),
    ...(user && { auth_user: user }),
    ...(password && { auth_password: reveal(password) }),
    ...(token && { token: reveal(token) }),
    ...(refreshToken && { refresh_token: reveal(refreshToken) }),
    ...(oidcAccount && { oidc_account_name: oidcAccount }),
    ...(verifyTls === false && { ssl_verify: false }),
  };
}
