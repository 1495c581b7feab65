/** How a cluster is, what was called on it and what was used, in one form for all releases. */
import type { OscarClient } from '../api/calls.ts';
import type { CallAnswer, Grouping, StatusAnswer, TimeRange } from '../api/monitoring-calls.ts';
import { requireService, since } from './services.ts';

/** A machine of the cluster. Processors in thousandths, memory in bytes. */
export interface ClusterNode {
  readonly name: string;
  /** What the cluster calls it; absent before OSCAR 3.6.5. */
  readonly state: string | undefined;
  readonly millicpus: number | undefined;
  readonly millicpusUsed: number | undefined;
  readonly memory: number | undefined;
  readonly memoryUsed: number | undefined;
  readonly gpus: number | undefined;
}

export interface ClusterStatus {
  readonly nodes: readonly ClusterNode[];
  /** Thousandths of processors that are free in all, and on the node that has the most. */
  readonly freeMillicpus: number | undefined;
  readonly mostFreeMillicpus: number | undefined;
  /** Bytes of memory that are free on the node that has the most. */
  readonly mostFreeMemory: number | undefined;
  /** Whether the manager's own pods are ready. Since OSCAR 3.6.5, as the rest. */
  readonly ready: boolean | undefined;
  /** Only the administrator is told these. */
  readonly jobs: number | undefined;
  readonly buckets: number | undefined;
  readonly objects: number | undefined;
}

/** A call of a service, as the manager's log has it. */
export interface ServiceCall {
  readonly time: string | undefined;
  readonly path: string;
  /** Of HTTP. */
  readonly status: number | undefined;
  readonly duration: string | undefined;
  readonly user: string | undefined;
  readonly client: string | undefined;
}

export interface Metric {
  readonly name: string;
  readonly value: number;
  readonly unit: string | undefined;
}

/** What was used from `start` to `end`. */
export interface Metrics {
  readonly start: string;
  readonly end: string;
  readonly metrics: readonly Metric[];
  /** Names of sources that tell nothing, or not all; what only such a source counts is left out. */
  readonly incomplete: readonly string[];
}

/** How often services were called, by or for whom. */
export interface UseBy {
  readonly start: string;
  readonly end: string;
  /** The busiest first. */
  readonly groups: readonly UseGroup[];
}

export interface UseGroup {
  /** Of a service, a user or a country. */
  readonly name: string;
  readonly requests: number;
  /** How many users called it; absent where it is a user. */
  readonly users: number | undefined;
}

/** What the own pods of a service wrote. */
export interface PodsLog {
  /** `ready`, `stopped`, or what else the cluster calls it. */
  readonly state: string;
  /** Why it is so, or why there is no log, for people. */
  readonly reason: string | undefined;
  readonly lines: readonly { readonly time: string | undefined; readonly message: string }[];
}

export interface Monitor {
  /** Answers the milliseconds that the cluster took; throws why it is not well. */
  health(): Promise<number>;
  status(): Promise<ClusterStatus>;
  /** Since OSCAR 3.6.5, for administrators; `previous`: of the manager that ran before. */
  calls(previous: boolean): Promise<readonly ServiceCall[]>;
  /** Of all services, or of one. Since OSCAR 4.0.0. @throws FdlError `service-unknown` */
  metrics(service: string | undefined, range: TimeRange): Promise<Metrics>;
  /** Since OSCAR 4.0.0. */
  usedBy(by: Grouping, range: TimeRange): Promise<UseBy>;
  /** The latest lines of the pods of a service. Since OSCAR 4.0.0. @throws FdlError `service-unknown` */
  podsLog(service: string, lines: number): Promise<PodsLog>;
}

export function openMonitor(client: OscarClient, signal: AbortSignal): Monitor {
  const { cluster } = client;
  return {
    health: async () => {
      const start = performance.now();
      await client.health(signal);
      return Math.round(performance.now() - start);
    },
    status: async () => statusOf(await client.status(signal)),
    calls: async (previous) => {
      const log = await since('3.6.5', 'log of calls', cluster, () => client.systemLog(previous, signal));
      return log.map(callOf);
    },
    metrics: (service, range) =>
      since('4.0.0', 'metrics', cluster, async () => {
        if (service === undefined) return summaryOf(await client.metrics(range, signal));
        // It answers zeros for a service that is not there.
        await requireService(client, service, signal);
        const { start, end, metrics = [] } = await client.serviceMetrics(service, range, signal);
        const counted = metrics.filter(({ sources = [] }) => sources.some(isThere) || sources.length === 0);
        const shown = counted.map(({ metric, value, unit }) => {
          return { name: metric.replace(/-per-service$/, ''), value, unit: unit || undefined };
        });
        const all = metrics.flatMap(({ sources = [] }) => sources);
        return { start, end, metrics: shown, incomplete: incompleteOf(all) };
      }),
    usedBy: (by, range) =>
      since('4.0.0', 'metrics', cluster, async () => {
        const { start, end, items = [] } = await client.breakdown(by, range, signal);
        const groups = items.map((item): UseGroup => {
          const { key: name, requests_count_total, executions_count, unique_users_count } = item;
          const requests = requests_count_total ?? executions_count ?? 0;
          return { name, requests, users: by === 'user' ? undefined : unique_users_count };
        });
        return { start, end, groups: groups.sort((a, b) => b.requests - a.requests) };
      }),
    podsLog: async (service, lines) => {
      await requireService(client, service, signal);
      return since('4.0.0', 'logs of deployments', cluster, async () => {
        const [state, logs] = await Promise.all([
          client.deployment(service, signal),
          client.deploymentLogs(service, lines, signal),
        ]);
        const reason = (logs.available ? state.reason : (logs.message ?? state.reason)) || undefined;
        const entries = logs.entries.map(({ timestamp, message }) => {
          return { time: timestamp, message: message.replace(/[\r\n]+$/, '') };
        });
        return { state: state.state, reason, lines: entries };
      });
    },
  };
}

/** The fields are called cores, and are thousandths of them. Rule: OSCAR, `getNodesInfo`. */
function statusOf(answer: StatusAnswer): ClusterStatus {
  const { cluster, oscar, minio, detail = [] } = answer;
  const { cpu = {}, memory = {} } = cluster?.metrics ?? {};
  const nodes = (cluster?.nodes ?? []).map((node) => ({
    name: node.name,
    state: node.status || undefined,
    millicpus: node.cpu?.['capacity_cores'],
    millicpusUsed: node.cpu?.['usage_cores'],
    memory: node.memory?.['capacity_bytes'],
    memoryUsed: node.memory?.['usage_bytes'],
    gpus: node.gpu,
  }));
  const old = detail.map((node) => ({
    name: node.nodeName,
    state: undefined,
    millicpus: numberOf(node.cpuCapacity),
    millicpusUsed: numberOf(node.cpuUsage),
    memory: numberOf(node.memoryCapacity),
    memoryUsed: numberOf(node.memoryUsage),
    gpus: undefined,
  }));
  // Nobody but the administrator is told of MinIO and of jobs, which are zero then.
  const isTold = minio !== undefined && Object.keys(oscar?.pods?.states ?? {}).length > 0;
  return {
    nodes: [...nodes, ...old],
    freeMillicpus: cpu['total_free_cores'] ?? answer.cpuFreeTotal,
    mostFreeMillicpus: cpu['max_free_on_node_cores'] ?? answer.cpuMaxFree,
    mostFreeMemory: memory['max_free_on_node_bytes'] ?? answer.memoryMaxFree,
    ready: oscar?.ready,
    jobs: isTold ? oscar?.jobs_count : undefined,
    buckets: isTold ? minio.buckets_count : undefined,
    objects: isTold ? minio.total_objects : undefined,
  };
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined || text === '' ? undefined : Number(text);
}

function callOf({ timestamp, status, latency, client_ip, path, user }: CallAnswer): ServiceCall {
  return {
    time: timestamp || undefined,
    path: path ?? '',
    status,
    duration: latency || undefined,
    user: user || undefined,
    client: client_ip || undefined,
  };
}

const UNITS: Readonly<Record<string, string>> = { 'cpu-hours': 'hours', 'gpu-hours': 'hours' };
/** What a source counts, by its name: without it, these are zeros that say nothing. */
const COUNTS: Readonly<Record<string, RegExp>> = {
  prometheus: /^(cpu|gpu)-hours/,
  'request-logs': /^(requests|users|countries|executions)/,
  'exposed-request-logs': /^requests-exposed/,
  'service-inventory': /^services/,
};

/** Totals are called as `cpu_hours_total`. */
function summaryOf({
  start,
  end,
  totals,
  sources = [],
}: Awaited<ReturnType<OscarClient['metrics']>>): Metrics {
  const missing = sources.filter((source) => !isThere(source));
  const shown = Object.entries(totals).flatMap(([key, value]): readonly Metric[] => {
    const name = key
      .replace(/_count(?=_|$)/, '')
      .replace(/_total$/, '')
      .replaceAll('_', '-');
    const isCounted = !missing.some((source) => COUNTS[source.name]?.test(name));
    return typeof value === 'number' && isCounted ? [{ name, value, unit: UNITS[name] }] : [];
  });
  return { start, end, metrics: shown, incomplete: incompleteOf(sources) };
}

type Sources = readonly { readonly name: string; readonly status: string }[];

function isThere({ status }: Sources[number]): boolean {
  return status !== 'missing';
}

function incompleteOf(sources: Sources): readonly string[] {
  return [...new Set(sources.filter(({ status }) => status !== 'ok').map(({ name }) => name))].sort();
}
