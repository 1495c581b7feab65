/** The objects that a job wrote, with their sizes: as its log tells, else as the outputs' folders show. */
import type { ObjectInfo, Storage } from '../../../storage/storage.ts';
import { objectUri } from '../../../storage/uri.ts';
import type { ObjectRef } from '../../../workflow/invocation.ts';
import type { Output } from '../../../workflow/model.ts';
import type { JobAnswer } from '../api/answers.ts';
import type { OscarStep } from '../dialect/step.ts';
import type { JobStory } from './job-story.ts';
import { outputStore, takes } from './placement.ts';

/** Opens a store by its id. */
export type OpenStore = (id: string) => Storage;

/** Looks at objects without failing: what cannot be reached once is not asked again. */
export interface Look {
  stat(store: string, bucket: string, key: string): Promise<ObjectInfo | undefined>;
  list(output: Output): Promise<readonly ObjectInfo[]>;
}

export function openLook(open: OpenStore): Look {
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
  story: JobStory,
  look: Look,
): Promise<readonly ObjectRef[]> {
  if (story.tellsOutputs) return told(step, job, story, look);
  return job.status === 'Succeeded' ? appeared(step, job, look) : [];
}

/** The last upload of a job that failed may be what it failed at: it counts only if it is there. */
async function told(
  step: OscarStep,
  { status }: JobAnswer,
  { outputs }: JobStory,
  look: Look,
): Promise<readonly ObjectRef[]> {
  const found = await Promise.all(
    outputs.map(async (output, index) => {
      const { bucket, key } = output;
      const store = outputStore(step, output);
      const object = await look.stat(store, bucket, key);
      const isSure = status === 'Succeeded' || index < outputs.length - 1;
      return object || isSure ? [{ uri: objectUri(store, bucket, key), size: object?.size ?? 0 }] : [];
    }),
  );
  return found.flat();
}

/** Milliseconds: clusters tell whole seconds, and their clocks differ a little from those of stores. */
const TOLERANCE = 2000;

/** What came into the outputs' folders while it ran. Jobs at the same time may have written some of it. */
async function appeared(
  step: OscarStep,
  { started, created, finished }: JobAnswer,
  look: Look,
): Promise<readonly ObjectRef[]> {
  const from = Date.parse(started ?? created ?? '') - TOLERANCE;
  const to = Date.parse(finished ?? '') + 1000 + TOLERANCE;
  if (Number.isNaN(from) || Number.isNaN(to)) return [];
  const found = await Promise.all(
    step.outputs.map(async (output) => {
      const { store, bucket } = output;
      const fitting = (await look.list(output)).filter(
        ({ key, modified }) => takes(output, key) && modified.getTime() >= from && modified.getTime() <= to,
      );
      return fitting.map(({ key, size }) => ({ uri: objectUri(store, bucket, key), size }));
    }),
  );
  return found.flat();
}
