/** Speaks to the registry that stands for ECR, over the HTTP API that all registries have. */
import { createHash } from 'node:crypto';
import type { RegistryAccess } from '../core/world.ts';

export interface Manifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly body: Buffer;
}

export interface RegistryClient {
  /** Tags of a repository; none if there is no such repository. */
  tags(repository: string): Promise<readonly string[]>;
  manifest(repository: string, reference: string): Promise<Manifest | undefined>;
  put(repository: string, tag: string, manifest: Manifest): Promise<void>;
  /** Deletes a manifest, with all tags that point to it. */
  remove(repository: string, digest: string): Promise<void>;
}

const TYPES = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
];

export function registryClient({ url, login }: RegistryAccess): RegistryClient {
  const authorization = login && { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
  const send = (path: string, init: RequestInit = {}) =>
    fetch(`${url}/v2/${path}`, { ...init, headers: { ...authorization, ...init.headers } });
  return {
    tags: async (repository) => {
      const response = await send(`${repository}/tags/list?n=10000`);
      const answer = (await response.json()) as { readonly tags?: readonly string[] | null };
      return response.ok ? (answer.tags ?? []) : [];
    },
    manifest: async (repository, reference) => {
      const response = await send(`${repository}/manifests/${reference}`, {
        headers: { accept: TYPES.join(', ') },
      });
      const body = Buffer.from(await response.arrayBuffer());
      if (!response.ok) return undefined;
      const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
      return { digest, mediaType: response.headers.get('content-type') ?? '', body };
    },
    put: async (repository, tag, { mediaType, body }) => {
      const headers = { 'content-type': mediaType };
      const response = await send(`${repository}/manifests/${tag}`, {
        method: 'PUT',
        headers,
        body: new Uint8Array(body),
      });
      if (!response.ok) throw new Error(`The registry refused a tag: ${response.status}`);
    },
    remove: async (repository, digest) => {
      const response = await send(`${repository}/manifests/${digest}`, { method: 'DELETE' });
      await response.arrayBuffer();
      if (response.status === 405)
        throw new Error('The registry must be configured with storage.delete.enabled.');
    },
  };
}
