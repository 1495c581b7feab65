/**
 * `/system/status`, `/system/logs` and `/system/metrics`. Rules: OSCAR, `pkg/handlers/status.go`, `logs.go` and `metrics.go`;
 * one node, and a Prometheus that does not answer.
 */
import type { Json } from './binding.ts';
import { type Handler, json, mayUse, NOT_FOUND, plain } from './cluster.ts';

/** Amounts that are called cores are thousandths of them; before 3.6.5 they are texts. */
export const status: Handler = ({ release, jobs, minio }, { identity }) => {
  if (!release.since('3.6.5')) {
    const usage = { cpuCapacity: '4000', cpuUsage: '500', cpuPercentage: '12.50' };
    const memory = { memoryCapacity: '8000000000', memoryUsage: '2000000000', memoryPercentage: '25.00' };
    const free = { cpuFreeTotal: 3500, cpuMaxFree: 3500, memoryFreeTotal: 8e9, memoryMaxFree: 6e9 };
    return json({ numberNodes: 1, ...free, detail: [{ nodeName: 'node1', ...usage, ...memory }] });
  }
  const node = {
    name: 'node1',
    cpu: { capacity_cores: 4000, usage_cores: 500 },
    memory: { capacity_bytes: 8e9, usage_bytes: 2e9 },
    gpu: 0,
    is_interlink: false,
    status: 'Ready',
    conditions: [],
  };
  const metrics = {
    cpu: { total_free_cores: 3500, max_free_on_node_cores: 3500 },
    memory: { total_free_bytes: 6e9, max_free_on_node_bytes: 6e9 },
    gpu: { total_gpu: 0 },
  };
  // What only the administrator is told is zero for everybody else.
  const told: Json = identity.admin
    ? { jobs_count: jobs.length, pods: { total: 1, states: { Running: 1 } } }
    : { jobs_count: 0, pods: { total: 0, states: {} } };
  return json({
    cluster: { nodes_count: 1, metrics, nodes: [node] },
    oscar: { deployment_name: 'oscar', ready: true, ...told },
    minio: { buckets_count: identity.admin ? minio.users.size : 0, total_objects: 0 },
  });
};

/** Calls of services alone; users with tokens are refused. With `timestamps` a line is cut in the wrong places. */
export const logs: Handler = ({ jobs }, { identity, query }) => {
  const head = query.get('timestamps') === 'true' ? '2026-01-31T12:00:00Z [GIN-EXECUTIONS-LOGGER] ' : '';
  if (!identity.admin) return plain(403, 'OIDC tokens are not allowed for system logs');
  const entries = jobs.map(({ service, created }) => ({
    timestamp: head + created.toISOString(),
    status: 201,
    latency: '12ms',
    client_ip: '10.0.0.7',
    method: 'POST',
    path: `/job/${service}`,
    user: 'oscar',
    raw: '',
  }));
  return json({ logs: entries });
};

const MISSING = { name: 'prometheus', status: 'missing', notes: 'Post "http://prometheus": no such host' };
const LOGS = { name: 'request-logs', status: 'ok' };

function rangeOf(query: URLSearchParams): { start: string; end: string } {
  const end = query.get('end') ?? new Date().toISOString();
  return { start: query.get('start') ?? new Date(Date.parse(end) - 86_400_000).toISOString(), end };
}

export const metrics: Handler = ({ services, jobs }, { query }) => {
  const counts = { requests_count_total: jobs.length, requests_count_async: jobs.length, users_count: 1 };
  const hours = { cpu_hours_total: 0, gpu_hours_total: 0 };
  const totals = {
    services_count_active: services.size,
    ...hours,
    ...counts,
    users: ['oscar'],
    countries: null,
  };
  return json({ ...rangeOf(query), totals, sources: [MISSING, LOGS] });
};

/** A service that is not there has zeros, but for users with tokens. */
export const serviceMetrics: Handler = ({ services, jobs }, { params, query, identity }) => {
  const service = services.get(params['name'] ?? '');
  if (!identity.admin && !(service && mayUse(service, identity))) return NOT_FOUND;
  const value = jobs.filter((job) => job.service === params['name']).length;
  return json({
    service_name: params['name'] ?? '',
    ...rangeOf(query),
    metrics: [
      { metric: 'cpu-hours', value: 0, unit: 'hours', sources: [MISSING] },
      { metric: 'requests-async-per-service', value, sources: [LOGS] },
    ],
  });
};

/** A service that nobody called is not among them. */
export const breakdown: Handler = ({ jobs }, { query }) => {
  const by = query.get('group_by');
  if (by === null) return { status: 400, json: { error: 'group_by is required' } };
  const keyOf = ({ service, owner }: (typeof jobs)[number]) => (by === 'service' ? service : owner);
  const items = [...new Set(jobs.map(keyOf))].map((key) => {
    const count = jobs.filter((job) => keyOf(job) === key).length;
    return by === 'service'
      ? { key, requests_count_total: count, unique_users_count: 1, countries: null }
      : { key, executions_count: count, countries: null };
  });
  return json({ ...rangeOf(query), group_by: by, items });
};
