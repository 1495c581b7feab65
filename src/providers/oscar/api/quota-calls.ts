/** What users of a cluster may use at most, over its REST API. Since 4.0.0, where the cluster has quotas. */
import { type Ask, get, JSON_BODY, parsed } from './ask.ts';
import { QUOTA } from './shapes.ts';

export interface QuotaCalls {
  /** The quota of a user, which only the administrator may ask for; without one, that of who is logged in. */
  quota(user?: string, signal?: AbortSignal): Promise<QuotaAnswer>;
  /** Changes what is named and leaves the rest; answers all of it. Only the administrator may. */
  setQuota(user: string, change: object, signal?: AbortSignal): Promise<QuotaAnswer>;
}

/** Amounts are numbers or texts as Kubernetes writes them; 0 stands for no limit. */
type Amount = number | string;

interface Used {
  readonly max?: Amount;
  readonly used?: Amount;
}

/** Rule: OSCAR, `QuotaResponse`. Parts that a cluster does not limit are absent. */
export interface QuotaAnswer {
  readonly user_id: string;
  /** Thousandths of a processor; bytes; GPUs. */
  readonly resources?: Readonly<Record<string, Used>>;
  readonly volumes?: {
    readonly disk?: Used;
    readonly volumes?: Used;
    readonly max_disk_per_volume?: string;
    readonly min_disk_per_volume?: string;
  };
  readonly minio?: {
    readonly buckets?: Used;
    readonly storage_per_bucket?: Used;
    readonly storage_total?: Used;
  };
}

const PATH = '/system/quotas/user';

export function quotaCalls(ask: Ask): QuotaCalls {
  const pathOf = (user: string) => `${PATH}/${encodeURIComponent(user)}`;
  return {
    quota: async (user, signal) =>
      (await get(ask, user === undefined ? PATH : pathOf(user), QUOTA, signal)) as QuotaAnswer,
    setQuota: async (user, change, signal) => {
      const path = pathOf(user);
      const request = { method: 'PUT', path, body: JSON.stringify(change), headers: JSON_BODY } as const;
      const { body } = await ask.send({ ...request, repeat: 'always', signal });
      return parsed(ask, path, body, QUOTA) as QuotaAnswer;
    },
  };
}
