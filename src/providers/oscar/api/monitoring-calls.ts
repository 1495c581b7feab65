/** What a cluster tells of how it is and what was used, over its REST API. */
import { pageText } from '../../../html-page.ts';
import { aFlag, aNumber, aText, listOf, mapOf, maybe, type Shape, withFields } from '../../../shape.ts';
import { type Ask, get, strange } from './ask.ts';

/** Calls to look at a cluster as a whole. All may throw `OscarError`. */
export interface MonitoringCalls {
  /** Whether it is up: throws why not. Nobody needs a login for it. */
  health(signal?: AbortSignal): Promise<void>;
  /** Its nodes, in the form of its release. */
  status(signal?: AbortSignal): Promise<StatusAnswer>;
  /** The calls of services that its log has. Since 3.6.5, for administrators. */
  systemLog(previous: boolean, signal?: AbortSignal): Promise<readonly CallAnswer[]>;
  /** What all services used. Since 4.0.0. */
  metrics(range: TimeRange, signal?: AbortSignal): Promise<MetricsAnswer>;
  /** How often services were called, for each service, user or country. Since 4.0.0. */
  breakdown(by: Grouping, range: TimeRange, signal?: AbortSignal): Promise<BreakdownAnswer>;
  /** What one service used. Since 4.0.0. */
  serviceMetrics(service: string, range: TimeRange, signal?: AbortSignal): Promise<ServiceMetricsAnswer>;
}

/** ISO 8601; without a start, the last 24 hours. */
export interface TimeRange {
  readonly start?: string | undefined;
  readonly end?: string | undefined;
}

/** Rule: OSCAR, `StatusInfo` since 3.6.5, `GeneralInfo` before. Processors in thousandths, memory in bytes. */
export interface StatusAnswer {
  readonly cluster?: {
    readonly metrics?: { readonly cpu?: Amounts; readonly memory?: Amounts };
    readonly nodes?: readonly NodeAnswer[];
  };
  readonly oscar?: {
    readonly ready?: boolean;
    readonly jobs_count?: number;
    readonly pods?: { readonly states?: Readonly<Record<string, number>> };
  };
  readonly minio?: { readonly buckets_count?: number; readonly total_objects?: number };
  readonly detail?: readonly OldNodeAnswer[];
  readonly cpuFreeTotal?: number;
  readonly cpuMaxFree?: number;
  readonly memoryMaxFree?: number;
}

type Amounts = Readonly<Record<string, number>>;

interface NodeAnswer {
  readonly name: string;
  readonly cpu?: Amounts;
  readonly memory?: Amounts;
  readonly gpu?: number;
  readonly is_interlink?: boolean;
  readonly status?: string;
}

interface OldNodeAnswer {
  readonly nodeName: string;
  readonly cpuCapacity?: string;
  readonly cpuUsage?: string;
  readonly memoryCapacity?: string;
  readonly memoryUsage?: string;
}

/** A call of a service. */
export interface CallAnswer {
  readonly timestamp?: string;
  readonly status?: number;
  readonly latency?: string;
  readonly client_ip?: string;
  readonly method?: string;
  readonly path?: string;
  readonly user?: string;
}

interface SourceAnswer {
  readonly name: string;
  readonly status: string;
}

export interface MetricsAnswer {
  readonly start: string;
  readonly end: string;
  readonly totals: Readonly<Record<string, unknown>>;
  readonly sources?: readonly SourceAnswer[];
}

export type Grouping = 'service' | 'user' | 'country';

/** Of a service requests are counted, of a user executions, of a country either. */
export interface BreakdownAnswer {
  readonly start: string;
  readonly end: string;
  readonly items?: readonly {
    readonly key: string;
    readonly executions_count?: number;
    readonly requests_count_total?: number;
    readonly unique_users_count?: number;
  }[];
}

export interface ServiceMetricsAnswer {
  readonly start: string;
  readonly end: string;
  readonly metrics?: readonly {
    readonly metric: string;
    readonly value: number;
    readonly unit?: string;
    readonly sources?: readonly SourceAnswer[];
  }[];
}

const SOURCES = maybe(listOf(withFields({ name: aText, status: aText })));
const OLD_AMOUNT = maybe(aText);
const OLD_NODE = withFields({
  nodeName: aText,
  cpuCapacity: OLD_AMOUNT,
  cpuUsage: OLD_AMOUNT,
  memoryCapacity: OLD_AMOUNT,
  memoryUsage: OLD_AMOUNT,
});
const AMOUNTS = maybe(mapOf(aNumber));
const NODE = withFields({
  name: aText,
  cpu: AMOUNTS,
  memory: AMOUNTS,
  gpu: maybe(aNumber),
  is_interlink: maybe(aFlag),
  status: maybe(aText),
});

const STATUS: Shape = withFields({
  cluster: maybe(
    withFields({
      metrics: maybe(withFields({ cpu: AMOUNTS, memory: AMOUNTS })),
      nodes: maybe(listOf(NODE)),
    }),
  ),
  oscar: maybe(
    withFields({
      ready: maybe(aFlag),
      jobs_count: maybe(aNumber),
      pods: maybe(withFields({ states: AMOUNTS })),
    }),
  ),
  minio: maybe(withFields({ buckets_count: maybe(aNumber), total_objects: maybe(aNumber) })),
  detail: maybe(listOf(OLD_NODE)),
  cpuFreeTotal: maybe(aNumber),
  cpuMaxFree: maybe(aNumber),
  memoryMaxFree: maybe(aNumber),
});

const CALL = withFields({
  timestamp: maybe(aText),
  status: maybe(aNumber),
  latency: maybe(aText),
  client_ip: maybe(aText),
  method: maybe(aText),
  path: maybe(aText),
  user: maybe(aText),
});
const LOG: Shape = withFields({ logs: maybe(listOf(CALL)) });

const METRICS: Shape = withFields({ start: aText, end: aText, totals: withFields({}), sources: SOURCES });
const METRIC = withFields({ metric: aText, value: aNumber, unit: maybe(aText), sources: SOURCES });
const SERVICE_METRICS: Shape = withFields({ start: aText, end: aText, metrics: maybe(listOf(METRIC)) });

const COUNT = maybe(aNumber);
const GROUP = withFields({
  key: aText,
  executions_count: COUNT,
  requests_count_total: COUNT,
  unique_users_count: COUNT,
});
const BREAKDOWN: Shape = withFields({ start: aText, end: aText, items: maybe(listOf(GROUP)) });

const METRICS_PATH = '/system/metrics';

export function monitoringCalls(ask: Ask): MonitoringCalls {
  return {
    health: async (signal) => {
      const { body } = await ask.send({ method: 'GET', path: '/health', repeat: 'always', signal });
      const said = body.toString('utf8').trim();
      // Another server answers what it is asked for, too. Rule: OSCAR, `HealthHandler`.
      if (!/^ok$/i.test(said)) throw strange(ask, '/health', `it is ${pageText(said) ?? 'not "Ok"'}`);
    },
    status: async (signal) => (await get(ask, '/system/status', STATUS, signal)) as StatusAnswer,
    systemLog: async (previous, signal) => {
      // Not with `timestamps`: the server takes those in front of its lines for a part of them (`parseExecutionLogs`).
      const path = `/system/logs${previous ? '?previous=true' : ''}`;
      const { logs = [] } = (await get(ask, path, LOG, signal)) as { logs?: readonly CallAnswer[] };
      return logs;
    },
    metrics: async (range, signal) =>
      (await get(ask, METRICS_PATH + queryOf(range), METRICS, signal)) as MetricsAnswer,
    breakdown: async (by, range, signal) => {
      const path = `${METRICS_PATH}/breakdown${queryOf({ ...range, group_by: by })}`;
      return (await get(ask, path, BREAKDOWN, signal)) as BreakdownAnswer;
    },
    serviceMetrics: async (service, range, signal) => {
      const path = `${METRICS_PATH}/${encodeURIComponent(service)}${queryOf(range)}`;
      return (await get(ask, path, SERVICE_METRICS, signal)) as ServiceMetricsAnswer;
    },
  };
}

function queryOf(values: TimeRange & { readonly group_by?: Grouping }): string {
  const given = Object.entries(values).flatMap(([name, value]): readonly [string, string][] =>
    value ? [[name, String(value)]] : [],
  );
  const query = new URLSearchParams(given).toString();
  return query === '' ? '' : `?${query}`;
}
