/**
 * Federations: their members are checked, and told of the service. Rules: OSCAR, `pkg/handlers/federation.go`.
 */
import type { Service } from './binding.ts';
import { type Answer, type Cluster, type Handler, json, NOT_FOUND, plain } from './cluster.ts';

/** What is wrong with the members of a new service. */
export async function checkMembers(
  { release }: Cluster,
  service: Service,
  authorization: string,
): Promise<Answer | undefined> {
  const members: readonly Service[] = service['federation']?.members ?? [];
  if (!release.since('4.1') || members.length === 0) return undefined;
  if (!service['environment']?.secrets?.refresh_token) {
    return plain(400, 'refresh_token secret is required for federated services');
  }
  const errors: string[] = [];
  for (const member of members.filter(({ type }) => String(type).toLowerCase() === 'oscar')) {
    const cluster = service['clusters']?.[member['cluster_id']];
    if (!cluster) errors.push(`cluster "${member['cluster_id']}" not defined`);
    else errors.push(...(await authProblem(cluster, member['service_name'], authorization)));
  }
  return errors.length > 0 ? plain(401, `federation auth failed: [${errors.join(' ')}]`) : undefined;
}

async function authProblem(
  cluster: Service,
  name: string,
  authorization: string,
): Promise<readonly string[]> {
  const url = `${cluster['endpoint']}/system/services/${name}`;
  const status = await fetch(url, { headers: { authorization } }).then(
    (response) => response.status,
    () => 500,
  );
  if (status === 401 || status === 403) {
    return [`auth rejected by cluster "${cluster['endpoint']}" (status ${status})`];
  }
  return status >= 500 ? [`auth check failed for cluster "${cluster['endpoint']}" (status ${status})`] : [];
}

/** Sends the service to all members, also to those that are no clusters, which always fails. Answers the failures. */
export async function expand(
  { release }: Cluster,
  service: Service,
  authorization: string,
  method: 'POST' | 'PUT',
): Promise<readonly string[]> {
  const members: readonly Service[] = service['federation']?.members ?? [];
  if (!release.since('4.1')) return [];
  const errors: string[] = [];
  for (const member of members) {
    const cluster = service['clusters']?.[member['cluster_id']];
    if (!cluster) {
      errors.push(`cluster "${member['cluster_id'] ?? ''}" not defined`);
      continue;
    }
    const worker = workerOf(service, member);
    const response = await fetch(`${cluster.endpoint}/system/services`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(worker),
    }).catch((error: Error) => error);
    if (response instanceof Error) errors.push(`request failed: ${response.message}`);
    else if (response.status >= 400) {
      errors.push(`cluster responded with status ${response.status}: ${(await response.text()).trim()}`);
    }
  }
  return errors;
}

/** What a member becomes: the same service, with the origin's annotations. Rule: OSCAR, `buildWorkerService`. */
function workerOf(service: Service, { service_name: name, cluster_id }: Service): Service {
  const { members: _, ...federation } = service['federation'];
  const origin = service['cluster_id'] && {
    'oscar.grycap/origin-cluster': service['cluster_id'],
    'oscar.grycap/origin-service': service['name'],
    'oscar.grycap/federation-worker': 'true',
  };
  const annotations = { ...service['annotations'], ...origin };
  return { ...service, name, cluster_id, federation, annotations };
}

/** Whether a service is a member that a cluster made of another one's; whoever says so is believed. */
export function isMeshWorker(service: Service): boolean {
  const isWorker = service['annotations']?.['oscar.grycap/federation-worker'] === 'true';
  return isWorker && service['federation']?.topology === 'mesh';
}

export const read: Handler = ({ services }, { params }) => {
  const service = services.get(params['name'] ?? '');
  if (!service) return NOT_FOUND;
  const { topology = 'none', members = null } = service['federation'] ?? {};
  return json({ topology, members });
};

/** Adds members, and tells them of the service as far as it can. */
export const add: Handler = async (cluster, { params, body, authorization }) => {
  const service = cluster.services.get(params['name'] ?? '');
  if (!service) return NOT_FOUND;
  const { members = [], clusters = {} } = JSON.parse(body.toString());
  const known = service['federation'] ?? {};
  service['federation'] = { ...known, members: [...(known.members ?? []), ...members] };
  service['clusters'] = { ...service['clusters'], ...clusters };
  const warnings = await expand(cluster, service, authorization, 'PUT');
  if (warnings.length > 0) return plain(200, `Updated with federation warnings: [${warnings.join(' ')}]`);
  return json({ topology: service['federation'].topology ?? 'none', members: service['federation'].members });
};
