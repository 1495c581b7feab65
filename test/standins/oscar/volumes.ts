/** `/system/volumes`. Rules: OSCAR, `handlers/volumes.go` and `backends/resources/volume.go`. */
import type { Json } from './binding.ts';
import { type Cluster, type Handler, type Identity, json, NOT_FOUND, plain } from './cluster.ts';

/** The namespace of the services of who asks: volumes of others do not exist there. */
export function namespaceOf({ admin, uid }: Identity): string {
  return admin ? 'oscar-svc' : `oscar-svc-${uid.slice(0, 8)}`;
}

/** Whether a namespace has a volume of that name. */
export function hasVolume({ volumes }: Cluster, name: string, namespace: string): boolean {
  return volumes.get(name)?.namespace === namespace;
}

export const list: Handler = (cluster, { identity }) => {
  const own = [...cluster.volumes.keys()].filter((name) => hasVolume(cluster, name, namespaceOf(identity)));
  return json(own.map((name) => shown(cluster, name)));
};

export const create: Handler = (cluster, { body, identity }) => {
  const { name = '', size = '' } = JSON.parse(body.toString()) as { name?: string; size?: string };
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) {
    return plain(400, 'volume.name must satisfy Kubernetes DNS-1123 naming rules');
  }
  if (!/^\d+(\.\d+)?([KMGT]i?)?$/.test(size)) {
    return plain(400, 'volume.size must be a valid positive quantity');
  }
  const namespace = namespaceOf(identity);
  if (hasVolume(cluster, name, namespace)) return plain(409, 'volume already exists in caller namespace');
  cluster.volumes.set(name, { size, service: undefined, namespace });
  return { status: 201, json: shown(cluster, name) };
};

export const read: Handler = (cluster, { params: { volume = '' }, identity }) =>
  hasVolume(cluster, volume, namespaceOf(identity)) ? json(shown(cluster, volume)) : NOT_FOUND;

/** One that is not there is success. */
export const remove: Handler = (cluster, { params: { volume = '' }, identity }) => {
  if (!hasVolume(cluster, volume, namespaceOf(identity))) return { status: 204 };
  if (attachments(cluster, volume).length > 0) {
    return plain(400, 'managed volume is still attached to one or more services');
  }
  cluster.volumes.delete(volume);
  return { status: 204 };
};

function attachments({ services, volumes }: Cluster, name: string) {
  const using = [...services.values()].filter(
    ({ volume, namespace }) => volume?.name === name && namespace === volumes.get(name)?.namespace,
  );
  return using.map((service) => ({
    service_name: service['name'],
    mount_path: service['volume'].mount_path,
  }));
}

function shown(cluster: Cluster, name: string): Json {
  const { size = '', namespace = '', service } = cluster.volumes.get(name) ?? {};
  const attached = attachments(cluster, name);
  return {
    name,
    namespace,
    pvc_name: name,
    size,
    creation_mode: service === undefined ? 'api' : 'service',
    ...(attached.length > 0 && { attachments: attached }),
    status: { phase: attached.length > 0 ? 'in_use' : 'ready' },
  };
}
