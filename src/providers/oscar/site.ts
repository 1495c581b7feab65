/** A cluster as the kinds of objects see it. While a plan is made, nothing is asked twice. */
import { type Memory, openMemory } from '../../memory.ts';
import type { OscarClient } from './api/calls.ts';
import { type Minio, openMinio } from './api/minio.ts';
import type { ClusterFacts } from './facts.ts';
import type { Site } from './kinds/deps.ts';

/** `isClosed`: its MinIO cannot be reached from this machine. */
export function siteOf(
  id: string,
  client: OscarClient,
  { endpoint, ca, release, minio, owner, isServerless }: ClusterFacts,
  isClosed: boolean,
): Site {
  const remember = openMemory();
  const connect = openMinio(minio, ca);
  return {
    id,
    client,
    endpoint,
    release,
    owner,
    isServerless,
    region: minio.region ?? '',
    minioEndpoint: minio.endpoint,
    isClosed,
    minio: (options) => (options.planning ? remembering(connect(options), remember) : connect(options)),
    services: ({ signal, planning }) => {
      const ask = () => client.services(signal);
      return planning ? remember('services', ask) : ask();
    },
    service: (name, { signal, planning }) => {
      const ask = () => client.service(name, signal);
      return planning ? remember(`service ${name}`, ask) : ask();
    },
  };
}

/** What several kinds ask for. */
function remembering(minio: Minio, remember: Memory): Minio {
  return {
    ...minio,
    tags: (bucket) => remember(`tags ${bucket}`, () => minio.tags(bucket)),
    notifications: (bucket) => remember(`notifications ${bucket}`, () => minio.notifications(bucket)),
  };
}
