/** Parts of a service: whose it is, which buckets it has to do with, and what of it touches none. Pure. */
import type { Props, Value } from '../../../deploy/resource.ts';
import { isBranch, isList } from '../../../deploy/value.ts';
import { splitPath } from '../../../storage/uri.ts';
import type { ServiceAnswer } from '../answers.ts';
import { sameServer } from '../clusters/definition.ts';
import { WORKFLOW_ANNOTATION } from '../owner.ts';

/** Whether a workflow made a service. */
export function isOwnedBy(service: Props | ServiceAnswer, workflow: string): boolean {
  const annotations = (service['annotations'] ?? {}) as Readonly<Record<string, unknown>>;
  return annotations[WORKFLOW_ANNOTATION] === workflow;
}

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
  const [kind, ...rest] = String(reference ?? 'minio')
    .trim()
    .split('.');
  const name = rest.join('.') || 'default';
  if (kind?.toLowerCase() !== 'minio') return false;
  if (name === 'default') return true;
  const providers = (service['storage_providers'] ?? {}) as { minio?: Record<string, { endpoint?: string }> };
  return sameServer(providers.minio?.[name]?.endpoint, ownMinio);
}

/** Fields by which a cluster makes, watches and deletes buckets, tells other clusters, or keeps secrets. */
const ATTACHED = ['input', 'output', 'mount', 'federation', 'replicas', 'clusters', 'image_prefetch'];

/**
 * The service without what it is attached to: creating it makes no bucket that might be there already, and deleting it
 * takes none along.
 */
export function detached(service: Props): Props {
  const kept = Object.entries(service).filter(([key]) => !ATTACHED.includes(key));
  const { environment, isolation_level: level } = service;
  return {
    ...Object.fromEntries(kept),
    ...(isBranch(environment) && { environment: withoutSecrets(environment) }),
    // The buckets of single users go with a service that is isolated, not with one that merely lists them.
    ...(level !== undefined && level !== '' && { isolation_level: 'SERVICE' }),
  };
}

function withoutSecrets(environment: Props): Props {
  return Object.fromEntries(Object.entries(environment).filter(([key]) => key !== 'secrets'));
}

/** Whether a service is attached to anything. */
export function isAttached(service: Props): boolean {
  const { environment, isolation_level: level } = service;
  const secrets = isBranch(environment) ? environment['secrets'] : undefined;
  const isIsolated = String(level ?? '').toUpperCase() === 'USER';
  return isIsolated || isSet(secrets) || ATTACHED.some((key) => isSet(service[key]));
}

function isSet(value: Value): boolean {
  if (isList(value)) return value.length > 0;
  if (isBranch(value)) return Object.values(value).some(isSet);
  return value !== undefined && value !== null && value !== '' && value !== false && value !== 0;
}

/** What a cluster shows of a service, as it could be sent again. */
export function resent(answer: ServiceAnswer): Props {
  const { token: _, storage_providers: _own, deployment: _state, volume_status: _status, ...rest } = answer;
  return rest as Props;
}
