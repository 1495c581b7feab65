/** Which handler answers what, and since which release. */
import * as buckets from './bucket-routes.ts';
import type { Handler } from './cluster.ts';
import * as deployment from './deployment.ts';
import * as federation from './federation.ts';
import * as jobs from './jobs.ts';
import * as monitoring from './monitoring.ts';
import * as quotas from './quotas.ts';
import type { Release } from './release.ts';
import { create } from './service-create.ts';
import { update } from './service-update.ts';
import * as services from './services.ts';
import * as system from './system.ts';
import * as volumes from './volumes.ts';

export interface Route {
  readonly method: string;
  readonly pattern: readonly string[];
  readonly since: string;
  readonly handler: Handler;
}

/** `/system/services/:name` as parts. */
function route(line: string, handler: Handler, since = '2.0'): Route {
  const [method = '', path = ''] = line.split(' ');
  return { method, pattern: path.split('/'), since, handler };
}

const ROUTES: readonly Route[] = [
  route('GET /health', system.health),
  route('GET /system/info', system.info),
  route('GET /system/config', system.config),
  route('POST /system/services', create),
  route('PUT /system/services', update),
  route('GET /system/services', services.list),
  route('GET /system/services/:name', services.read),
  route('DELETE /system/services/:name', services.remove),
  route('GET /system/services/:name/deployment', deployment.status, '4.0'),
  route('GET /system/services/:name/deployment/logs', deployment.logs, '4.0'),
  route('POST /system/services/:name/stop', deployment.stop, '4.1'),
  route('POST /system/services/:name/start', deployment.start, '4.1'),
  route('POST /system/services/:name/restart', deployment.restart, '4.1'),
  route('GET /system/federation/:name', federation.read, '4.1'),
  route('POST /system/federation/:name', federation.add, '4.1'),
  route('GET /system/buckets', buckets.list, '3.6'),
  route('POST /system/buckets', buckets.create, '3.6'),
  route('PUT /system/buckets', buckets.update, '3.6'),
  route('GET /system/buckets/:bucket', buckets.read, '3.6.5'),
  route('DELETE /system/buckets/:bucket', buckets.remove, '3.6'),
  route('POST /system/buckets/:bucket/presign', buckets.presign, '3.6.4'),
  route('GET /system/volumes', volumes.list, '4.0'),
  route('POST /system/volumes', volumes.create, '4.0'),
  route('GET /system/volumes/:volume', volumes.read, '4.0'),
  route('DELETE /system/volumes/:volume', volumes.remove, '4.0'),
  route('GET /system/quotas/user', quotas.own, '4.0'),
  route('GET /system/quotas/user/:user', quotas.read, '4.0'),
  route('PUT /system/quotas/user/:user', quotas.update, '4.0'),
  route('GET /system/status', monitoring.status, '3.6'),
  route('GET /system/logs', monitoring.logs, '3.6.5'),
  route('GET /system/metrics', monitoring.metrics, '4.0'),
  route('GET /system/metrics/breakdown', monitoring.breakdown, '4.0'),
  route('GET /system/metrics/:name', monitoring.serviceMetrics, '4.0'),
  route('GET /system/logs/:name', jobs.list),
  route('DELETE /system/logs/:name', jobs.removeAll),
  route('GET /system/logs/:name/:job', jobs.read),
  route('DELETE /system/logs/:name/:job', jobs.removeOne),
  route('POST /job/:name', jobs.submit),
  route('POST /run/:name', jobs.run),
];

export interface Found {
  readonly handler: Handler;
  readonly params: Readonly<Record<string, string>>;
}

/** The handler of a request, if this release has one. */
export function routeFor(release: Release, method: string, path: string): Found | undefined {
  const parts = path.split('/').map(decodeURIComponent);
  const found = ROUTES.find(
    ({ method: own, pattern, since }) =>
      own === method &&
      pattern.length === parts.length &&
      release.since(since) &&
      pattern.every((part, index) => part.startsWith(':') || part === parts[index]),
  );
  if (!found) return undefined;
  const named = found.pattern.flatMap((part, index) =>
    part.startsWith(':') ? [[part.slice(1), parts[index] ?? '']] : [],
  );
  return { handler: found.handler, params: Object.fromEntries(named) };
}
