/** Brings a task's input to its folder and its outputs to their stores. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { FdlError, messageOf } from '../errors.ts';
import { StorageError } from '../storage/error.ts';
import { keyProblem } from '../storage/key.ts';
import { kindOfStore } from '../storage/kinds.ts';
import type { Metadata } from '../storage/storage.ts';
import { type TransferResult, transferAll } from '../storage/transfer.ts';
import { objectUri } from '../storage/uri.ts';
import { filterText, takesKey } from '../workflow/filter.ts';
import type { ObjectRef } from '../workflow/invocation.ts';
import type { StepConfig, StepInput } from './config.ts';
import type { Match } from './outputs.ts';
import type { BodySource, ObjectSource, TaskDeps } from './task.ts';
import { TRACEPARENT } from './trace-context.ts';

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

/** An object that lies here now. */
interface StagedObject {
  readonly input: ObjectRef;
  /** What it carries of its trace. */
  readonly traceparent?: string;
}

/** Downloads an object. */
export async function stageObject(
  object: LocatedObject,
  file: string,
  deps: TaskDeps,
  signal: AbortSignal | undefined,
): Promise<StagedObject> {
  const { store, bucket, key } = object;
  const storage = await deps.storage(store);
  const { size, etag, metadata } = await storage.download(bucket, key, file, { signal });
  const traceparent = metadata?.[TRACEPARENT];
  return {
    input: { uri: objectUri(store, bucket, key), size, etag },
    ...(traceparent !== undefined && { traceparent }),
  };
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

/** Uploads all matches, with this metadata. */
export async function stageOut(
  matches: readonly Match[],
  deps: TaskDeps,
  { metadata, signal }: { readonly metadata: Metadata; readonly signal: AbortSignal | undefined },
): Promise<StagedOut> {
  const consume = mayConsume(matches);
  const uploads = [];
  for (const { file, output, key } of matches) {
    const { store, bucket } = output;
    const storage = await deps.storage(store);
    uploads.push({
      kind: 'upload' as const,
      storage,
      file: file.file,
      bucket,
      key,
      consume,
      metadata,
      store,
    });
  }
  const results = await transferAll(uploads, { concurrency: CONCURRENCY, signal });
  const outputs = results.flatMap((result) => {
    if (result.status !== 'done') return [];
    const { store, bucket, key } = result.transfer;
    const { size, etag } = result.object;
    return [{ uri: objectUri(store, bucket, key), size, etag }];
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

// Finds out which of the step's stores an event speaks of.

/** An object with the id of the store that holds it. */
interface LocatedObject {
  readonly store: string;
  readonly bucket: string;
  readonly key: string;
}

/**
 * The place of an object. Events of S3 and MinIO say the bucket but not the server, so the input with that bucket
 * decides, the one with the longest matching folder first, and after it any other of the same kind.
 * @throws FdlError `event-invalid`: the step has no input of the store that sent the event
 */
export function locate(named: ObjectSource, config: StepConfig): LocatedObject {
  const source = withKnownStore(named, config);
  const input = matchingInput(source, config.inputs);
  if (source.bucket === undefined) {
    if (!input) throw unknownStore(source, config);
    const key = input.prefix === '' ? source.key : `${input.prefix}/${source.key}`;
    return { store: input.store, bucket: input.bucket, key };
  }
  const store = input?.store ?? otherStore(source, config);
  return { store, bucket: source.bucket, key: source.key };
}

/**
 * An event that a cluster passed on says the store of its own first output for that of the event: `minio.default`, which is
 * another one here, or even one of another kind. Rule: OSCAR, `delegationStorageProvider`.
 */
function withKnownStore({ store, ...source }: ObjectSource, { inputs, stores }: StepConfig): ObjectSource {
  const isOther = source.provider === 'minio' && !store?.startsWith('minio.');
  const ids = [...inputs.map((input) => input.store), ...stores.map(({ id }) => id)];
  const isOwn = store === 'minio.default' && !ids.includes(store);
  return store === undefined || isOther || isOwn ? source : { ...source, store };
}

function matchingInput(source: ObjectSource, inputs: readonly StepInput[]): StepInput | undefined {
  const { store, provider, bucket, key } = source;
  const fits = inputs.filter((input) =>
    store ? input.store === store : input.store.startsWith(`${provider}.`),
  );
  if (bucket === undefined) return fits[0];
  const inBucket = fits.filter((input) => input.bucket === bucket);
  const holding = inBucket.filter(({ prefix }) => prefix === '' || key.startsWith(`${prefix}/`));
  return longestPrefix(holding) ?? inBucket[0];
}

function longestPrefix(inputs: readonly StepInput[]): StepInput | undefined {
  return inputs.reduce<StepInput | undefined>(
    (longest, input) => (longest && longest.prefix.length >= input.prefix.length ? longest : input),
    undefined,
  );
}

/** The store of an object that is in none of the step's input folders. */
function otherStore(source: ObjectSource, config: StepConfig): string {
  if (source.store !== undefined) return source.store;
  const kind = `${source.provider}`;
  const input = config.inputs.find(({ store }) => store.startsWith(kind));
  if (input) return input.store;
  const { account } = kindOfStore(source.provider);
  if (account !== undefined) return account;
  const known = config.stores.find((store) => store.kind === source.provider);
  if (known) return known.id;
  throw unknownStore(source, config);
}

/**
 * The path of an object below the input folder that it lies in: what results can be named after that are to keep apart
 * `a/x.csv` and `b/x.csv`. It is the last name where the object lies elsewhere, or where the rest is no path below a folder.
 */
export function relativePathOf({ store, bucket, key }: LocatedObject, { inputs }: StepConfig): string {
  const holding = inputs.filter(
    (input) => input.store === store && input.bucket === bucket && takesKey({ prefix: input.prefix }, key),
  );
  const folder = longestPrefix(holding)?.prefix;
  const path = folder ? key.slice(folder.length + 1) : key;
  return folder !== undefined && keyProblem(path) === undefined ? path : key.slice(key.lastIndexOf('/') + 1);
}

/**
 * Why an object is none for the step: it lies in a folder of it, but none of its inputs takes such a name. Stores that
 * cannot look at names send events for all, and others may send any.
 */
export function unwanted(source: ObjectSource, config: StepConfig): string | undefined {
  if (!config.inputs.some((input) => filterText(input))) return undefined;
  const { store, bucket, key } = locate(source, config);
  const folders = config.inputs.filter(
    (input) => input.store === store && input.bucket === bucket && takesKey({ prefix: input.prefix }, key),
  );
  const [first] = folders;
  if (!first || folders.some((input) => takesKey(input, key))) return undefined;
  return `${objectUri(store, bucket, key)} is left out: the input takes names that ${filterText(first)}`;
}

function unknownStore({ provider, store, key }: ObjectSource, { step }: StepConfig): FdlError {
  const from = store ?? provider;
  return new FdlError(
    'event-invalid',
    `the event of ${from} about "${key}" fits no input of step "${step}"`,
    {
      hint: `Give the step an input of ${from}, or send the event elsewhere.`,
    },
  );
}
