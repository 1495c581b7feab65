/** PUT `/system/services`. Rules: OSCAR, `pkg/handlers/update.go`. */
import type { Service } from './binding.ts';
import {
  type Answer,
  type Ask,
  type Cluster,
  type Handler,
  NOT_FOUND,
  Panic,
  plain,
  provider,
  split,
} from './cluster.ts';
import { expand, isMeshWorker } from './federation.ts';
import { removePolicy, setPolicies } from './policies.ts';
import { createBuckets, deleteBucket, InputError } from './service-buckets.ts';
import { hideSecrets, isExposed, isolate, prepare, readService, scaling } from './service-create.ts';

export const update: Handler = async (cluster, ask) => {
  const { release, services, secrets } = cluster;
  const read = readService(cluster, ask);
  if ('answer' in read) return read.answer;
  const { service } = read;
  const raw = structuredClone({ input: service['input'] ?? [], output: service['output'] ?? [] });
  const wrong = prepare(cluster, service);
  if (wrong) return wrong;
  const name: string = service['name'];
  const old = services.get(name);
  if (!old) return NOT_FOUND;
  if (release.since('4.0')) {
    if (!sameVolume(old['volume'], service['volume'])) {
      return plain(400, 'volume updates are not supported after service creation');
    }
    service['token'] = old['token'];
  }
  service['namespace'] = old['namespace'];
  // Whoever updates as the administrator says whose it is, or it is nobody's.
  if (!ask.identity.admin) {
    if (old['owner'] !== ask.identity.uid) {
      return plain(403, `User ${ask.identity.uid} doesn't have permision to modify this service`);
    }
    service['owner'] = old['owner'];
  }
  isolateAgain(cluster, service, ask);
  await dropPrivate(cluster, old, service);
  const said: Answer[] = [];
  try {
    const buckets = await createBuckets(cluster, service, true);
    await adjustPolicies(cluster, { old, service, buckets }, said);
  } catch (error) {
    if (error instanceof Panic) throw error;
    return plain(error instanceof InputError ? 400 : 500, (error as Error).message);
  }
  const given: Readonly<Record<string, string>> = service['environment']?.secrets ?? {};
  const members = service['federation']?.members ?? [];
  const hasToken = Boolean(given['refresh_token']) || secrets.has(name);
  if (release.since('4.1') && members.length > 0 && !hasToken) {
    return plain(400, 'refresh_token secret is required for federated services');
  }
  if (Object.keys(given).length > 0) secrets.set(name, given);
  hideSecrets(service);
  const unscalable = scaling(service);
  if (unscalable !== undefined) return plain(500, `Error updating the service: ${unscalable}`);
  // Rule: OSCAR since 4.1.0, `KubeBackend.UpdateService`: the second `updateServiceConfigMap` has no script any more.
  const losesScript = release.since('4.1') && !cluster.settings.serverlessBackend && isExposed(service);
  services.set(name, losesScript ? { ...service, script: '' } : service);
  // Rule: OSCAR since 4.1.0, `MakeUpdateHandler`: a member of a mesh tells nobody.
  if (isMeshWorker(service)) return said[0] ?? { status: 204 };
  const warnings = await expand(cluster, { ...service, ...raw }, ask.authorization, 'PUT');
  // What was said before is the answer, though all is done.
  if (said[0]) return said[0];
  if (warnings.length === 0) return { status: 204 };
  return plain(200, `Updated with federation warnings: [${warnings.join(' ')}]`);
};

/**
 * Buckets of single users, computed anew. Rule: OSCAR since 3.6.2, `MakeUpdateHandler`, which compares capitals, and takes
 * ten characters of the user's id also where the administrator has none.
 */
function isolateAgain({ release }: Cluster, service: Service, ask: Ask): void {
  const isIsolated = service['isolation_level'] === 'USER' && (service['allowed_users'] ?? []).length > 0;
  if (!isIsolated || !release.since('3.6.2')) return;
  const watches = (service['input'] ?? []).some(
    (entry: Service) => provider(entry['storage_provider'] ?? '').kind === 'minio',
  );
  if (watches && ask.identity.admin) throw new Panic('slice bounds out of range [:10] with length 0');
  isolate(service, ask);
}

/** Buckets of single users that the service does not list any more go with all that is in them. */
async function dropPrivate(cluster: Cluster, old: Service, service: Service): Promise<void> {
  if (old['isolation_level'] !== 'USER' || !cluster.release.since('3.6.2')) return;
  const kept: readonly string[] = service['bucket_list'] ?? [];
  for (const bucket of (old['bucket_list'] ?? []).filter((each: string) => !kept.includes(each))) {
    await deleteBucket(cluster, bucket, { owner: old['owner'], visibility: 'private' }).catch(
      () => undefined,
    );
  }
}

interface Updated {
  readonly old: Service;
  readonly service: Service;
  readonly buckets: readonly string[];
}

/**
 * Policies of the buckets that came and went; a failure is answered, but stops nothing. Every bucket that is new to the
 * service registers its webhook once more, and restarts MinIO. Rule: OSCAR, `MakeUpdateHandler`.
 */
async function adjustPolicies(
  cluster: Cluster,
  { old, service, buckets }: Updated,
  said: Answer[],
): Promise<void> {
  const tell = (what: string) => (error: Error) => void said.push(plain(500, `${what}: ${error.message}`));
  const before = bucketsOf(old);
  for (const bucket of new Set(buckets)) {
    if (!before.has(bucket)) {
      await setPolicies(cluster, bucket, service).catch(tell('Error creating the service'));
      await cluster.minio.setWebhook(service['name'], service['token']);
    } else if ((old['visibility'] ?? '') !== (service['visibility'] ?? '')) {
      await removePolicy(cluster, bucket, old).catch(tell('Error creating the service'));
      await setPolicies(cluster, bucket, service).catch(tell('Error creating the service'));
    }
  }
  for (const bucket of [...before].filter((each) => !buckets.includes(each))) {
    await setPolicies(cluster, bucket, { owner: '', visibility: 'private' }).catch(
      tell('error setting new policies'),
    );
  }
}

function bucketsOf(service: Service): ReadonlySet<string> {
  const entries: readonly Service[] = [...(service['input'] ?? []), ...(service['output'] ?? [])];
  const own = entries.filter((entry) => provider(entry['storage_provider']).kind === 'minio');
  return new Set(own.map((entry) => split(entry['path'])[0]));
}

function sameVolume(a: Service | undefined, b: Service | undefined): boolean {
  const fields = ['name', 'size', 'mount_path', 'lifecycle_policy'];
  const text = (volume: Service | undefined) =>
    volume && JSON.stringify(fields.map((field) => volume[field] ?? ''));
  return text(a) === text(b);
}
