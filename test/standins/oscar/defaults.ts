/** What the server makes of a service that it was sent: defaults, labels, paths, line ends. */
import { randomBytes } from 'node:crypto';
import type { Service } from './binding.ts';
import { type Cluster, provider } from './cluster.ts';

const LEVELS = ['NOTSET', 'DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'];

/** Fills in what was left out; every call gives the service a new token. */
export function fillIn(service: Service, { release, minio }: Cluster): void {
  service['memory'] ||= '256Mi';
  service['cpu'] ||= '0.2';
  if (release.since('3.6')) service['visibility'] ||= 'private';
  const level = String(service['log_level'] ?? '').toUpperCase();
  service['log_level'] = LEVELS.includes(level) ? level : 'INFO';
  service['labels'] = {
    ...service['labels'],
    ...(release.since('4.0') && { 'oscar.grycap/user-service': 'true' }),
    oscar_service: service['name'],
    applicationId: service['name'],
    queue: `root.oscar-queue.${service['name']}`,
  };
  service['annotations'] ??= {};
  const hidden = { access_key: 'hidden', secret_key: 'hidden' };
  const own = { endpoint: minio.url, verify: true, region: minio.region, ...hidden };
  const providers = service['storage_providers'] ?? {};
  service['storage_providers'] = { ...providers, minio: { ...providers.minio, default: own } };
  if (service['federation']) {
    service['federation'].topology ||= 'none';
    service['federation'].group_id ||= service['name'];
  }
  const isWorker = service['annotations']['oscar.grycap/federation-worker'] === 'true';
  if (!isWorker || !release.since('4.1')) service['token'] = randomBytes(32).toString('hex');
  if (release.since('3.6.4')) {
    service['script'] = String(service['script']).replaceAll('\r\n', '\n').replaceAll('\r', '\n');
    service['allowed_users'] = (service['allowed_users'] ?? [])
      .map((user: string) => user.trim())
      .filter((user: string) => user !== '');
  }
  if (service['kserve']) fillInKserve(service['kserve']);
}

function fillInKserve(kserve: Service): void {
  const defaults = { api_version: 'v1', cpu: '0.2', memory: '256Mi', set_auth: true, max_scale: 1 };
  for (const [key, value] of Object.entries(defaults)) kserve[key] ??= value;
}

/** Since 4.1: paths without slashes at their ends, and with the service as bucket where they name none. */
export function normalisePaths(service: Service): string | undefined {
  for (const side of ['input', 'output'] as const) {
    for (const entry of service[side] ?? []) {
      const path = String(entry.path ?? '').replace(/^[ /]+|[ /]+$/g, '');
      if (path === '') return `${side} path cannot be empty`;
      const { kind } = provider(entry.storage_provider ?? '');
      const isBucketless = (kind === 'minio' || kind === 's3') && !path.includes('/');
      entry.path = isBucketless ? `${service['name']}/${path}` : path;
    }
  }
  return undefined;
}

/** What is wrong with a volume; completes it. */
export function checkVolume(service: Service): string | undefined {
  const volume = service['volume'];
  if (!volume) return undefined;
  const path = volume.mount_path ?? '';
  if (path === '') return 'volume.mount_path is required';
  if (!volume.size && !volume.name) return 'volume.name is required when volume.size is not set';
  const isPolicy = ['delete', 'retain', undefined, ''].includes(volume.lifecycle_policy);
  if (!isPolicy) return 'volume.lifecycle_policy must be either "delete" or "retain"';
  if (!volume.size && volume.lifecycle_policy) {
    return 'volume.lifecycle_policy is only valid when volume.size is set';
  }
  if (volume.size && !/^\d+(\.\d+)?([KMGT]i?)?$/.test(volume.size)) {
    return 'volume.size must be a valid positive quantity';
  }
  if (!path.startsWith('/')) return 'volume.mount_path must be an absolute path';
  if (/^\/oscar\/(config|bin)(\/|$)/.test(path))
    return 'volume.mount_path cannot overlap OSCAR reserved paths';
  if (volume.size) {
    volume.name ||= service['name'];
    volume.lifecycle_policy ||= 'delete';
  }
  return undefined;
}
