/** Reads and writes blobs in registries: configurations and layers. */
import { Readable } from 'node:stream';
import { withRetry } from '../../retry.ts';
import { verified } from '../digest.ts';
import { RegistryError } from '../error.ts';
import type { Descriptor } from '../manifest.ts';
import type { RegistryClient } from './client.ts';
import { formatRepository, type Repository } from './endpoint.ts';
import { bytesOf, discard, redirected } from './transport.ts';

/** Whether a repository has a blob. */
export async function hasBlob(
  client: RegistryClient,
  at: Repository,
  digest: string,
  attempts?: number,
): Promise<boolean> {
  const subject = `${formatRepository(at)}@${digest}`;
  const call = {
    at,
    path: `blobs/${digest}`,
    access: 'pull',
    expected: [200, 404],
    subject,
    attempts,
  } as const;
  const { status, body } = await client.call({ ...call, method: 'HEAD' });
  discard(body);
  return status === 200;
}

/**
 * Opens a blob as the registry gives it; the reader checks it (see `verified`).
 * @throws RegistryError `image-not-found`, `image-denied`, `registry-failed`
 */
export async function openBlob(
  client: RegistryClient,
  at: Repository,
  digest: string,
  attempts?: number,
): Promise<Readable> {
  const subject = `${formatRepository(at)}@${digest}`;
  const call = { at, path: `blobs/${digest}`, access: 'pull', expected: [200], subject, attempts } as const;
  return (await client.call({ ...call, method: 'GET' })).body;
}

/**
 * Reads a small blob, checked.
 * @throws RegistryError `image-not-found`, `image-denied`, `registry-failed`
 */
export function readBlob(client: RegistryClient, at: Repository, blob: Descriptor): Promise<Buffer> {
  const read = async () => bytesOf(Readable.from(verified(await openBlob(client, at, blob.digest, 1), blob)));
  return withRetry(read, client.retry);
}

/** A place at a registry where a blob can be sent to, once. */
export interface Upload {
  readonly url: string;
}

/**
 * Asks for a place to send a blob to. Where another repository of the same registry has it, the registry may take it
 * from there instead: then nothing is left to do, and nothing is answered.
 * @throws RegistryError `image-not-found` (the repository), `image-denied`, `registry-failed`
 */
export async function startUpload(
  client: RegistryClient,
  at: Repository,
  digest: string,
  from: string | undefined,
): Promise<Upload | undefined> {
  const query = from === undefined ? '' : `?${new URLSearchParams({ mount: digest, from })}`;
  const { status, headers, body, url } = await client.call({
    method: 'POST',
    at,
    path: `blobs/uploads/${query}`,
    access: 'push',
    from,
    headers: { 'content-length': '0' },
    expected: from === undefined ? [202] : [201, 202],
    subject: formatRepository(at),
    attempts: 1,
  });
  discard(body);
  if (status === 201) return undefined;
  const { location } = headers;
  if (location === undefined) {
    throw new RegistryError('registry-failed', `the registry gave no address to send a blob of ${url} to`);
  }
  return { url: redirected({ method: 'PUT', url, headers: {} }, location).url };
}

/**
 * Sends a blob with one streamed PUT request: ECR loses the content of uploads in several PATCH requests.
 * @throws RegistryError `image-denied`, `registry-failed`, or what `open` and the stream fail with
 */
export async function putBlob(
  client: RegistryClient,
  at: Repository,
  upload: Upload,
  blob: { readonly digest: string; readonly size: number },
  open: () => Promise<Readable>,
): Promise<void> {
  // The rest of the address is the registry's own and must come back as it is.
  const path = `${upload.url}${upload.url.includes('?') ? '&' : '?'}digest=${encodeURIComponent(blob.digest)}`;
  const { body } = await client.call({
    method: 'PUT',
    at,
    path,
    access: 'push',
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(blob.size) },
    body: open,
    expected: [201, 204],
    subject: `${formatRepository(at)}@${blob.digest}`,
    attempts: 1,
  });
  discard(body);
}
