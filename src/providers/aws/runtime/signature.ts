/** Signs requests to addresses that let only their account in. */
import type { Clients } from '../api/clients.ts';
import type { Site } from '../site.ts';
import type { HttpCall } from './invoke-http.ts';

/** Services by whose names requests to their addresses are signed. */
export type SignedService = 'lambda' | 'execute-api';

/** Answers the headers of a request with its signature. */
export type Sign = (
  call: HttpCall,
  site: Site,
  service: SignedService,
) => Promise<Readonly<Record<string, string>>>;

/** Signs with the credentials that a site is reached with. */
export function openSigner(clients: Clients): Sign {
  return async (call, site, service) => {
    const [{ signedHeaders }, { client }] = await Promise.all([
      import('../../../supervisor/aws/signing.ts'),
      clients('lambda', site),
    ]);
    return signedHeaders(call, { service, region: site.region, keys: () => client.config.credentials() });
  };
}
