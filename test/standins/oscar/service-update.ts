/** PUT `/system/services`. */
import type { Service } from './binding.ts';
import { type Handler, NOT_FOUND, Panic, plain, provider, split } from './cluster.ts';
import { expand } from './federation.ts';
import { createBuckets, InputError } from './service-buckets.ts';
import { hideSecrets, isolate, prepare, readService } from './service-create.ts';

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
  isolate(service, ask);
  try {
    const buckets = await createBuckets(cluster, service, true);
    const before = bucketsOf(old);
    if (buckets.some((bucket) => !before.has(bucket))) cluster.minio.setWebhook(name, service['token']);
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
  services.set(name, service);
  const warnings = await expand(cluster, { ...service, ...raw }, ask.authorization, 'PUT');
  if (warnings.length === 0) return { status: 204 };
  return plain(200, `Updated with federation warnings: [${warnings.join(' ')}]`);
};

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
