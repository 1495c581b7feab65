/**
 * The Resource Manager: what a full cluster does with a job whose service has members. Rules: OSCAR since 4.1.0,
 * `pkg/resourcemanager/delegate.go`, seen on real managers; members by their priority (`static`) alone.
 */
import type { Service } from './binding.ts';
import { type Ask, type Cluster, type Job, Panic } from './cluster.ts';

/** Whether a member took the job. */
export async function delegated(
  cluster: Cluster,
  service: Service,
  job: Job,
  { authorization }: Ask,
): Promise<boolean> {
  const members: readonly Service[] = service['federation']?.members ?? [];
  if (!cluster.settings.full || !cluster.release.since('4.1') || members.length === 0) return false;
  const bearer = await memberBearer(cluster, service, authorization);
  const body = delegatedEvent(service, job.event);
  for (const member of members.toSorted((a, b) => a['priority'] - b['priority'])) {
    if (await takes(member, { service, job, bearer, body })) return true;
  }
  return false;
}

interface Handing {
  readonly service: Service;
  readonly job: Job;
  readonly bearer: string;
  readonly body: string;
}

/** An endpoint that answers another success than 200 has not taken it, and one that wants a signature never does. */
async function takes(member: Service, { service, job, bearer, body }: Handing): Promise<boolean> {
  const isEndpoint = member['type'] === 'endpoint';
  const endpoint = service['clusters']?.[member['cluster_id']]?.endpoint;
  if (!isEndpoint && !endpoint) return false;
  const own = { 'x-delegated-job-id': job.name, 'x-delegated-from': service['cluster_id'] };
  const headers = { ...member['headers'], ...(!isEndpoint && { ...own, authorization: bearer }) };
  const url = isEndpoint ? member['url'] : `${endpoint}/job/${member['service_name']}`;
  const status = await fetch(url, { method: 'POST', headers, body }).then(
    (answer) => answer.status,
    () => 0,
  );
  return status === (isEndpoint ? 200 : 201);
}

/** An event that came from another cluster goes on as it is. Rules: OSCAR, `eventBuild`, `delegationStorageProvider`. */
function delegatedEvent(service: Service, event: string): string {
  const { storage_provider, event: inner } = parsed(event);
  if (storage_provider !== undefined) return JSON.stringify({ storage_provider, event: inner });
  const [kind = '', id = 'default'] = String(service['output']?.[0]?.storage_provider ?? '').split('.');
  return JSON.stringify({ storage_provider: kind ? `${kind}.${id}` : service['cluster_id'], event });
}

function parsed(text: string): Service {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/**
 * An access token for the refresh token of the service; without one the caller's own. The claims are read unasked: what is
 * no JSON Web Token, or has none of them, breaks the server. Rule: OSCAR, `exchangeRefreshToken`.
 */
async function memberBearer(cluster: Cluster, service: Service, caller: string): Promise<string> {
  const refresh = cluster.secrets.get(service['name'])?.['refresh_token'] ?? '';
  if (refresh === '') return caller;
  const [, part, signature] = refresh.split('.');
  const { iss, azp, scope } = parsed(Buffer.from(part ?? '', 'base64url').toString());
  const isWhole = [azp, scope].every((claim) => typeof claim === 'string');
  if (signature === undefined || !isWhole) throw new Panic('nil pointer dereference');
  const form = { grant_type: 'refresh_token', refresh_token: refresh, client_id: azp, scope };
  const exchange = { method: 'POST', body: new URLSearchParams(form) };
  return fetch(`${iss}/protocol/openid-connect/token`, exchange)
    .then((answer) => answer.json() as Promise<Service>)
    .then(
      ({ access_token: token }) => `Bearer ${token}`,
      () => caller,
    );
}
