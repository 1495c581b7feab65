/** Finds what need not be done again: earlier invocations whose results still count. */
import { createReadStream, statSync } from 'node:fs';
import type { Again, Inputs, SourceFile } from '../providers/runtime.ts';
import { openSlots } from '../slots.ts';
import type { ObjectInfo, Storage } from '../storage/storage.ts';
import { objectUri } from '../storage/uri.ts';
import { locationOf, triggeredSteps } from '../workflow/follow.ts';
import type { Invocation } from '../workflow/invocation.ts';
import {
  type Earlier,
  type EarlierContext,
  lostOutput,
  openEarlier,
  type Present,
  sha256Of,
} from './earlier.ts';
import { isUnchanged } from './files/compare.ts';
import { findObjects } from './find-objects.ts';

/** Why a step runs for an input. */
export interface Why {
  readonly step: string;
  /** Of the input. */
  readonly uri: string;
  /** A clause. */
  readonly reason: string;
}

/** What is to be done, and what is not. */
export interface CachedPlan {
  /** Files that are to be put. */
  readonly sources: readonly SourceFile[];
  /** Objects that are there, for steps that have to run. */
  readonly again: readonly Again[];
  /** What goes on already, elsewhere. */
  readonly running: readonly Invocation[];
  /** Earlier invocations whose outputs still count. */
  readonly cached: readonly Invocation[];
  readonly why: readonly Why[];
}

export interface CachedContext extends EarlierContext {
  /** Steps go on by themselves: what runs is waited for, and not asked for again. */
  readonly goesOn: boolean;
  readonly signal: AbortSignal;
}

/** Files that are compared, and inputs that are judged, at the same time. */
const READS = 8;

/**
 * Compares inputs with what is in their folder, and follows those that are there through the workflow: as far as each step
 * has succeeded for the same content with what it would run with now, and its outputs are still what it wrote.
 */
export async function planCached({ folder, sources }: Inputs, context: CachedContext): Promise<CachedPlan> {
  const { storage, signal, workflow } = context;
  const { store, bucket, prefix } = folder;
  const placed = sources.map((source) => {
    return { source, store, bucket, key: prefix === '' ? source.name : `${prefix}/${source.name}` };
  });
  const objects = await findObjects(placed, storage, signal);
  const slot = openSlots(READS);
  const compared = await Promise.all(
    placed.map((at, index) =>
      slot(async () => {
        const object = objects[index];
        const isSame = object !== undefined && (await hasContent(at.source, object, storage(store), bucket));
        return { ...at, object, isSame };
      }),
    ),
  );
  const steps = triggeredSteps(workflow);
  const fresh = compared.filter(({ isSame }) => !isSame);
  const why = fresh.flatMap((at) => {
    const reason = at.object ? 'its input changed' : 'its input is new';
    return steps(at).map((step) => ({ step, uri: objectUri(store, bucket, at.key), reason }));
  });
  const there = compared.flatMap(({ isSame, key, object }) =>
    isSame && object ? [{ store, bucket, key, object }] : [],
  );
  const walked = await walk(there, context);
  return { ...walked, sources: fresh.map(({ source }) => source), why: [...why, ...walked.why] };
}

/** Tags that say something of the content of an object: see `files/compare.ts`. */
const TELLING = /^[0-9a-f]{32}(-\d+)?$/i;

/** Whether an object has the content of a file. Where its tag does not tell, it is read. */
async function hasContent(
  { path: file, size }: SourceFile,
  object: ObjectInfo,
  storage: Storage,
  bucket: string,
): Promise<boolean> {
  if (object.size !== size) return false;
  const source = { file, size, modified: statSync(file).mtime };
  if (TELLING.test(object.etag)) return isUnchanged(source, object, { checksum: true });
  const [one, other] = [createReadStream(file), await storage.read(bucket, object.key)];
  return (await sha256Of(one)) === (await sha256Of(other));
}

type Walked = Omit<CachedPlan, 'sources'>;

/** From objects to what they set off, to what that wrote, and so on, as far as it counts. */
async function walk(first: readonly Present[], context: CachedContext): Promise<Walked> {
  const { workflow, storage, signal } = context;
  const earlier = openEarlier(context);
  const steps = triggeredSteps(workflow);
  const namespaces = new Map(workflow.stores.map(({ id, namespace }) => [id, namespace]));
  const slot = openSlots(READS);
  const seen = new Set<string>();
  const plan = {
    again: [] as Again[],
    running: [] as Invocation[],
    cached: [] as Invocation[],
    why: [] as Why[],
  };
  for (let layer = first; layer.length > 0; ) {
    const pairs = layer
      .flatMap((present) => steps(present).map((step) => ({ present, step, uri: uriOf(present) })))
      .filter(({ step, uri }) => isNew(seen, `${step} ${uri}`));
    const judged = await Promise.all(
      pairs.map((pair) => slot(async () => ({ ...pair, found: await earlier(pair.present, pair.step) }))),
    );
    const written = await outputsOf(judged, storage, signal);
    for (const { present, step, uri, found } of judged) {
      const verdict = settled(found, context.goesOn, (output) => written.get(output)?.object);
      if ('done' in verdict) plan.cached.push({ ...verdict.done, cached: true });
      else if ('going' in verdict) plan.running.push(verdict.going);
      else {
        const { store, bucket, object } = present;
        plan.why.push({ step, uri, reason: verdict.why });
        plan.again.push({ step, store, namespace: namespaces.get(store) ?? store, bucket, object });
      }
    }
    const counting = new Set(plan.cached.flatMap(({ outputs }) => outputs.map(({ uri }) => uri)));
    layer = [...written].flatMap(([uri, present]) => (counting.has(uri) ? [present] : []));
  }
  return plan;
}

function uriOf({ store, bucket, key }: Present): string {
  return objectUri(store, bucket, key);
}

function isNew(seen: Set<string>, name: string): boolean {
  return !seen.has(name) && Boolean(seen.add(name));
}

/** What is there of the outputs of those that succeeded, by their URIs. */
async function outputsOf(
  judged: readonly { readonly found: Earlier }[],
  storage: CachedContext['storage'],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Present>> {
  const outputs = judged.flatMap(({ found }) => ('done' in found ? found.done.outputs : []));
  const wanted = outputs.map(({ uri }) => ({ uri, ...locationOf(uri) }));
  const objects = await findObjects(wanted, storage, signal);
  return new Map(
    wanted.flatMap(({ uri, ...at }, index) => {
      const object = objects[index];
      return object ? [[uri, { ...at, object }] as const] : [];
    }),
  );
}

/** What counts, once it is known what is there of outputs, and whether anything goes on by itself. */
function settled(
  found: Earlier,
  goesOn: boolean,
  objectAt: (uri: string) => ObjectInfo | undefined,
): Earlier {
  if ('going' in found) return goesOn ? found : { why: 'it was not done before' };
  if ('why' in found) return found;
  const why = lostOutput(found.done.outputs, objectAt);
  return why === undefined ? found : { why };
}
