/** How a cluster is reached, and as whom. */
import type { Text } from '../../../secret.ts';

/** As whom: a user of the cluster, or one of an OIDC issuer. */
export type Login =
  | { readonly kind: 'basic'; readonly user: string; readonly password: Text }
  /** An access token, as it is. */
  | { readonly kind: 'token'; readonly token: Text }
  /** A refresh token, which is exchanged for access tokens. */
  | { readonly kind: 'refresh-token'; readonly token: Text }
  /** An account of the oidc-agent that runs here. */
  | { readonly kind: 'oidc-agent'; readonly account: string };

export interface ClusterAccess {
  readonly id: string;
  /** URL with its scheme, without a slash at its end. */
  readonly endpoint: string;
  /** False takes any certificate, of this cluster alone. */
  readonly verifyTls: boolean;
  readonly login: Login;
}

/** What people should know of an access, as whole sentences. */
export function accessWarnings({ id, endpoint, verifyTls }: ClusterAccess): readonly string[] {
  if (verifyTls) return [];
  const why = 'whoever is on the way can read along';
  return endpoint.startsWith('https:') ? [`The certificate of cluster ${id} is not checked: ${why}.`] : [];
}
