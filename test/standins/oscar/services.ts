/**
 * `/system/services`: reading and deleting. Rules: OSCAR, `pkg/handlers/read.go`, `list.go` and `delete.go`.
 */
import { answerOf, type Json, type Service } from './binding.ts';
import { type Cluster, type Handler, json, mayUse, NOT_FOUND, Panic, plain } from './cluster.ts';
import { summaryOf } from './deployment.ts';
import { deleteBuckets } from './service-buckets.ts';

/** A service as the server shows it. */
export function shown(cluster: Cluster, service: Service, withDeployment = false): Json {
  const answer = answerOf(cluster.fields, service) as Record<string, Json>;
  if (!cluster.release.since('4.0')) return answer;
  const { volume } = service;
  const status = volume ? { enabled: true, name: volume.name, phase: 'ready' } : { enabled: false };
  const deployment = withDeployment ? { deployment: summaryOf(service) } : {};
  return { ...answer, volume_status: status, ...deployment };
}

export const list: Handler = (cluster, { identity, query }) => {
  const visible = [...cluster.services.values()].filter((service) => mayUse(service, identity));
  return json(visible.map((service) => shown(cluster, service, wantsDeployment(query))));
};

export const read: Handler = (cluster, { params, identity, query }) => {
  const service = cluster.services.get(params['name'] ?? '');
  if (!service) return NOT_FOUND;
  if (!mayUse(service, identity)) {
    return plain(403, `User ${identity.uid} doesn't have permision to get this service`);
  }
  return json(shown(cluster, service, wantsDeployment(query)));
};

function wantsDeployment(query: URLSearchParams): boolean {
  return (query.get('include') ?? '').split(',').some((each) => each.trim() === 'deployment');
}

export const remove: Handler = async (cluster, { params, identity }) => {
  const { release, services, minio } = cluster;
  const name = params['name'] ?? '';
  const service = services.get(name);
  // Releases before 3.6.4 use what they did not find.
  if (!service && !release.since('3.6.4')) throw new Panic('nil pointer dereference');
  if (!service) return NOT_FOUND;
  if (!identity.admin && service['owner'] !== identity.uid) {
    return plain(403, `User ${identity.uid} doesn't have permision to delete this service`);
  }
  takeAway(cluster, name, true);
  await minio.setWebhook(name, undefined);
  try {
    await deleteBuckets(cluster, service);
  } catch (error) {
    const isTolerated = release.since('3.6.5') && String(error).includes('NoSuchBucket');
    if (!isTolerated)
      return plain(500, `Error deleting service buckets: %!(EXTRA *errors.errorString=${error})`);
  }
  return { status: 204 };
};

/** Removes a service without its buckets: part of deleting, and what a failed POST does. */
export function takeAway(
  { services, secrets, volumes, jobs }: Cluster,
  name: string,
  withSecret: boolean,
): void {
  services.delete(name);
  if (withSecret) secrets.delete(name);
  for (const [volume, { service }] of volumes) if (service === name) volumes.delete(volume);
  jobs.splice(0, jobs.length, ...jobs.filter((job) => job.service !== name));
}
