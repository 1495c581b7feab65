/**
 * `/deployment`: how a service's own pods are. Services that only run jobs have none. Rules: OSCAR,
 * `pkg/handlers/deployment.go`.
 */
import type { Json, Service } from './binding.ts';
import { type Cluster, type Handler, json, mayUse, NOT_FOUND, plain } from './cluster.ts';

const DENIED = plain(403, 'You do not have permission to access this service');

/** Exposed services whose pods were stopped. */
const stopped = new WeakSet<Service>();
const NO_INSTANCES = { active_instances: 0, affected_instances: 0 };

/** The state as services carry it in lists. */
export function summaryOf(service: Service): Json {
  const [port] = [service['expose']?.api_port ?? 0].flat();
  const instances = {
    active_instances: port ? Math.max(1, service['expose'].min_scale ?? 0) : 0,
    affected_instances: 0,
  };
  if (port || service['kserve']) {
    const kind = port ? 'exposed_service' : 'kserve_service';
    if (stopped.has(service)) return { state: 'stopped', ...NO_INSTANCES, resource_kind: kind };
    return { state: 'ready', ...instances, resource_kind: kind };
  }
  const reason = 'Current deployment visibility is unavailable for this service runtime.';
  return { state: 'unavailable', reason, ...instances, resource_kind: 'unavailable' };
}

export const status: Handler = (cluster, { params, identity }) => {
  const service = usable(cluster, params['name'], identity);
  if (!service) return DENIED;
  const summary = summaryOf(service) as Record<string, Json>;
  return json({ service_name: service['name'], namespace: service['namespace'], ...summary });
};

export const logs: Handler = (cluster, { params, identity, query }) => {
  const service = usable(cluster, params['name'], identity);
  if (!service) return DENIED;
  const shared = { service_name: service['name'] };
  const { resource_kind: kind } = summaryOf(service) as Record<string, Json>;
  if (kind === 'unavailable') {
    const message = 'Deployment logs are unavailable for this service.';
    return json({ ...shared, available: false, message, entries: [] });
  }
  const timestamp = query.get('timestamps') === 'true' ? { timestamp: new Date().toISOString() } : {};
  const entries = [{ ...timestamp, message: `${service['name']} is listening` }];
  return json({ ...shared, available: true, entries });
};

/** Rule: OSCAR since 4.1.0, `pkg/handlers/lifecycle.go`: the owner and the administrator may, of exposed services. */
function lifecycle(bring: (service: Service) => void): Handler {
  return (cluster, ask) => {
    const service = cluster.services.get(ask.params['name'] ?? '');
    if (!service) return NOT_FOUND;
    const { admin, uid } = ask.identity;
    if (!admin && service['owner'] !== uid)
      return plain(403, `User ${uid} doesn't have permission to manage this service`);
    if (![service['expose']?.api_port ?? 0].flat()[0])
      return plain(400, `service "${service['name']}" is not exposed`);
    bring(service);
    return status(cluster, ask);
  };
}

export const stop = lifecycle((service) => void stopped.add(service));
export const start = lifecycle((service) => void stopped.delete(service));
export const restart = lifecycle(() => undefined);

function usable({ services }: Cluster, name: string | undefined, identity: Parameters<typeof mayUse>[1]) {
  const service = services.get(name ?? '');
  return service && mayUse(service, identity) ? service : undefined;
}
