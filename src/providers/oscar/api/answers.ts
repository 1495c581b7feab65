/**
 * What clusters answer, as far as anything here reads it, and which release of OSCAR answers. Fields that a release does
 * not have are absent.
 */

export interface ClusterInfo {
  /** Such as `4.1.2`. */
  readonly version: string;
  readonly architecture?: string;
  readonly kubernetes_version?: string;
  readonly serverless_backend?: { readonly name: string; readonly version: string };
}

/** Where a cluster's own MinIO is, with the keys of who asks. */
export interface MinioAnswer {
  readonly endpoint: string;
  readonly verify?: boolean;
  readonly access_key: string;
  readonly secret_key: string;
  readonly region?: string;
}

export interface ClusterConfig {
  readonly minio: MinioAnswer;
  readonly gpus: boolean | undefined;
  readonly interlink: boolean | undefined;
  readonly volumes: boolean | undefined;
  readonly virtualOrganisations: readonly string[];
  /** Images must come from one of these; empty for any. */
  readonly allowedImages: readonly string[];
}

/** A service as the cluster shows it. */
export interface ServiceAnswer {
  readonly name: string;
  readonly token?: string;
  readonly owner?: string;
  readonly [field: string]: unknown;
}

/** A volume as the cluster shows it. */
export interface VolumeAnswer {
  readonly name: string;
  /** As Kubernetes writes amounts: `1Gi`. */
  readonly size?: string;
  /** The services that it is mounted in. */
  readonly attachments?: readonly { readonly service_name: string }[] | null;
}

export type JobStatus = 'Pending' | 'Suspended' | 'Running' | 'Succeeded' | 'Failed';

export interface JobAnswer {
  readonly name: string;
  readonly status: JobStatus;
  /** ISO 8601, whole seconds. */
  readonly created: string | undefined;
  readonly started: string | undefined;
  readonly finished: string | undefined;
}

export interface DeploymentAnswer {
  readonly state: 'pending' | 'ready' | 'degraded' | 'failed' | 'stopped' | 'unavailable';
  readonly reason?: string;
  readonly active_instances?: number;
  readonly affected_instances?: number;
  readonly resource_kind?: string;
}

export interface DeploymentLogs {
  readonly available: boolean;
  readonly message?: string;
  readonly entries: readonly { readonly timestamp?: string; readonly message: string }[];
}

/** A bucket of the cluster's own MinIO as the cluster shows it. */
export interface BucketAnswer {
  readonly bucket_name: string;
  /** `private`, `restricted` or `public`; empty of one that only the administrator may use. */
  readonly visibility?: string;
  readonly allowed_users?: readonly string[];
  readonly owner?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly storage_quota?: { readonly max_bytes?: number };
  /** What MinIO counted last, which may be a while ago. */
  readonly storage_usage?: { readonly used_bytes?: number; readonly objects?: number };
}

/** An object of a bucket, as clusters list them. */
export interface ListedObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly modified: Date;
}

export interface PresignedUrl {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface RawObjects {
  readonly objects?:
    | readonly {
        readonly object_name: string;
        readonly size_bytes?: number;
        readonly last_modified?: string;
      }[]
    | null;
  readonly next_page?: string;
  readonly is_truncated?: boolean;
}

interface ObjectsPage {
  readonly objects: readonly ListedObject[];
  readonly next: string | undefined;
}

/** Reads a page of the objects of a bucket. */
export function objectsOf(raw: unknown): ObjectsPage {
  const { objects, next_page: next, is_truncated: goesOn } = (raw ?? {}) as RawObjects;
  const found = (objects ?? []).map(({ object_name: key, size_bytes: size = 0, last_modified: time }) => {
    const modified = new Date(time ?? '');
    return { key, size, modified: Number.isNaN(modified.getTime()) ? new Date(0) : modified };
  });
  return { objects: found, next: goesOn ? next || undefined : undefined };
}

interface RawConfig {
  readonly config?: RawSettings;
  readonly minio_provider?: MinioAnswer;
  readonly allowed_image_repositories?: readonly string[] | null;
}

interface RawSettings {
  readonly gpu_available?: boolean;
  readonly interLink_available?: boolean;
  readonly volume_enable?: boolean;
  readonly oidc_groups?: readonly string[] | null;
  readonly minio_provider?: MinioAnswer;
}

/** Reads `/system/config` in each of its forms: old releases have the settings at the top. */
export function configOf(raw: unknown): ClusterConfig | undefined {
  const answer = raw as RawConfig & RawSettings;
  const settings = answer.config ?? answer;
  const minio = answer.minio_provider ?? settings.minio_provider;
  if (!minio?.endpoint) return undefined;
  return {
    minio,
    gpus: settings.gpu_available,
    interlink: settings.interLink_available,
    volumes: settings.volume_enable,
    virtualOrganisations: settings.oidc_groups ?? [],
    allowedImages: answer.allowed_image_repositories ?? [],
  };
}

interface RawJob {
  readonly status?: string;
  readonly creation_time?: string;
  readonly start_time?: string;
  readonly finish_time?: string;
}

interface JobsPage {
  readonly jobs: readonly JobAnswer[];
  readonly next: string | undefined;
}

/** Reads a list of jobs: a page with a token for the next one, or as old releases give it, all in one map. */
export function jobsOf(raw: unknown): JobsPage {
  const answer = (raw ?? {}) as { jobs?: Record<string, RawJob> | null; next_page?: string };
  // A job that is called "jobs" has no name of a service in front, which all have.
  const isPage = Object.hasOwn(answer, 'jobs');
  const map = isPage ? (answer.jobs ?? {}) : (raw as Record<string, RawJob> | null);
  const jobs = Object.entries(map ?? {}).map(([name, job]) => ({
    name,
    // Without a pod old releases give no status at all.
    status: (job.status || 'Pending') as JobStatus,
    created: job.creation_time,
    started: job.start_time,
    finished: job.finish_time,
  }));
  return { jobs, next: (isPage && answer.next_page) || undefined };
}

/** Rule: a port of 0, or none, exposes nothing; since 4.1.0 there may be several. */
export function isExposed(service: ServiceAnswer): boolean {
  const { api_port: ports } = (service['expose'] ?? {}) as { api_port?: number | readonly number[] };
  return [ports ?? 0].flat().some((port) => port !== 0);
}

/** Where an exposed service answers. */
export function exposedUrl(service: ServiceAnswer, endpoint: string): string | undefined {
  return isExposed(service) ? `${endpoint}/system/services/${service.name}/exposed/` : undefined;
}

/** Whether a release, as `/system/info` gives it, is that one or a later one. One that is no number counts as the latest. */
export function isSince(version: string, first: string): boolean {
  const own = numbersOf(version);
  if (own === undefined) return true;
  const other = numbersOf(first) ?? [];
  const at = [0, 1, 2].find((index) => (own[index] ?? 0) !== (other[index] ?? 0));
  return at === undefined || (own[at] ?? 0) > (other[at] ?? 0);
}

/** `v4.1.0-rc1` counts as 4.1.0; `latest` and `dev` are no numbers. */
function numbersOf(version: string): readonly number[] | undefined {
  const [, text] = /^v?(\d+(?:\.\d+)*)/.exec(version.trim()) ?? [];
  return text?.split('.').map(Number);
}
