/** Who we are to a registry. */
import type { Secret } from '../../secret.ts';

export type Credentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: Secret }
  /** What `docker login` keeps where a registry gives OAuth 2 refresh tokens instead of keeping a password. */
  | { readonly kind: 'identity'; readonly token: Secret }
  /** A token that the registry takes as it is. */
  | { readonly kind: 'token'; readonly token: Secret };

export interface Found {
  readonly credentials?: Credentials | undefined;
  /** Why there are none, where there should be some; for the hint of a refusal. */
  readonly problem?: string | undefined;
}

/**
 * Looks up the credentials of a registry by its host (`docker.io` for Docker Hub), and by the repository where a login may
 * be for a part of a registry. It is asked again when a registry refuses what it gave, so that tokens which expire can be
 * renewed.
 */
export type CredentialSource = (host: string, repository?: string) => Promise<Found>;

/** Asks one source after the other; the first that has credentials counts. */
export function firstOf(...sources: readonly CredentialSource[]): CredentialSource {
  return async (host, repository) => {
    let problem: string | undefined;
    for (const source of sources) {
      const found = await source(host, repository);
      if (found.credentials) return found;
      problem ??= found.problem;
    }
    return { problem };
  };
}
