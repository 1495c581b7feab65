/** `/system/quotas`: what users may use of volumes and buckets. Rules: OSCAR, `pkg/handlers/quotas.go`; without Kueue. */
import type { Json } from './binding.ts';
import { type Cluster, type Handler, json, plain } from './cluster.ts';

interface Limits {
  readonly volumes: Readonly<Record<string, string>>;
  readonly minio: Readonly<Record<string, string>>;
}

/** By cluster and user. */
const limits = new WeakMap<Cluster, Map<string, Limits>>();

const FIRST: Limits = {
  volumes: { disk: '6Gi', volumes: '4', max_disk_per_volume: '5Gi', min_disk_per_volume: '200Mi' },
  minio: { buckets: '0', storage_per_bucket: '0' },
};

function limitsOf(cluster: Cluster, user: string): Limits {
  return limits.get(cluster)?.get(user) ?? FIRST;
}

/** Rule: `MakeGetOwnQuotaHandler`: the administrator is no user. */
export const own: Handler = (cluster, { identity }) =>
  identity.admin
    ? plain(401, 'missing user identificator: missing user identificator')
    : json(shown(cluster, identity.uid));

export const read: Handler = (cluster, { identity, params }) =>
  identity.admin ? json(shown(cluster, params['user'] ?? '')) : plain(403, 'forbidden');

/** Rule: `MakeUpdateUserQuotaHandler`: what is not named stays; processors and memory need Kueue. */
export const update: Handler = (cluster, { identity, params, body }) => {
  if (!identity.admin) return plain(403, 'forbidden');
  const user = params['user'] ?? '';
  const asked = JSON.parse(body.toString()) as Partial<Limits> & { readonly [name: string]: unknown };
  if ('cpu' in asked || 'memory' in asked)
    return plain(503, 'kueue is not enabled: /system/quotas requires KUEUE_ENABLE=true');
  if (!asked.volumes && !asked.minio)
    return plain(400, 'cpu, memory, ephemeral_storage, volumes or minio must be provided');
  const now = limitsOf(cluster, user);
  const known = limits.get(cluster) ?? new Map<string, Limits>();
  limits.set(cluster, known);
  known.set(user, {
    volumes: { ...now.volumes, ...asked.volumes },
    minio: { ...now.minio, ...asked.minio },
  });
  return json(shown(cluster, user));
};

function shown(cluster: Cluster, user: string): Json {
  const { volumes, minio } = limitsOf(cluster, user);
  const { disk = '', volumes: count = '', ...sizes } = volumes;
  return {
    user_id: user,
    volumes: { disk: { max: disk, used: '0' }, volumes: { max: count, used: '0' }, ...sizes },
    minio: {
      buckets: { max: Number(minio['buckets']), used: 0 },
      storage_per_bucket: { max: minio['storage_per_bucket'] ?? '0' },
      storage_total: { used: '0' },
    },
  };
}
