/** What objects set off in a workflow, from what is known of its invocations. Pure, and the same on every provider. */
import { objectUri, parseUri } from '../storage/uri.ts';
import { takesKey } from './filter.ts';
import { type Invocation, isSettled } from './invocation.ts';
import type { Input, Workflow } from './model.ts';

/** An object in a store of the workflow. */
export interface ObjectLocation {
  /** Id of the store. */
  readonly store: string;
  readonly bucket: string;
  readonly key: string;
}

/** An object that is followed. */
export interface FollowedObject extends ObjectLocation {
  /** Of the steps that it triggers, these alone: the others had it before. */
  readonly steps?: readonly string[] | undefined;
}

/** A step that an object triggers, and what became of it. */
interface Expected {
  readonly step: string;
  /** Of the object, as it was put or written. */
  readonly uri: string;
  /** Absent while nothing is known of it. */
  readonly invocation?: Invocation;
}

/** How far all that some objects set off is. */
export interface Followed {
  /** In the order in which they became known. */
  readonly expected: readonly Expected[];
  /** Those that are not over. */
  readonly pending: readonly Expected[];
  /** One for each that has begun: of several attempts, the one that counts. */
  readonly invocations: readonly Invocation[];
}

/** The steps that an object triggers. */
type TriggeredSteps = (object: ObjectLocation) => readonly string[];

/** Looks up which steps an object triggers, by its bucket. */
export function triggeredSteps(workflow: Workflow): TriggeredSteps {
  const namespaces = new Map(workflow.stores.map(({ id, namespace }) => [id, namespace]));
  const kinds = new Map(workflow.stores.map(({ id, kind }) => [id, kind]));
  const listeners = new Map<string, { step: string; folder: Input }[]>();
  for (const step of workflow.steps) {
    for (const folder of step.inputs) {
      const kind = kinds.get(folder.store);
      if (step.serves || !kind || !step.listensTo.includes(kind)) continue;
      const key = bucketKey(folder.namespace, folder.bucket);
      listeners.set(key, [...(listeners.get(key) ?? []), { step: step.id, folder }]);
    }
  }
  return ({ store, bucket, key }) => {
    const found = listeners.get(bucketKey(namespaces.get(store) ?? store, bucket)) ?? [];
    const hit = found.filter(({ folder }) => takesKey(folder, key));
    // A step that listens to a folder and to one above it is triggered once.
    return [...new Set(hit.map(({ step }) => step))];
  };
}

function bucketKey(namespace: string, bucket: string): string {
  return `${namespace}/${bucket}`;
}

/**
 * Follows objects through the workflow: each step that an object triggers is expected to be invoked for it once, and
 * what that writes is followed in turn. Events may come twice and failed ones may be tried again: an attempt that
 * succeeded counts, else the latest one.
 */
export function follow(
  workflow: Workflow,
  objects: readonly FollowedObject[],
  invocations: readonly Invocation[],
): Followed {
  const steps = triggeredSteps(workflow);
  const nameOf = naming(workflow);
  const attempts = attemptsByInput(invocations, nameOf);
  const expected = new Map<string, Expected>();
  const inputless = inputlessOf(workflow, invocations);
  const others = new Map(workflow.steps.map(({ id, standIns = [] }) => [id, standIns]));
  let next: readonly FollowedObject[] = objects;
  for (;;) {
    const before = expected.size;
    // It grows as it is walked through.
    const queue = [...next];
    for (const object of queue) {
      for (const step of object.steps ?? steps(object)) {
        const key = attemptKey(step, nameOf(object));
        if (expected.has(key)) continue;
        // Where a cluster hands a job on, another step runs for the same object.
        const tried = [step, ...(others.get(step) ?? [])].flatMap(
          (id) => attempts.get(attemptKey(id, nameOf(object))) ?? [],
        );
        const invocation = best(tried);
        const uri = objectUri(object.store, object.bucket, object.key);
        expected.set(key, { step, uri, ...(invocation && { invocation }) });
        // Also one that failed may have written something, which triggers what it triggers.
        queue.push(...tried.flatMap(writtenBy));
      }
    }
    const all = withInputless([...expected.values()], inputless);
    if (expected.size === before) return followed(all);
    next = all.flatMap(({ invocation }) => (invocation ? writtenBy(invocation) : []));
  }
}

function writtenBy({ outputs }: Invocation): readonly ObjectLocation[] {
  return outputs.flatMap(({ uri }) => locationsIn(uri));
}

function followed(expected: readonly Expected[]): Followed {
  return {
    expected,
    pending: expected.filter(({ invocation }) => !invocation || !isOver(invocation)),
    invocations: expected.flatMap(({ invocation }) => invocation ?? []),
  };
}

/** What was handed over to a job goes on under another id. */
function isOver({ status }: Invocation): boolean {
  return status !== 'delegated' && isSettled(status);
}

/** One name for an object, by whichever of its stores it is called. */
export function naming({ stores }: Workflow): (object: ObjectLocation) => string {
  const namespaces = new Map(stores.map(({ id, namespace }) => [id, namespace]));
  return ({ store, bucket, key }) => `${bucketKey(namespaces.get(store) ?? store, bucket)}/${key}`;
}

function attemptsByInput(
  invocations: readonly Invocation[],
  nameOf: (object: ObjectLocation) => string,
): ReadonlyMap<string, readonly Invocation[]> {
  const found = new Map<string, Invocation[]>();
  for (const invocation of invocations) {
    for (const object of locationsIn(invocation.input?.uri)) {
      const key = attemptKey(invocation.step, nameOf(object));
      const known = found.get(key);
      if (known) known.push(invocation);
      else found.set(key, [invocation]);
    }
  }
  return found;
}

function attemptKey(step: string, object: string): string {
  return `${step}\n${object}`;
}

function locationsIn(uri: string | undefined): readonly ObjectLocation[] {
  return uri === undefined ? [] : [locationOf(uri)];
}

/** The object that a storage URI names. @throws FdlError `uri-invalid` */
export function locationOf(uri: string): ObjectLocation {
  const { provider, name = 'default', bucket, key } = parseUri(uri);
  return { store: `${provider}.${name}`, bucket, key };
}

function best(attempts: readonly Invocation[]): Invocation | undefined {
  const succeeded = attempts.find(({ status }) => status === 'succeeded');
  return succeeded ?? attempts.reduce<Invocation | undefined>(latest, undefined);
}

/** One that waits comes after all that have begun; what was handed over says less than the job that does it. */
function latest(a: Invocation | undefined, b: Invocation): Invocation {
  return a && order(a) > order(b) ? a : b;
}

function order({ status, startedAt = '' }: Invocation): string {
  if (status === 'delegated') return '';
  return status === 'queued' ? '\uffff' : startedAt;
}

/**
 * Invocations that do not say what they are for: requests of a step that cannot even start, and those of steps
 * that hide it.
 */
function inputlessOf(
  { steps }: Workflow,
  invocations: readonly Invocation[],
): ReadonlyMap<string, readonly Invocation[]> {
  const hidden = new Set(steps.flatMap(({ id, hidesInput }) => (hidesInput ? [id] : [])));
  return groupByStep(
    invocations.filter((each) => each.input === undefined && (hidden.has(each.step) || isUnstarted(each))),
  );
}

/** Unlike a direct call that failed, it took no time. */
function isUnstarted({ status, durationMs, exitCode }: Invocation): boolean {
  return status !== 'succeeded' && durationMs === 0 && exitCode === undefined;
}

/** Where there are as many without an input as inputs that wait, they are theirs: which is whose makes no difference. */
function withInputless(
  expected: readonly Expected[],
  inputless: ReadonlyMap<string, readonly Invocation[]>,
): readonly Expected[] {
  if (inputless.size === 0) return expected;
  const waiting = groupByStep(expected.filter(({ invocation }) => !invocation));
  const found = new Map<Expected, Invocation>();
  for (const [step, line] of waiting) {
    const candidates = inputless.get(step) ?? [];
    if (candidates.length < line.length) continue;
    for (const [index, each] of line.entries()) {
      const candidate = candidates[index];
      if (candidate) found.set(each, { ...candidate, input: { uri: each.uri, size: 0 } });
    }
  }
  return expected.map((each) => {
    const invocation = found.get(each);
    return invocation ? { ...each, invocation } : each;
  });
}

function groupByStep<T extends { readonly step: string }>(
  items: readonly T[],
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(item.step);
    if (group) group.push(item);
    else groups.set(item.step, [item]);
  }
  return groups;
}
