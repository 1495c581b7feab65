/** Where a registry's API is reached. */
import { mirrorOf } from '../reference.ts';

/** A repository of a registry: an image's name without tag and digest. */
export interface Repository {
  readonly registry: string;
  readonly repository: string;
}

export interface Endpoint {
  /** The registry's name, or that of its mirror: credentials are looked up under it. */
  readonly name: string;
  /** Scheme and host. */
  readonly origin: string;
  /** Plain HTTP was allowed for it. */
  readonly plainHttp: boolean;
}

/** Docker Hub answers under another name than the one that references carry. */
const HOSTS: Readonly<Record<string, string>> = { 'docker.io': 'registry-1.docker.io' };

/**
 * The endpoint of a registry or of its mirror. Plain HTTP is spoken to this machine and to mirrors written with
 * `http://`, to nobody else.
 * @throws FdlError `mirrors-invalid`
 */
export function endpointOf(registry: string, mirrors: string | undefined): Endpoint {
  const mirror = mirrorOf(registry, mirrors);
  const plainHttp = mirror ? mirror.plainHttp : isThisMachine(registry);
  const name = mirror?.host ?? registry;
  return { name, plainHttp, origin: `${plainHttp ? 'http' : 'https'}://${HOSTS[name] ?? name}` };
}

/** Whether a host, with or without a port, is a name of this machine. */
export function isThisMachine(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/.test(host);
}

/** The repository as one text, such as `docker.io/library/alpine`. */
export function formatRepository({ registry, repository }: Repository): string {
  return `${registry}/${repository}`;
}
