/** What a source says of a cluster: any part may be missing. */
import type { Text } from '../../../secret.ts';
import type { Login } from '../api/access.ts';

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
