/**
 * What a source says of a cluster: any part may be missing. Sources are entries of configuration files, in the names of fdl,
 * of OSCAR-CLI and of SCAR, which are mostly the same; and environment variables, for CI: `FDL_CLUSTER_<ID>_ENDPOINT` and
 * its companions.
 */
import { reveal, Secret, type Text } from '../../../secret.ts';
import type { Login } from '../api/authorization.ts';

export interface ClusterDefinition {
  readonly endpoint?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: Text | undefined;
  /** An access token. */
  readonly token?: Text | undefined;
  readonly refreshToken?: Text | undefined;
  /** An account of the oidc-agent. */
  readonly oidcAccount?: string | undefined;
  readonly verifyTls?: boolean | undefined;
  /** A file with certificates of its own authority, in PEM. */
  readonly ca?: string | undefined;
  /** The field of its entry whose secret is in the keyring of the system. */
  readonly keyring?: 'auth_password' | 'token' | 'refresh_token' | undefined;
}

/** Where stored clusters are found, nearest first. */
export type StoredSource = 'fdl' | 'oscar-cli' | 'scar';

/** A cluster that is stored on this machine. */
export interface StoredCluster {
  readonly id: string;
  readonly source: StoredSource;
  readonly file: string;
  readonly definition: ClusterDefinition;
}

/** What one file of stored clusters says. */
export interface StoredFile {
  readonly clusters: readonly StoredCluster[];
  readonly defaultCluster?: string | undefined;
  readonly warnings: readonly string[];
}

/** The same endpoint always looks the same: without slashes at its end, and with a scheme. */
export function endpointOf(text: string): string {
  const trimmed = text.trim();
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  const [, scheme = '', rest = ''] = /^(\w+:\/\/)(.*?)\/*$/s.exec(whole) ?? [];
  return scheme + rest;
}

/** Whether two sources mean one server. */
export function sameServer(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && endpointOf(a).toLowerCase() === endpointOf(b).toLowerCase();
}

/** The login that a source gives in full. Tokens come first, since who has one set it up for this. */
export function loginOf(definition: ClusterDefinition): Login | undefined {
  const { user, password, token, refreshToken, oidcAccount } = definition;
  if (token) return { kind: 'token', token };
  if (refreshToken) return { kind: 'refresh-token', token: refreshToken };
  if (oidcAccount) return { kind: 'oidc-agent', account: oidcAccount };
  return user && password ? { kind: 'basic', user, password } : undefined;
}

/** Leaves out what is undefined or empty. */
export function present(definition: ClusterDefinition): ClusterDefinition {
  return Object.fromEntries(
    Object.entries(definition).filter(([, value]) => value !== undefined && value !== ''),
  );
}

/** The fields of an entry, as text; other kinds of values do not count. */
type Entry = Readonly<Record<string, unknown>>;

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
    ca: one('ssl_ca'),
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
  const { endpoint, user, oidcAccount, verifyTls, ca, keyring } = definition;
  const { password, token, refreshToken } = keyring ? {} : definition;
  return {
    ...(endpoint && { endpoint }),
    ...(user && { auth_user: user }),
    ...(password && { auth_password: reveal(password) }),
    ...(token && { token: reveal(token) }),
    ...(refreshToken && { refresh_token: reveal(refreshToken) }),
    ...(keyring && { keyring }),
    ...(oidcAccount && { oidc_account_name: oidcAccount }),
    ...(verifyTls === false && { ssl_verify: false }),
    ...(ca && { ssl_ca: ca }),
  };
}

export type Environment = Readonly<Record<string, string | undefined>>;

const FIELDS = {
  ENDPOINT: 'endpoint',
  USER: 'auth_user',
  PASSWORD: 'auth_password',
  TOKEN: 'token',
  REFRESH_TOKEN: 'refresh_token',
  SSL_VERIFY: 'ssl_verify',
  SSL_CA: 'ssl_ca',
} as const;

/** The part of a variable's name that stands for an id: `my-lab` → `MY_LAB`. */
export function variablePart(id: string): string {
  return id.toUpperCase().replace(/[^A-Z0-9]/g, '_');
}

/** What the environment says of a cluster. */
export function fromEnvironment(environment: Environment, id: string): ClusterDefinition {
  const entries = Object.entries(FIELDS).map(([suffix, field]) => [
    field,
    environment[`FDL_CLUSTER_${variablePart(id)}_${suffix}`],
  ]);
  return definitionOf(Object.fromEntries(entries));
}

/** Ids of clusters whose endpoint is in the environment, as far as the names of variables tell them. */
export function idsInEnvironment(environment: Environment): readonly string[] {
  return Object.keys(environment).flatMap((name) => {
    const [, part] = /^FDL_CLUSTER_(.+)_ENDPOINT$/.exec(name) ?? [];
    return part && environment[name] ? [part.toLowerCase().replaceAll('_', '-')] : [];
  });
}

/** All values of the environment that are secrets of clusters. */
export function secretsInEnvironment(environment: Environment): readonly Secret[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    value && /^FDL_CLUSTER_.+_(PASSWORD|TOKEN)$/.test(name) ? [new Secret(value)] : [],
  );
}
