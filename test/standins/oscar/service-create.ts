/** POST `/system/services`. Rules: OSCAR, `pkg/handlers/create.go`. */
import { type BindingError, bind, type Service } from './binding.ts';
import { ADMIN, type Answer, type Ask, type Cluster, type Handler, Panic, plain, split } from './cluster.ts';
import { checkVolume, fillIn, normalisePaths } from './defaults.ts';
import { checkMembers, expand, isMeshWorker } from './federation.ts';
import { setPolicies } from './policies.ts';
import { createBuckets, deleteBuckets, InputError } from './service-buckets.ts';
import { takeAway } from './services.ts';
import { hasVolume, namespaceOf } from './volumes.ts';

export const create: Handler = async (cluster, ask) => {
  const { release, services } = cluster;
  const read = readService(cluster, ask);
  if ('answer' in read) return read.answer;
  const { service } = read;
  const raw = structuredClone({ input: service['input'] ?? [], output: service['output'] ?? [] });
  const wrong = prepare(cluster, service);
  if (wrong) return wrong;
  service['owner'] = ask.identity.admin ? ADMIN : ask.identity.uid;
  service['namespace'] ||= namespaceOf(ask.identity);
  isolate(service, ask);
  await addUsers(cluster, service);
  const members = await checkMembers(cluster, service, ask.authorization);
  if (members) return members;
  const secrets = keepSecrets(cluster, service);
  if (secrets && release.since('4.1')) return secrets;
  if (release.since('3.6.5')) service['labels'].owner_name = ask.identity.name.replaceAll(' ', '_');
  if (release.since('4.1') && services.has(service['name'])) {
    return plain(400, 'A service with the provided name already exists');
  }
  const refused = register(cluster, service);
  if (refused) return refused;
  await cluster.minio.setWebhook(service['name'], service['token']);
  const made = await makeBuckets(cluster, service);
  if (made.failed) return made.failed;
  const expanded = await expand(cluster, { ...service, ...raw }, ask.authorization, 'POST');
  if (expanded.length > 0) {
    takeAway(cluster, service['name'], true);
    return plain(500, `Federation failed; rollback completed: [${expanded.join(' ')}]`);
  }
  // Older releases say that the secret is there and go on all the same; all do so about policies.
  return secrets ?? made.said ?? { status: 201 };
};

/** The service of a body, or why it is none. */
export function readService(cluster: Cluster, { body }: Ask): { service: Service } | { answer: Answer } {
  try {
    const service = bind(cluster.fields, body.toString());
    const { kserve } = service;
    if (kserve && !kserve.storage_uri) return { answer: invalid('Kserve StorageUri is required') };
    if (kserve && !kserve.type) return { answer: invalid('Kserve Type is required') };
    if (kserve?.inference && !kserve.inference.model_format) {
      return { answer: invalid('Kserve Inference ModelFormat is required') };
    }
    return { service };
  } catch (error) {
    return { answer: invalid((error as BindingError).message) };
  }
}

function invalid(why: string): Answer {
  return plain(400, `The service specification is not valid: ${why}`);
}

/** Defaults and checks that creating and updating share. */
export function prepare(cluster: Cluster, service: Service): Answer | undefined {
  const path = cluster.release.since('4.1') ? normalisePaths(service) : undefined;
  if (path) return plain(400, path);
  fillIn(service, cluster);
  const volume = checkVolume(service);
  return volume ? invalid(volume) : undefined;
}

/** Whether a service is exposed: a port of 0 exposes nothing. */
export function isExposed(service: Service): boolean {
  const [port = 0] = [service['expose']?.api_port ?? 0].flat();
  return port !== 0;
}

/** What Kubernetes says of the autoscaler of an exposed service. Rule: OSCAR, `expose.go`, which fills in nothing. */
export function scaling(service: Service): string | undefined {
  if (!isExposed(service)) return undefined;
  const { min_scale: least = 0, max_scale: most = 0, cpu_threshold: threshold = 0 } = service['expose'];
  const wrong = (field: string, value: number, why: string) =>
    `HorizontalPodAutoscaler.autoscaling "${service['name']}-hpa" is invalid: ${field}: Invalid value: ${value}: ${why}`;
  if (least < 1) return wrong('spec.minReplicas', least, 'must be greater than or equal to 1');
  if (most < 1) return wrong('spec.maxReplicas', most, 'must be greater than 0');
  if (threshold >= 1) return undefined;
  return wrong('spec.metrics[0].resource.target.averageUtilization', threshold, 'must be greater than 0');
}

/** Buckets of single users, where the service asks for them. */
export function isolate(service: Service, { identity }: Ask): void {
  const isIsolated = String(service['isolation_level'] ?? '').toUpperCase() === 'USER';
  const users: readonly string[] = service['allowed_users'] ?? [];
  if (identity.admin || !isIsolated || users.length === 0) return;
  for (const { path } of service['input'] ?? []) {
    const buckets = users.map((user) => `${split(path)[0]}-${user.slice(0, 10)}`);
    service['bucket_list'] = [...(service['bucket_list'] ?? []), ...buckets];
  }
  service['labels'].uid = identity.uid.slice(0, 10);
  if (!users.includes(identity.uid)) service['allowed_users'] = [...users, identity.uid];
}

/** Rule: OSCAR, `MakeCreateHandler`: who may use a service becomes a user of MinIO. */
export async function addUsers({ minio }: Cluster, service: Service): Promise<void> {
  if ((service['bucket_list'] ?? []).length === 0) return;
  for (const user of service['allowed_users'].filter((each: string) => !minio.users.has(each))) {
    const keys = { accessKey: user, secretKey: `secret-of-${user}` };
    minio.users.set(user, keys);
    await minio.admin.addUser(user, keys.secretKey);
  }
}

/** Keeps the values of secrets apart; the service has their names only. */
function keepSecrets({ secrets }: Cluster, service: Service): Answer | undefined {
  const given: Readonly<Record<string, string>> = service['environment']?.secrets ?? {};
  if (Object.keys(given).length === 0) return undefined;
  const isTaken = secrets.has(service['name']);
  if (!isTaken) secrets.set(service['name'], given);
  hideSecrets(service);
  return isTaken ? plain(409, 'A secret with the given name already exists') : undefined;
}

/** Leaves the names of secrets alone. */
export function hideSecrets(service: Service): void {
  const names = Object.keys(service['environment']?.secrets ?? {});
  if (names.length > 0) service['environment'].secrets = Object.fromEntries(names.map((name) => [name, '']));
}

function register(cluster: Cluster, service: Service): Answer | undefined {
  const { services, settings, volumes } = cluster;
  const namespace: string = service['namespace'];
  const name: string = service['name'];
  if (services.has(name)) return plain(409, 'A service with the provided name already exists');
  const isAllowed = settings.allowedImages.some((prefix) => service['image'].includes(prefix));
  if (settings.allowedImages.length > 0 && !isAllowed) {
    takeAway(cluster, name, cluster.release.since('3.7'));
    return plain(
      500,
      `Error creating the service: image ${service['image']} is not allowed for pull on the cluster.`,
    );
  }
  const unscalable = scaling(service);
  if (unscalable !== undefined) {
    takeAway(cluster, name, cluster.release.since('3.7'));
    return plain(500, `Error creating the service: ${unscalable}`);
  }
  const { volume } = service;
  if (volume?.size && hasVolume(cluster, volume.name, namespace)) {
    return plain(409, 'A managed volume with the provided name already exists');
  }
  if (volume && !volume.size && !hasVolume(cluster, volume.name, namespace)) {
    return plain(400, 'Referenced volume does not exist in the caller namespace');
  }
  if (volume?.size) {
    const owner = volume.lifecycle_policy === 'delete' ? name : undefined;
    volumes.set(volume.name, { size: volume.size, service: owner, namespace });
  }
  services.set(name, service);
  return undefined;
}

interface Made {
  /** Nothing of the service is there. */
  readonly failed?: Answer;
  /** What is answered although all is done. Rule: OSCAR, `MakeCreateHandler`, `SetPolicies`. */
  readonly said?: Answer;
}

async function makeBuckets(cluster: Cluster, service: Service): Promise<Made> {
  const { release, minio } = cluster;
  let said: Answer | undefined;
  if (isMeshWorker(service)) return {};
  try {
    const buckets = await createBuckets(cluster, service, false);
    for (const bucket of buckets) {
      if (release.since('3.6.0') && (!release.since('3.6.4') || service['owner'] !== ADMIN)) {
        await setPolicies(cluster, bucket, service).catch((error: Error) => {
          said = plain(500, `Error creating the service: ${error.message}`);
        });
      }
      if (!(await minio.exists(bucket))) continue;
      const owner = service['owner'] === ADMIN ? '' : service['owner'];
      await minio.tag(bucket, { owner, from_service: service['name'] });
    }
    return said ? { said } : {};
  } catch (error) {
    if (error instanceof Panic) throw error;
    takeAway(cluster, service['name'], release.since('3.7'));
    const { message } = error as Error;
    if (release.since('3.6.4') && !message.includes(' already exists')) {
      await deleteBuckets(cluster, service).catch(() => undefined);
    }
    return { failed: plain(error instanceof InputError ? 400 : 500, message) };
  }
}
