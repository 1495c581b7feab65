/** Brings blobs into a repository: each once, without passing over a disk, several at the same time. */
import { Readable } from 'node:stream';
import { withRetry } from '../retry.ts';
import { openSlots, type Slots } from '../slots.ts';
import { type Expected, verified } from './digest.ts';
import { RegistryError } from './error.ts';
import { hasBlob, openBlob, putBlob, startUpload, type Upload } from './registry/blobs.ts';
import type { RegistryClient } from './registry/client.ts';
import { formatRepository, type Repository } from './registry/endpoint.ts';

/** A blob, and where it is. */
export interface BlobSource extends Expected {
  /** The repository that has it; a blob of this machine is in none. */
  readonly from?: Repository | undefined;
  /** Opens it; what comes is checked here. */
  readonly open: () => Promise<Readable>;
}

/** How a blob got to its repository: it was there, came from another repository of the registry, or was sent. */
type BlobState = 'present' | 'mounted' | 'sent';

export interface BlobProgress {
  readonly at: Repository;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes so far; begins anew where sending is repeated. */
  readonly sent: number;
  /** Absent while it is sent. */
  readonly state?: BlobState;
}

export interface BlobCopier {
  /**
   * Brings a blob into a repository. What was brought before, or is being brought, is not brought again.
   * Rejects with RegistryError `image-not-found`, `image-denied`, `registry-failed`.
   */
  copy(blob: BlobSource, at: Repository): Promise<BlobState>;
}

interface CopierOptions {
  readonly client: RegistryClient;
  /** Blobs that are sent at the same time, small ones not counted; 4 by default. */
  readonly transfers?: number | undefined;
  readonly onProgress?: ((progress: BlobProgress) => void) | undefined;
}

const TRANSFERS = 4;
/** Questions whether a blob is there, and blobs that take no longer to send: they must not wait for transfers. */
const QUESTIONS = 16;
/** Bytes: a registry takes longer to answer than these take to arrive. */
const SMALL = 256 * 1024;

/** A copier that has brought nothing yet. */
export function openCopier(options: CopierOptions): BlobCopier {
  const brought = new Map<string, Promise<BlobState>>();
  const questions = openSlots(QUESTIONS);
  const transfers = openSlots(options.transfers ?? TRANSFERS);
  return {
    copy: (blob, at) => {
      const key = `${formatRepository(at)}@${blob.digest}`;
      const known = brought.get(key);
      if (known) return known;
      const copying = bring(blob, at, options, questions, transfers);
      brought.set(key, copying);
      copying.catch(() => brought.delete(key));
      return copying;
    },
  };
}

/** The blob of another repository as a source. */
export function remoteBlob(client: RegistryClient, from: Repository, { digest, size }: Expected): BlobSource {
  return { digest, size, from, open: () => openBlob(client, from, digest, 1) };
}

/** Bytes of this machine as a source. */
export function bytesBlob(bytes: Uint8Array, digest: string): BlobSource {
  return { digest, size: bytes.length, open: async () => Readable.from([bytes]) };
}

async function bring(
  blob: BlobSource,
  at: Repository,
  { client, onProgress = () => undefined }: CopierOptions,
  questions: Slots,
  transfers: Slots,
): Promise<BlobState> {
  const { digest, size } = blob;
  const report = (sent: number, state?: BlobState) =>
    onProgress({ at, digest, size, sent, ...(state && { state }) });
  const state = (await questions(() => hasBlob(client, at, digest)))
    ? 'present'
    : await (size <= SMALL ? questions : transfers)(() =>
        withRetry(async (attempt) => {
          // The answer to an earlier attempt may have been lost, not the blob.
          if (attempt > 1 && (await hasBlob(client, at, digest, 1))) return 'present';
          return send(blob, at, client, report);
        }, client.retry),
      );
  report(size, state);
  return state;
}

async function send(
  blob: BlobSource,
  at: Repository,
  client: RegistryClient,
  report: (sent: number) => void,
): Promise<BlobState> {
  const upload = await place(blob, at, client);
  if (!upload) return 'mounted';
  let sent = 0;
  report(sent);
  const count = (bytes: number) => {
    sent += bytes;
    report(sent);
  };
  const open = async () => Readable.from(verified(await blob.open(), blob, count));
  await putBlob(client, at, upload, blob, open);
  return 'sent';
}

/** Where to send it; nothing where the registry took it from another repository. */
async function place(blob: BlobSource, at: Repository, client: RegistryClient): Promise<Upload | undefined> {
  const from = mountable(blob, at, client);
  try {
    return await startUpload(client, at, blob.digest, from);
  } catch (error) {
    // Whoever may not mount may still send.
    if (from === undefined || !hasFailedForGood(error)) throw error;
    return startUpload(client, at, blob.digest, undefined);
  }
}

function hasFailedForGood(error: unknown): boolean {
  return error instanceof RegistryError && !error.retryable;
}

/** The repository to mount from: one at the same host. */
function mountable({ from }: BlobSource, at: Repository, client: RegistryClient): string | undefined {
  const near = from && client.hostOf(from.registry) === client.hostOf(at.registry);
  return near && from.repository !== at.repository ? from.repository : undefined;
}
