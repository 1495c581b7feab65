/** Brings a task's input to its folder and its outputs to their stores. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { messageOf } from '../errors.ts';
import { StorageError } from '../storage/error.ts';
import { keyProblem } from '../storage/key.ts';
import { type TransferResult, transferAll } from '../storage/transfer.ts';
import { objectUri } from '../storage/uri.ts';
import type { ObjectRef } from '../workflow/invocation.ts';
import type { TaskDeps } from './context.ts';
import type { LocatedObject } from './locate.ts';
import type { Match } from './outputs.ts';
import type { BodySource } from './task.ts';

/** Uploads of one task at a time. */
const CONCURRENCY = 8;

/** Bytes. Rule: NAME_MAX of Linux; the last part of a key of S3 may have 1,024. */
const LONGEST_NAME = 255;
/** An ending that is kept: one or two words, as in `.nii.gz`. */
const ENDING = /(?:\.\w{1,8})?\.\w{1,16}$/;

/**
 * The file of an input in the task's own folder: scripts name their results after it, so it has the last name of the key.
 * One that is too long is cut, with a hash of the whole key in it and its ending behind.
 * @throws StorageError `key-invalid`: that is no name of a file
 */
export function inputPath(folder: string, key: string): string {
  const last = key.slice(key.lastIndexOf('/') + 1);
  const name = Buffer.byteLength(last) > LONGEST_NAME ? shortened(last, key) : last;
  const problem = keyProblem(name);
  if (problem === undefined) return path.join(folder, name);
  const message = `${JSON.stringify(key)} cannot be staged in, because no file can have its last name: ${problem}`;
  throw new StorageError('key-invalid', message, { hint: 'Copy the object to another key.' });
}

function shortened(name: string, key: string): string {
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 16);
  const end = `-${hash}${ENDING.exec(name)?.[0] ?? ''}`;
  // A character that was cut in two becomes U+FFFD, which is left out.
  const start = Buffer.from(name).toString('utf8', 0, LONGEST_NAME - Buffer.byteLength(end));
  return start.replace(/\ufffd$/, '') + end;
}

/** Downloads an object. Answers its size in bytes. */
export async function stageObject(
  object: LocatedObject,
  file: string,
  deps: TaskDeps,
  signal: AbortSignal | undefined,
): Promise<number> {
  const storage = await deps.storage(object.store);
  return (await storage.download(object.bucket, object.key, file, { signal })).size;
}

/** Writes the content that came with an event. */
export function stageBody(body: BodySource, file: string): void {
  writeFileSync(file, body.bytes);
}

/** Files that were stored, and why others were not. */
export interface StagedOut {
  readonly outputs: readonly ObjectRef[];
  /** A sentence, if anything failed. */
  readonly failure?: string;
}

/** Uploads all matches. */
export async function stageOut(
  matches: readonly Match[],
  deps: TaskDeps,
  signal: AbortSignal | undefined,
): Promise<StagedOut> {
  const consume = mayConsume(matches);
  const uploads = [];
  for (const { file, output, key } of matches) {
    const { store, bucket } = output;
    const storage = await deps.storage(store);
    uploads.push({ kind: 'upload' as const, storage, file: file.file, bucket, key, consume, store });
  }
  const results = await transferAll(uploads, { concurrency: CONCURRENCY, signal });
  const outputs = results.flatMap((result) => {
    if (result.status !== 'done') return [];
    const { store, bucket, key } = result.transfer;
    return [{ uri: objectUri(store, bucket, key), size: result.object.size }];
  });
  const failure = failureOf(results);
  return { outputs, ...(failure !== undefined && { failure }) };
}

/** A file may be taken away unless another upload still needs it, by its own name or through a link. */
function mayConsume(matches: readonly Match[]): boolean {
  const files = new Set(matches.map(({ file }) => file.file));
  return files.size === matches.length && !matches.some(({ file }) => file.linked);
}

function failureOf(results: readonly TransferResult[]): string | undefined {
  const failed = results.filter((result) => result.status === 'failed');
  const [first] = failed;
  if (!first) return undefined;
  const more = failed.length > 1 ? `${failed.length} of ${results.length} outputs could not be stored: ` : '';
  return `${more}${messageOf(first.error)}`;
}
