/** Reads and writes manifests in registries. */

import { digestOf, hasDigest, isDigest } from '../digest.ts';
import { RegistryError } from '../error.ts';
import { type ImageManifest, MANIFEST_TYPES } from '../manifest.ts';
import { formatReference, type ImageReference } from '../reference.ts';
import type { Answer, RegistryClient } from './client.ts';
import { formatRepository, type Repository } from './endpoint.ts';
import { bytesOf, discard } from './transport.ts';

const ACCEPT = { accept: MANIFEST_TYPES.join(', ') };

interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/**
 * The digest of what a reference names, with one HEAD request (Docker Hub does not count these). Nothing where there
 * is no such image.
 * @throws RegistryError `image-denied`, `registry-failed`
 */
export async function findDigest(
  client: RegistryClient,
  reference: ImageReference,
): Promise<string | undefined> {
  const { status, headers, body } = await manifestCall(client, 'HEAD', reference, [200, 404]);
  discard(body);
  if (status === 404) return undefined;
  const digest = headers['docker-content-digest'];
  // The header is optional.
  return isDigest(digest) ? digest : (await getManifest(client, reference)).digest;
}

/**
 * The manifest that a reference names; its bytes are those that its digest stands for.
 * @throws RegistryError `image-not-found`, `image-denied`, `registry-failed`
 */
export async function getManifest(
  client: RegistryClient,
  reference: ImageReference,
): Promise<StoredManifest> {
  const { headers, body } = await manifestCall(client, 'GET', reference, [200]);
  const bytes = await bytesOf(body);
  const digest = reference.digest ?? headers['docker-content-digest'] ?? digestOf(bytes);
  if (!hasDigest(bytes, digest)) {
    const message = `the manifest of ${formatReference(reference)} came damaged: it is not ${digest}`;
    throw new RegistryError('registry-failed', message, { hint: 'Try again, or check the mirror in use.' });
  }
  return { digest, bytes, mediaType: headers['content-type']?.replace(/;.*$/, '').trim() ?? '' };
}

/**
 * Writes a manifest under a tag; what it refers to must be there. Answers its digest.
 * @throws RegistryError `image-denied`, `registry-failed`
 */
async function putManifest(
  client: RegistryClient,
  at: Repository,
  tag: string,
  manifest: ImageManifest,
): Promise<string> {
  const bytes = Buffer.from(JSON.stringify(manifest));
  const { body } = await client.call({
    method: 'PUT',
    at,
    path: `manifests/${tag}`,
    access: 'push',
    headers: { 'content-type': manifest.mediaType },
    body: bytes,
    expected: [200, 201, 202],
    subject: `${formatRepository(at)}:${tag}`,
  });
  discard(body);
  return digestOf(bytes);
}

/**
 * Writes a manifest under a tag that says what is in it, so that whatever has the tag already is as good: a registry
 * may refuse to change tags, and somebody else may have been faster. Answers the digest of what the tag names.
 * @throws RegistryError `image-denied`, `registry-failed`
 */
export async function putManifestOnce(
  client: RegistryClient,
  at: Repository,
  tag: string,
  manifest: ImageManifest,
): Promise<string> {
  try {
    return await putManifest(client, at, tag, manifest);
  } catch (error) {
    if (!(error instanceof RegistryError) || error.retryable) throw error;
    const other = await findDigest(client, { ...at, tag }).catch(() => undefined);
    if (other === undefined) throw error;
    return other;
  }
}

function manifestCall(
  client: RegistryClient,
  method: 'GET' | 'HEAD',
  reference: ImageReference,
  expected: readonly number[],
): Promise<Answer> {
  const path = `manifests/${reference.digest ?? reference.tag ?? 'latest'}`;
  const subject = formatReference(reference);
  return client.call({ method, at: reference, path, access: 'pull', headers: ACCEPT, expected, subject });
}
