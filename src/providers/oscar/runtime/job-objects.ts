/**
 * The objects of a job, and which of the workflow's stores they are in: the input that started it, and the outputs that it
 * wrote, as its log names them, else as the outputs' folders show.
 */
import type { ObjectInfo, Storage } from '../../../storage/storage.ts';
import { objectUri } from '../../../storage/uri.ts';
import type { ObjectRef } from '../../../workflow/invocation.ts';
import type { Output, Workflow } from '../../../workflow/model.ts';
import type { JobAnswer } from '../api/answers.ts';
import { delegatorsOf, type OscarStep } from '../dialect/step.ts';
import type { JobSummary, LoggedObject, WrittenObject } from './job-log.ts';

/** Opens a store by its id. */
type OpenStore = (id: string) => Storage;

/** Looks at objects without failing: what cannot be reached once is not asked again. */
export interface ObjectLookup {
  stat(store: string, bucket: string, key: string): Promise<ObjectInfo | undefined>;
  list(output: Output): Promise<readonly ObjectInfo[]>;
}

export function openLookup(open: OpenStore): ObjectLookup {
  const unreached = new Set<string>();
  const ask = async <T>(
    store: string,
    question: (storage: Storage) => Promise<T>,
  ): Promise<T | undefined> => {
    if (unreached.has(store)) return undefined;
    try {
      return await question(open(store));
    } catch {
      unreached.add(store);
      return undefined;
    }
  };
  return {
    stat: (store, bucket, key) => ask(store, (storage) => storage.stat(bucket, key)),
    list: async ({ store, bucket, prefix }) =>
      (await ask(store, (storage) => listed(storage, bucket, prefix === '' ? '' : `${prefix}/`))) ?? [],
  };
}

async function listed(storage: Storage, bucket: string, prefix: string): Promise<readonly ObjectInfo[]> {
  const found: ObjectInfo[] = [];
  for await (const object of storage.list(bucket, prefix)) found.push(object);
  return found;
}

/** The outputs of a job that came to its end. */
export async function writtenBy(
  step: OscarStep,
  job: JobAnswer,
  summary: JobSummary,
  lookup: ObjectLookup,
): Promise<readonly ObjectRef[]> {
  if (summary.namesOutputs) return logged(step, job, summary, lookup);
  return job.status === 'Succeeded' ? newInFolders(step, job, lookup) : [];
}

/** The last upload of a job that failed may be what it failed at: it counts only if it is there. */
async function logged(
  step: OscarStep,
  { status }: JobAnswer,
  { outputs }: JobSummary,
  lookup: ObjectLookup,
): Promise<readonly ObjectRef[]> {
  const found = await Promise.all(
    outputs.map(async (output, index) => {
      const { bucket, key } = output;
      const store = outputStore(step, output);
      const object = await lookup.stat(store, bucket, key);
      const isSure = status === 'Succeeded' || index < outputs.length - 1;
      return object || isSure ? [{ uri: objectUri(store, bucket, key), size: object?.size ?? 0 }] : [];
    }),
  );
  return found.flat();
}

/** Milliseconds: clusters tell whole seconds, and their clocks differ a little from those of stores. */
const TOLERANCE = 2000;

/** What came into the outputs' folders while it ran. Jobs at the same time may have written some of it. */
async function newInFolders(
  step: OscarStep,
  { started, created, finished }: JobAnswer,
  lookup: ObjectLookup,
): Promise<readonly ObjectRef[]> {
  const from = Date.parse(started ?? created ?? '') - TOLERANCE;
  const to = Date.parse(finished ?? '') + 1000 + TOLERANCE;
  if (Number.isNaN(from) || Number.isNaN(to)) return [];
  const found = await Promise.all(
    step.outputs.map(async (output) => {
      const { store, bucket } = output;
      const fitting = (await lookup.list(output)).filter(
        ({ key, modified }) => takes(output, key) && modified.getTime() >= from && modified.getTime() <= to,
      );
      return fitting.map(({ key, size }) => ({ uri: objectUri(store, bucket, key), size }));
    }),
  );
  return found.flat();
}

/** The store that an input came from, also of a job that another service handed on. Logs name only its bucket. */
export function inputStore(step: OscarStep, workflow: Workflow, { bucket, key }: LoggedObject): string {
  const all = [step, ...delegatorsOf(step, workflow.steps)].flatMap(({ inputs }) => inputs);
  const own = all.find((folder) => folder.bucket === bucket && isBelow(folder.prefix, key));
  return own?.store ?? `minio.${step.cluster}`;
}

/** The store that an output went to: the log names it as the service does, whose own MinIO is `minio.default`. */
export function outputStore({ outputs, cluster }: OscarStep, { bucket, key, store }: WrittenObject): string {
  const meant = storeId(store, cluster);
  const fitting = outputs.filter((folder) => folder.bucket === bucket && isBelow(folder.prefix, key));
  const named = fitting.find((folder) => folder.store === meant);
  const alike = fitting.find((folder) => kindOf(folder.store) === kindOf(meant));
  return (named ?? alike ?? (store === undefined ? fitting[0] : undefined))?.store ?? meant;
}

function storeId(text: string | undefined, cluster: string): string {
  const [kind = '', ...rest] = (text ?? 'minio').trim().split('.');
  const name = rest.join('.') || 'default';
  if (kind.toLowerCase() === 'minio' && name.toLowerCase() === 'default') return `minio.${cluster}`;
  return `${kind.toLowerCase()}.${name}`;
}

function kindOf(store: string): string {
  return store.split('.')[0] ?? '';
}

function isBelow(prefix: string, key: string): boolean {
  return prefix === '' || key.startsWith(`${prefix}/`);
}

/** Whether the filters of an output let a key through. */
export function takes({ prefix, prefixes, suffixes }: Output, key: string): boolean {
  if (!isBelow(prefix, key)) return false;
  const name = prefix === '' ? key : key.slice(prefix.length + 1);
  const starts = prefixes.length === 0 || prefixes.some((start) => name.startsWith(start));
  return starts && (suffixes.length === 0 || suffixes.some((end) => name.endsWith(end)));
}
