/** What became of inputs before, and whether that still counts. */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { ObjectInfo, Storage } from '../storage/storage.ts';
import { locationOf, naming, type ObjectLocation } from '../workflow/follow.ts';
import { type Invocation, isSettled, type ObjectRef } from '../workflow/invocation.ts';
import { changedParts } from '../workflow/key.ts';
import type { Workflow } from '../workflow/model.ts';

/** What is known before. */
export interface EarlierContext {
  readonly workflow: Workflow;
  /** All invocations that are known, in the order in which they were asked for. */
  readonly invocations: readonly Invocation[];
  /** What steps would run with now, by their ids. */
  readonly keys: ReadonlyMap<string, string>;
  readonly storage: (store: string) => Storage;
}

/** An object that is there. */
export interface Present extends ObjectLocation {
  readonly object: ObjectInfo;
}

/** One that succeeded with the same, one that is not over, or why there is neither, as a clause. */
export type Earlier =
  | { readonly done: Invocation }
  | { readonly going: Invocation }
  | { readonly why: string };

/** Says what became of an object in a step before. Whether outputs are still there is not looked at. */
export function openEarlier({
  workflow,
  invocations,
  keys,
  storage,
}: EarlierContext): (present: Present, step: string) => Promise<Earlier> {
  const nameOf = naming(workflow);
  const attempts = new Map<string, Invocation[]>();
  for (const each of invocations) {
    if (!each.input || each.status === 'delegated') continue;
    const name = `${each.step}\n${nameOf(locationOf(each.input.uri))}`;
    const known = attempts.get(name);
    if (known) known.push(each);
    else attempts.set(name, [each]);
  }
  return async (present, step) => {
    const tried = attempts.get(`${step}\n${nameOf(present)}`) ?? [];
    const last = tried.at(-1);
    if (!last) return { why: 'it never ran for this input' };
    if (!isSettled(last.status)) return { going: last };
    const succeeded = tried.filter(({ status }) => status === 'succeeded').reverse();
    const [latest] = succeeded;
    if (!latest) return { why: 'it has failed so far' };
    const key = keys.get(step);
    if (key === undefined) return { why: 'nothing tells what it would run with' };
    const same = succeeded.find((each) => each.key === key);
    if (!same) return { why: changeText(latest.key, key) };
    if (await hasRead(same, present, storage)) return { done: same };
    return { why: 'its input changed' };
  };
}

function changeText(before: string | undefined, now: string): string {
  if (before === undefined) return 'nothing tells what it ran with';
  const parts = changedParts(before, now).map((part) => `its ${part}`);
  return `${parts.join(' and ')} changed`;
}

/** Whether an invocation had the content that an object has now. */
async function hasRead(
  { input }: Invocation,
  { store, bucket, key, object }: Present,
  storage: (store: string) => Storage,
): Promise<boolean> {
  if (!input || input.size !== object.size) return false;
  if (input.etag === object.etag) return true;
  if (input.sha256 === undefined) return false;
  return (await sha256Of(await storage(store).read(bucket, key))) === input.sha256;
}

/** SHA-256 of a stream in hexadecimal digits. */
export async function sha256Of(stream: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Why outputs do not count any more, as a clause: each must be as it was written. `found`: what is there in its place. */
export function lostOutput(
  outputs: readonly ObjectRef[],
  found: (uri: string) => ObjectInfo | undefined,
): string | undefined {
  for (const { uri, size, etag } of outputs) {
    const object = found(uri);
    if (!object) return `its output ${uri} is gone`;
    if (object.size !== size || object.etag !== etag) return `its output ${uri} was changed since`;
  }
  return undefined;
}
