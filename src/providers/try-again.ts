/** Trying again what failed on clouds, as often as somebody asks for: the same for all of them. */
import { openSlots } from '../slots.ts';
import type { Storage } from '../storage/storage.ts';
import { locationOf } from '../workflow/follow.ts';
import type { Invocation } from '../workflow/invocation.ts';
import type { Workflow } from '../workflow/model.ts';
import type { Again, Failure } from './runtime.ts';

/** What came of work so far. */
export interface Outcome {
  readonly invocations: readonly Invocation[];
  readonly failures: readonly Failure[];
  /** Failed attempts that others followed. */
  readonly attempts: readonly Invocation[];
  /** How many inputs are not through. */
  readonly left: number;
  readonly timedOut: boolean;
}

/** Objects that are looked for at the same time. */
const LOOKS = 16;

/** Failures whose inputs are still there, as what their steps are to have again. */
export async function failedInputs(
  { stores }: Workflow,
  failures: readonly Failure[],
  storage: (store: string) => Storage,
): Promise<readonly { readonly id: string; readonly again: Again }[]> {
  const namespaces = new Map(stores.map(({ id, namespace }) => [id, namespace]));
  const slot = openSlots(LOOKS);
  const found = await Promise.all(
    failures.map(({ invocation: { id, step, input } }) =>
      slot(async () => {
        if (!input) return [];
        const { store, bucket, key } = locationOf(input.uri);
        const object = namespaces.has(store) && (await storage(store).stat(bucket, key));
        const namespace = namespaces.get(store) ?? store;
        return object ? [{ id, again: { step, store, namespace, bucket, object } }] : [];
      }),
    ),
  );
  return found.flat();
}

/** What came of all, where some were tried again: their last attempt counts, and those before it stand apart. */
export function withAttempts(before: Outcome, tried: ReadonlySet<string>, now: Outcome): Outcome {
  return {
    invocations: [...before.invocations.filter(({ id }) => !tried.has(id)), ...now.invocations],
    failures: [...before.failures.filter(({ invocation }) => !tried.has(invocation.id)), ...now.failures],
    attempts: [...before.attempts, ...before.invocations.filter(({ id }) => tried.has(id))],
    left: before.left + now.left,
    timedOut: before.timedOut || now.timedOut,
  };
}
