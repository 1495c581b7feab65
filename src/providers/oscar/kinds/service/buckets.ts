/** The buckets that a service has to do with, and what of a service touches none. Pure. */
import type { Props, Value } from '../../../../deploy/resource.ts';
import { isBranch } from '../../../../deploy/value.ts';
import { splitPath } from '../../../../storage/uri.ts';
import { ALONE } from '../../annotations.ts';
import { isExposed, isSince, type ServiceAnswer } from '../../api/answers.ts';
import { sameServer } from '../../clusters/definition.ts';
import { NO_SCRIPT } from '../../service-fields.ts';

/** The buckets of the cluster's own MinIO that a service listens to, those of single users too. */
export function ownBuckets(service: Props | ServiceAnswer, ownMinio: string | undefined): readonly string[] {
  const entries = listOf(service['input']).filter((entry) => isOwn(entry, service, ownMinio));
  const shared = entries.map(({ path }) => splitPath(String(path ?? '')).bucket);
  return [...new Set([...shared, ...privateBuckets(service)])].filter((bucket) => bucket !== '');
}

/** The buckets of single users that the cluster made for them. */
export function privateBuckets(service: Props | ServiceAnswer): readonly string[] {
  return listOf<unknown>(service['bucket_list']).map(String);
}

function listOf<T = Readonly<Record<string, unknown>>>(value: unknown): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [];
}

function isOwn(
  { storage_provider: reference }: Readonly<Record<string, unknown>>,
  service: Props | ServiceAnswer,
  ownMinio: string | undefined,
): boolean {
  const [kind, name] = referenceOf({ storage_provider: reference });
  if (kind !== 'minio') return false;
  if (name === 'default') return true;
  const providers = (service['storage_providers'] ?? {}) as { minio?: Record<string, { endpoint?: string }> };
  return sameServer(providers.minio?.[name]?.endpoint, ownMinio);
}

/** Kind and name of a store, as a service refers to it. */
function referenceOf({ storage_provider: reference }: Readonly<Record<string, unknown>>) {
  const [kind = '', ...rest] = String(reference ?? 'minio')
    .trim()
    .split('.');
  return [kind.toLowerCase(), rest.join('.') || 'default'] as const;
}

function isMinio(entry: Readonly<Record<string, unknown>>): boolean {
  return referenceOf(entry)[0] === 'minio';
}

/** The bucket of an entry of `input` or `output`, or of a mount. */
function bucketOf({ path }: Readonly<Record<string, unknown>>): string {
  return splitPath(String(path ?? '').replace(/^[ /]+/, '')).bucket;
}

/** The buckets of the cluster's own MinIO that a cluster makes with a service. */
export function madeBuckets(service: Props, ownMinio: string | undefined): readonly string[] {
  const { mount } = service;
  const entries = [...listOf(service['input']), ...listOf(service['output'])];
  const all = isBranch(mount) ? [...entries, mount] : entries;
  return [...new Set(all.filter((entry) => isOwn(entry, service, ownMinio)).map(bucketOf))];
}

/**
 * What of a service may be sent with the POST that makes it: a cluster refuses one that names a bucket which is there
 * already, or a second input in a bucket, and one whose members are addresses. Buckets of other stores may be there as well.
 * Rules: OSCAR, `createBuckets`, `ExpandFederation`, `checkValues`.
 */
export function postable(
  service: Props,
  there: ReadonlySet<string>,
  { release, minioEndpoint }: { readonly release: string; readonly minioEndpoint: string },
): Props {
  const watched = new Set<string>();
  const input = listOf(service['input']).filter((entry) => {
    if (!isMinio(entry)) return true;
    const bucket = bucketOf(entry);
    if (there.has(bucket) || watched.has(bucket)) return false;
    return Boolean(watched.add(bucket));
  });
  const output = listOf(service['output']).filter((entry) => {
    if (!isMinio(entry)) return referenceOf(entry)[0] !== 's3';
    return isOwn(entry, service, minioEndpoint) && !there.has(bucketOf(entry));
  });
  const isLater = isSince(release, '4.1.0');
  const federated = isLater ? ['federation', 'clusters'] : [];
  const kept = Object.entries(service).filter(([key]) => !federated.includes(key));
  const { [ALONE.annotation]: _, ...annotations } = (service['annotations'] ?? {}) as Props;
  return {
    ...Object.fromEntries(kept),
    // What says that it is a member would leave it without buckets, and without a token.
    ...(isLater && { annotations }),
    ...(service['input'] !== undefined && { input: input as Value }),
    ...(service['output'] !== undefined && { output: output as Value }),
  };
}

/** Fields by which a cluster makes, watches and deletes buckets, or tells other clusters. */
const ATTACHED = ['input', 'output', 'mount', 'federation', 'replicas', 'clusters', 'image_prefetch'];

/** The service without what it is attached to: deleting it takes no bucket along. */
export function detached(service: Props): Props {
  const kept = Object.entries(service).filter(([key]) => !ATTACHED.includes(key));
  const { environment, isolation_level: level, script } = service;
  return {
    ...Object.fromEntries(kept),
    // Clusters lose the script of an exposed service with an update, and refuse the next one without.
    script: script || NO_SCRIPT,
    ...(isBranch(environment) && { environment: withoutSecrets(environment) }),
    // The buckets of single users go with a service that is isolated, not with one that merely lists them.
    ...(level !== undefined && level !== '' && { isolation_level: 'SERVICE' }),
  };
}

/** The service without its secrets, for a cluster that has some of that name from a service that it could not make. */
export function secretless(service: Props): Props {
  const { environment } = service;
  return isBranch(environment) ? { ...service, environment: withoutSecrets(environment) } : service;
}

function withoutSecrets(environment: Props): Props {
  return Object.fromEntries(Object.entries(environment).filter(([key]) => key !== 'secrets'));
}

/**
 * Whether deleting a service would take buckets along: those of its inputs and outputs, of S3 too, for which a cluster
 * takes its own MinIO's, and those of single users. Rule: OSCAR, `deleteBuckets`.
 */
export function takesBuckets(service: Props | ServiceAnswer): boolean {
  const entries = [...listOf(service['input']), ...listOf(service['output'])];
  const isIsolated = String(service['isolation_level'] ?? '').toUpperCase() === 'USER';
  const takes = entries.some((entry) => ['minio', 's3'].includes(referenceOf(entry)[0]));
  return takes || (isIsolated && privateBuckets(service).length > 0);
}

/**
 * Whether a cluster loses the script of a service when it updates it: of one that is exposed, where plain jobs run.
 * Rule: OSCAR since 4.1.0, `KubeBackend.UpdateService`, which writes the ConfigMap twice.
 */
export function losesScript(
  service: Props,
  { release, isServerless }: { readonly release: string; readonly isServerless: boolean },
): boolean {
  const { expose } = service;
  if (isServerless || !isSince(release, '4.1.0') || !isExposed(service as ServiceAnswer)) return false;
  return !(isBranch(expose) && expose['default_command'] === true);
}

/** What a cluster shows of a service, as it could be sent again. */
export function resent(answer: ServiceAnswer): Props {
  const { token: _, storage_providers: _own, deployment: _state, volume_status: _status, ...rest } = answer;
  return rest as Props;
}
