/** Names of container images, as Docker writes them, and the mirrors they may be had from. */
import path from 'node:path';
import { FdlError } from '../errors.ts';

export interface ImageReference {
  /** Host, with a port if it is not the usual one. */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:…` */
  readonly digest?: string;
}

/**
 * Reads a reference: a name without a registry is one of Docker Hub, one without an owner belongs to `library`.
 * Rule: https://github.com/distribution/reference
 * @throws FdlError `image-invalid`
 */
export function parseReference(text: string): ImageReference {
  const match =
    /^(?<name>[^@]+?)(?::(?<tag>[\w][\w.-]{0,127}))?(?:@(?<digest>[a-z0-9]+:[a-f0-9]{32,}))?$/i.exec(
      text.trim(),
    );
  const { name = '', tag, digest } = match?.groups ?? {};
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === 'localhost';
  const path = isHost ? name.slice(slash + 1) : name;
  const registry = isHost && first !== 'index.docker.io' ? first : 'docker.io';
  if (!/^[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/.test(path)) {
    const hint = 'Write it as in: alpine:3.20, ghcr.io/owner/name:tag.';
    throw new FdlError('image-invalid', `"${text}" is no name of an image`, { hint });
  }
  const repository = registry === 'docker.io' && !path.includes('/') ? `library/${path}` : path;
  return {
    registry,
    repository,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
    ...(tag === undefined && digest === undefined && { tag: 'latest' }),
  };
}

/** The full name: with registry, and with tag or digest. */
export function formatReference({ registry, repository, tag, digest }: ImageReference): string {
  return `${registry}/${repository}${tag ? `:${tag}` : ''}${digest ? `@${digest}` : ''}`;
}

/** What an image in a file is called: like one that was built on this machine. */
export function archiveName(file: string): string {
  const name = path
    .basename(file)
    .toLowerCase()
    .replace(/\.(tar|tgz|tar\.gz|oci|oci\.tar)$/, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return `localhost/${name || 'image'}`;
}

/** Where a registry's images are to be had instead. */
interface Mirror {
  readonly host: string;
  /** Without TLS: `http://` was written. */
  readonly plainHttp: boolean;
}

/**
 * Finds the mirror of a registry in `FDL_REGISTRY_MIRRORS`: `docker.io=http://127.0.0.1:5000,*.example.org=https://m`;
 * `*` stands for any characters.
 * @throws FdlError `mirrors-invalid`
 */
export function mirrorOf(registry: string, mirrors: string | undefined): Mirror | undefined {
  for (const entry of (mirrors ?? '').split(',').map((each) => each.trim())) {
    if (entry === '') continue;
    const match = /^([^=\s]+)=(https?):\/\/([^/\s]+)\/?$/.exec(entry);
    if (!match) {
      const hint = 'Write it as in: docker.io=http://127.0.0.1:5000,ghcr.io=https://mirror.example.org';
      throw new FdlError('mirrors-invalid', `FDL_REGISTRY_MIRRORS has the entry "${entry}"`, { hint });
    }
    const [, pattern = '', scheme, host = ''] = match;
    if (matchesHost(pattern, registry)) return { host, plainHttp: scheme === 'http' };
  }
  return undefined;
}

function matchesHost(pattern: string, host: string): boolean {
  const escaped = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`).test(host);
}
