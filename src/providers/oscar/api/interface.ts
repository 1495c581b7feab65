/** The calls that a cluster takes, and what goes with them. */
import type {
  ClusterConfig,
  ClusterInfo,
  DeploymentAnswer,
  DeploymentLogs,
  JobAnswer,
  ListedObject,
  PresignedUrl,
  ServiceAnswer,
  VolumeAnswer,
} from './answers.ts';
import type { Request } from './transport.ts';

/** Talks to one cluster. Nothing is contacted before the first call. All calls may throw `OscarError`. */
export interface OscarClient {
  /** Id of the cluster. */
  readonly cluster: string;
  info(signal?: AbortSignal): Promise<ClusterInfo>;
  config(signal?: AbortSignal): Promise<ClusterConfig>;
  services(signal?: AbortSignal): Promise<readonly ServiceAnswer[]>;
  /** The service, or nothing where there is none. */
  service(name: string, signal?: AbortSignal): Promise<ServiceAnswer | undefined>;
  /** Makes a service. `slow` waits for images to be pulled on every node. */
  create(service: object, options?: WriteOptions): Promise<void>;
  /** Changes a service; answers what the cluster warns of. */
  update(service: object, options?: WriteOptions): Promise<string | undefined>;
  /** Removes a service, and its buckets with it: see the rules in `kinds`. An absent one is success. */
  remove(name: string, signal?: AbortSignal): Promise<void>;
  deployment(name: string, signal?: AbortSignal): Promise<DeploymentAnswer>;
  deploymentLogs(name: string, lines: number, signal?: AbortSignal): Promise<DeploymentLogs>;
  /** All jobs of a service, page by page. */
  jobs(service: string, signal?: AbortSignal): AsyncIterable<JobAnswer>;
  /** What a job wrote, as it comes: each line starts with its time. Nothing while it has no pod. */
  jobLog(service: string, job: string, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /**
   * Starts a job for an event. The cluster does not say which. `token` is the service's own; without it the job is the
   * user's who is logged in, which clusters allow to all but the administrator.
   */
  submit(service: string, token: string | undefined, event: string, signal?: AbortSignal): Promise<void>;
  /** Calls a service and waits for its answer. */
  run(service: string, token: string, body: string, signal?: AbortSignal): Promise<Buffer>;
  /** Makes a bucket, with an empty folder in it. */
  createBucket(name: string, folder: string, signal?: AbortSignal): Promise<void>;
  /** Whether anybody has a bucket of that name; a release that does not tell says no. */
  hasBucket(name: string, signal?: AbortSignal): Promise<boolean>;
  /** The objects of a bucket whose key starts with `prefix`, page by page. Since 3.6.4. */
  objects(bucket: string, prefix: string, signal?: AbortSignal): AsyncIterable<ListedObject>;
  /** A URL for one object that needs no keys. Since 3.6.4. `seconds` from 60 on. */
  presign(request: PresignRequest, signal?: AbortSignal): Promise<PresignedUrl>;
  /** The volume of that name of who is logged in, or nothing. Since 4.0.0. */
  volume(name: string, signal?: AbortSignal): Promise<VolumeAnswer | undefined>;
  createVolume(name: string, size: string, signal?: AbortSignal): Promise<VolumeAnswer>;
  /** An absent one is success; one that a service attaches is refused. */
  removeVolume(name: string, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface WriteOptions {
  readonly slow?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PresignRequest {
  readonly bucket: string;
  readonly key: string;
  readonly operation: 'upload' | 'download';
  readonly seconds: number;
}

/** A request, with the token of a service where that logs in. */
export type Asked = Request & { readonly token?: string | undefined };
