/** Clients for registries of tests: they never wait between attempts. */

import {
  type ClientOptions,
  openRegistryClient,
  type RegistryClient,
} from '../../src/image/registry/client.ts';
import type { CredentialSource } from '../../src/image/registry/credentials.ts';
import { Secret } from '../../src/secret.ts';

export const NOBODY: CredentialSource = async () => ({});

/** A client that notes how long it would have waited. */
export function quickClient(
  options: Partial<ClientOptions> = {},
): RegistryClient & { readonly waits: number[] } {
  const waits: number[] = [];
  const delay = async (ms: number) => waits.push(ms);
  return { ...openRegistryClient({ credentials: NOBODY, delay, ...options }), waits };
}

/** One user's password, for one host only. */
export function passwordFor(host: string, username: string, password: string): CredentialSource {
  const credentials = { kind: 'password', username, password: new Secret(password) } as const;
  return async (asked) => (asked === host ? { credentials } : {});
}
