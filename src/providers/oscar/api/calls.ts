/** A cluster's REST API: its calls, by what they are about, and what goes with them. */
import { pageTokens } from '../../../bounds.ts';
import {
  type ClusterConfig,
  type ClusterInfo,
  configOf,
  type DeploymentAnswer,
  type DeploymentLogs,
  type JobAnswer,
  jobsOf,
  type ServiceAnswer,
  type VolumeAnswer,
} from './answers.ts';
import {
  type Ask,
  endlessList,
  get,
  hidden,
  isSilent,
  JSON_BODY,
  parsed,
  strange,
  unlessAbsent,
  unlessPodless,
} from './ask.ts';
import type { BucketCalls } from './bucket-calls.ts';
import { OscarError } from './error.ts';
import type { MonitoringCalls } from './monitoring-calls.ts';
import type { QuotaCalls } from './quota-calls.ts';
import {
  CONFIG,
  DEPLOYMENT,
  DEPLOYMENT_LOGS,
  INFO,
  JOBS,
  SERVICE,
  SERVICES,
  VOLUME,
  VOLUMES,
} from './shapes.ts';

/** Talks to one cluster. Nothing is contacted before the first call. All calls may throw `OscarError`. */
export interface OscarClient extends BucketCalls, MonitoringCalls, QuotaCalls {
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
  /** Stops, starts or restarts the pods of an exposed service. Since 4.1.0. */
  bring(name: string, action: Lifecycle, signal?: AbortSignal): Promise<DeploymentAnswer>;
  /** All jobs of a service, page by page. */
  jobs(service: string, signal?: AbortSignal): AsyncIterable<JobAnswer>;
  /** What a job wrote, as it comes: each line starts with its time. Nothing while it has no pod. */
  jobLog(service: string, job: string, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /**
   * Starts a job for an event. The cluster does not say which. `token` is the service's own; without it the job is the
   * user's who is logged in, which clusters allow to all but the administrator.
   */
  submit(service: string, token: string | undefined, event: string, signal?: AbortSignal): Promise<void>;
  /** Removes a job with its log; one that runs ends. An absent one is success. */
  removeJob(service: string, job: string, signal?: AbortSignal): Promise<void>;
  /** Calls a service and waits for its answer. */
  run(service: string, token: string, body: string, signal?: AbortSignal): Promise<Buffer>;
  /** The volume of that name of who is logged in, or nothing. Since 4.0.0. */
  volume(name: string, signal?: AbortSignal): Promise<VolumeAnswer | undefined>;
  /** All volumes of who is logged in. Since 4.0.0. */
  volumes(signal?: AbortSignal): Promise<readonly VolumeAnswer[]>;
  createVolume(name: string, size: string, signal?: AbortSignal): Promise<VolumeAnswer>;
  /** An absent one is success; one that a service attaches is refused. */
  removeVolume(name: string, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** What can be done with an exposed service besides changing it. */
export type Lifecycle = 'stop' | 'start' | 'restart';

interface WriteOptions {
  readonly slow?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds. Registering a service restarts MinIO and pulls images; the server itself gives up after 300 s. */
const WRITE_TIMEOUT = 320_000;
const SLOW_TIMEOUT = 900_000;
/** Bytes of what scripts answer, and of what jobs write. */
const LONGEST_OUTPUT = 1024 * 1024 * 1024;

/** What a cluster is. */
export function systemCalls(ask: Ask): Pick<OscarClient, 'info' | 'config'> {
  return {
    info: async (signal) => (await get(ask, '/system/info', INFO, signal)) as ClusterInfo,
    config: async (signal) => {
      const config = configOf(await get(ask, '/system/config', CONFIG, signal));
      if (config) return config;
      throw strange(ask, '/system/config', 'it names no MinIO');
    },
  };
}

type ServiceCalls =
  | 'services'
  | 'service'
  | 'create'
  | 'update'
  | 'remove'
  | 'deployment'
  | 'deploymentLogs'
  | 'bring';

/** Its services. */
export function serviceCalls(ask: Ask): Pick<OscarClient, ServiceCalls> {
  const service: OscarClient['service'] = async (name, signal) =>
    (await unlessAbsent(() => get(ask, servicePath(name), SERVICE, signal))) as ServiceAnswer | undefined;
  return {
    services: async (signal) =>
      ((await get(ask, '/system/services', SERVICES, signal)) ?? []) as ServiceAnswer[],
    service,
    create: async (body, options) => {
      await write(ask, 'POST', body, options);
    },
    update: async (body, options) => (await write(ask, 'PUT', body, options)) || undefined,
    remove: async (name, signal) => {
      const request = { method: 'DELETE', path: servicePath(name), repeat: 'always' } as const;
      try {
        await unlessAbsent(() => ask.send({ ...request, timeoutMs: WRITE_TIMEOUT, signal }));
      } catch (error) {
        // Old releases break over a service that is not there, also where a first answer was lost.
        const isUnclear = error instanceof OscarError && error.status === 500 && isSilent(error);
        if (!isUnclear || (await service(name, signal)) !== undefined) throw error;
      }
    },
    deployment: async (name, signal) =>
      (await get(ask, `${servicePath(name)}/deployment`, DEPLOYMENT, signal)) as DeploymentAnswer,
    deploymentLogs: async (name, lines, signal) => {
      const path = `${servicePath(name)}/deployment/logs?timestamps=true&tailLines=${lines}`;
      const logs = (await get(ask, path, DEPLOYMENT_LOGS, signal)) as DeploymentLogs;
      return { ...logs, entries: logs.entries ?? [] };
    },
    bring: async (name, action, signal) => {
      const path = `${servicePath(name)}/${action}`;
      const { body } = await ask.send({ method: 'POST', path, repeat: 'always', signal });
      return parsed(ask, path, body, DEPLOYMENT) as DeploymentAnswer;
    },
  };
}

function servicePath(name: string): string {
  return `/system/services/${encodeURIComponent(name)}`;
}

/** Answers what the cluster says of it, which is mostly nothing. */
async function write(
  ask: Ask,
  method: 'POST' | 'PUT',
  body: object,
  { slow, signal }: WriteOptions = {},
): Promise<string> {
  const answer = await ask.send({
    method,
    path: '/system/services',
    body: JSON.stringify(body),
    headers: JSON_BODY,
    // A second POST would find the first one's service; a PUT says how things are to be, however often.
    repeat: method === 'PUT' ? 'always' : 'unsent',
    timeoutMs: slow ? SLOW_TIMEOUT : WRITE_TIMEOUT,
    signal,
  });
  return answer.body.toString('utf8').trim();
}

/** Its jobs and direct calls. */
export function jobCalls(ask: Ask): Pick<OscarClient, 'jobs' | 'jobLog' | 'submit' | 'run' | 'removeJob'> {
  const post = (path: string, token: string | undefined, body: string, signal: AbortSignal | undefined) => {
    const limits = { timeoutMs: WRITE_TIMEOUT, maxBytes: LONGEST_OUTPUT };
    return ask.send({ method: 'POST', path, token, body, repeat: 'unsent', ...limits, signal });
  };
  return {
    jobs: (service, signal) => pagesOf(ask, `/system/logs/${encodeURIComponent(service)}`, signal),
    jobLog: (service, job, signal) => {
      const names = [service, job].map(encodeURIComponent).join('/');
      return logOf(ask, `/system/logs/${names}?timestamps=true`, signal);
    },
    submit: async (service, token, event, signal) => {
      await post(`/job/${encodeURIComponent(service)}`, token, event, signal);
    },
    removeJob: async (service, job, signal) => {
      const path = `/system/logs/${[service, job].map(encodeURIComponent).join('/')}`;
      await unlessAbsent(() => ask.send({ method: 'DELETE', path, repeat: 'always', signal }));
    },
    run: async (service, token, body, signal) =>
      (await post(`/run/${encodeURIComponent(service)}`, token, body, signal)).body,
  };
}

async function* pagesOf(ask: Ask, path: string, signal?: AbortSignal): AsyncGenerator<JobAnswer> {
  let query = '';
  const unseen = pageTokens((why) => endlessList(ask, path, why));
  for (;;) {
    const { body } = await ask.send({ method: 'GET', path: path + query, repeat: 'always', signal });
    // A list of no jobs is not empty: only who may not see them gets nothing at all.
    if (body.length === 0) throw hidden(ask, path);
    const { jobs, next } = jobsOf(parsed(ask, path, body, JOBS));
    yield* jobs;
    if (next === undefined) return;
    query = `?page=${encodeURIComponent(unseen(next))}`;
  }
}

async function* logOf(ask: Ask, path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const request = { method: 'GET', path, repeat: 'always', maxBytes: LONGEST_OUTPUT, signal } as const;
  const response = await unlessPodless(() => ask.open(request));
  if (!response) return;
  let isEmpty = true;
  for await (const chunk of response.body) {
    isEmpty &&= chunk.length === 0;
    yield chunk;
  }
  // An empty log has a type; an answer to those who may not see it has none.
  if (isEmpty && response.headers['content-type'] === undefined) throw hidden(ask, path);
}

/** Its volumes. */
export function volumeCalls(
  ask: Ask,
): Pick<OscarClient, 'volume' | 'volumes' | 'createVolume' | 'removeVolume'> {
  const path = '/system/volumes';
  const pathOf = (name: string) => `${path}/${encodeURIComponent(name)}`;
  return {
    volume: async (name, signal) =>
      (await unlessAbsent(() => get(ask, pathOf(name), VOLUME, signal))) as VolumeAnswer | undefined,
    volumes: async (signal) => ((await get(ask, path, VOLUMES, signal)) ?? []) as VolumeAnswer[],
    createVolume: async (name, size, signal) => {
      const request = {
        method: 'POST',
        path,
        body: JSON.stringify({ name, size }),
        headers: JSON_BODY,
      } as const;
      const { body } = await ask.send({ ...request, repeat: 'unsent', signal });
      return parsed(ask, path, body, VOLUME) as VolumeAnswer;
    },
    removeVolume: async (name, signal) => {
      await unlessAbsent(() => ask.send({ method: 'DELETE', path: pathOf(name), repeat: 'always', signal }));
    },
  };
}
