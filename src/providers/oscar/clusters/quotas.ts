/** What users of a cluster may use at most, and how much of it they do. */
import { FdlError } from '../../../errors.ts';
import { nearest } from '../../../fdl/suggest.ts';
import type { OscarClient } from '../api/calls.ts';
import { OscarError } from '../api/error.ts';
import type { QuotaAnswer } from '../api/quota-calls.ts';
import { parseQuantity } from '../dialect/quantity.ts';
import { since } from './services.ts';

export interface Limit {
  readonly name: string;
  /** As Kubernetes writes amounts: `500m`, `2Gi`; a plain number counts bytes or things. Absent where nobody counts. */
  readonly used: string | undefined;
  /** At most; absent where nothing limits it. */
  readonly max: string | undefined;
  /** At least. */
  readonly min?: string;
}

export interface Quota {
  /** Id of the user. */
  readonly user: string;
  readonly limits: readonly Limit[];
}

export interface Quotas {
  /** That of a user, or of who is logged in. @throws FdlError `quota-user` where that is the administrator */
  read(user?: string): Promise<Quota>;
  /** Sets limits by their names; the others stay. @throws FdlError `usage` */
  set(user: string, limits: ReadonlyMap<string, string>): Promise<Quota>;
}

/** Where a limit stands in what is sent. Rule: OSCAR, `QuotaUpdateRequest`. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  cpu: ['cpu'],
  memory: ['memory'],
  'ephemeral-storage': ['ephemeral_storage'],
  gpu: ['gpu'],
  volumes: ['volumes', 'volumes'],
  'volume-storage': ['volumes', 'disk'],
  'largest-volume': ['volumes', 'max_disk_per_volume'],
  'smallest-volume': ['volumes', 'min_disk_per_volume'],
  buckets: ['minio', 'buckets'],
  'bucket-storage': ['minio', 'storage_per_bucket'],
};

export function openQuotas(client: OscarClient, signal: AbortSignal): Quotas {
  const known = <T>(ask: () => Promise<T>) => since('4.0.0', 'quotas', client.cluster, ask);
  return {
    read: async (user) => {
      try {
        return quotaOf(await known(() => client.quota(user, signal)));
      } catch (error) {
        const isNobody = error instanceof OscarError && /missing user/i.test(error.said ?? '');
        if (!isNobody) throw error;
        const hint = 'Name a user: fdl quota ada@example.org.';
        const message = `the administrator of cluster ${client.cluster} has no quota`;
        throw new FdlError('quota-user', message, { hint, exitCode: 2, cause: error });
      }
    },
    set: async (user, limits) => {
      const change = changeOf(limits);
      return quotaOf(await known(() => client.setQuota(user, change, signal)));
    },
  };
}

function changeOf(limits: ReadonlyMap<string, string>): object {
  const change: Record<string, string | Record<string, string>> = {};
  for (const [name, value] of limits) {
    const [first = '', second] = FIELDS[name] ?? unknown(name);
    requireAmount(name, value);
    if (second === undefined) change[first] = value;
    else change[first] = { ...(change[first] as Record<string, string> | undefined), [second]: value };
  }
  return change;
}

/** Things are counted in whole numbers; all else is an amount of Kubernetes. */
function requireAmount(name: string, value: string): void {
  const isCount = COUNTED.includes(name);
  if (isCount ? /^\d+$/.test(value) : (parseQuantity(value) ?? -1) >= 0) return;
  const hint = isCount ? 'Write a whole number, such as 5.' : 'Write an amount, such as 500m, 2 or 20Gi.';
  throw new FdlError('usage', `"${value}" is no limit of ${name}`, { hint, exitCode: 2 });
}

const COUNTED: readonly string[] = ['gpu', 'volumes', 'buckets'];

function unknown(name: string): never {
  const names = Object.keys(FIELDS);
  const meant = nearest(name, names);
  const hint = meant ? `Did you mean ${meant}?` : `Use one of ${names.join(', ')}.`;
  throw new FdlError('usage', `there is no limit "${name}"`, { hint, exitCode: 2 });
}

function quotaOf({ user_id: user, resources = {}, volumes, minio }: QuotaAnswer): Quota {
  const limits = [
    ...Object.entries(resources).map(([name, used]) => limit(name, used, name === 'cpu' ? 'm' : '')),
    limit('volumes', volumes?.volumes),
    limit('volume-storage', volumes?.disk),
    limit('largest-volume', { max: volumes?.max_disk_per_volume }),
    ...leastOf(volumes?.min_disk_per_volume),
    limit('buckets', minio?.buckets),
    limit('bucket-storage', minio?.storage_per_bucket),
    limit('storage', minio?.storage_total),
  ];
  return { user, limits: limits.filter(({ used, max, min }) => [used, max, min].some(isKnown)) };
}

function isKnown(amount: string | undefined): boolean {
  return amount !== undefined;
}

function leastOf(min: string | undefined): readonly Limit[] {
  return min ? [{ name: 'smallest-volume', used: undefined, max: undefined, min }] : [];
}

type Amount = number | string | undefined;

function limit(
  name: string,
  { max, used }: { readonly max?: Amount; readonly used?: Amount } = {},
  unit = '',
): Limit {
  const text = (amount: Amount) => (amount === undefined || amount === '' ? undefined : `${amount}${unit}`);
  return { name, used: text(used), max: Number(max) === 0 ? undefined : text(max) };
}
