/** The clusters that a file names. */
import type { Document } from '../../../fdl/document.ts';
import type { Cluster } from '../../../workflow/model.ts';
import { defined } from '../../../workflow/steps.ts';
import type { Clusters } from './schema/index.ts';

/** Those that services are for, and those that are declared. */
export function clustersOf({ fdl, place }: Document, used: readonly string[]): readonly Cluster[] {
  const declared = (fdl['clusters'] ?? {}) as Clusters;
  return [...new Set([...used, ...Object.keys(declared)])].map((id) => {
    const entry = declared[id];
    return {
      id,
      verifyTls: entry?.ssl_verify !== false,
      ...defined({
        endpoint: entry?.endpoint,
        user: entry?.auth_user,
        password: entry?.auth_password,
        place: entry && place(['clusters', id]),
      }),
    };
  });
}
