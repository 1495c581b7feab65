/** Finds the inputs that steps are to have again. */
import { FdlError } from '../errors.ts';
import type { Again } from '../providers/runtime.ts';
import { openSlots } from '../slots.ts';
import type { Storage } from '../storage/storage.ts';
import { isFailed, lastAttempts } from '../workflow/again.ts';
import { locationOf, naming, type ObjectLocation } from '../workflow/follow.ts';
import type { Invocation } from '../workflow/invocation.ts';
import type { Workflow } from '../workflow/model.ts';
import { listed } from './trace.ts';

/** Which inputs; by default those that failed, of all steps. */
export interface AgainQuery {
  /** Ids of invocations, or their beginnings: the inputs of these, whatever came of them. */
  readonly invocations?: readonly string[] | undefined;
  /** Id of a step. */
  readonly step?: string | undefined;
  /** ISO 8601. */
  readonly since?: string | undefined;
  /** Those that succeeded as well; not those whose input others of them write anew, which run behind these. */
  readonly all?: boolean | undefined;
  /** Only those that failed, also of those that are named. */
  readonly failed?: boolean | undefined;
}

/** What was found. */
export interface FoundAgain {
  readonly again: readonly Again[];
  /** What cannot be had again, with why, as a clause. */
  readonly lost: readonly { readonly invocation: Invocation; readonly reason: string }[];
}

/** Objects that are looked for at the same time. */
const LOOKS = 16;

/** @throws FdlError `unknown-invocation`, `ambiguous-invocation` */
export async function findAgain(
  workflow: Workflow,
  all: readonly Invocation[],
  query: AgainQuery,
  storage: (store: string) => Storage,
): Promise<FoundAgain> {
  const chosen = choose(workflow, all, query);
  const namespaces = new Map(workflow.stores.map(({ id, namespace }) => [id, namespace]));
  const slot = openSlots(LOOKS);
  const found = await Promise.all(
    chosen.map((invocation) => slot(() => locate(invocation, namespaces, storage))),
  );
  const again = found.flatMap((each) => ('step' in each ? [each] : []));
  return {
    again: query.all && !query.invocations?.length ? firstOf(workflow, all, again) : again,
    lost: found.flatMap((each) => ('reason' in each ? [each] : [])),
  };
}

function choose(
  workflow: Workflow,
  all: readonly Invocation[],
  { invocations = [], step, since, all: succeeded, failed }: AgainQuery,
): readonly Invocation[] {
  if (invocations.length > 0) {
    const named = invocations.map((wanted) => oneOf(all, wanted));
    return lastAttempts(workflow, named).filter((each) => !failed || isFailed(each));
  }
  return lastAttempts(workflow, all).filter((each) => {
    const isWanted = (step === undefined || each.step === step) && isNew(each, since);
    return isWanted && (isFailed(each) || (succeeded && each.status === 'succeeded'));
  });
}

/** Those whose input no other of them has written, and so writes anew. */
function firstOf(workflow: Workflow, all: readonly Invocation[], again: readonly Again[]): readonly Again[] {
  const nameOf = naming(workflow);
  const idOf = (step: string, at: ObjectLocation) => `${step}\n${nameOf(at)}`;
  const chosen = new Set(again.map((each) => idOf(each.step, { ...each, key: each.object.key })));
  const isChosen = ({ step, input }: Invocation) =>
    input !== undefined && chosen.has(idOf(step, locationOf(input.uri)));
  const written = new Set(
    all.filter(isChosen).flatMap(({ outputs }) => outputs.map(({ uri }) => nameOf(locationOf(uri)))),
  );
  const first = again.filter((each) => !written.has(nameOf({ ...each, key: each.object.key })));
  // What makes a circle begins nowhere.
  return first.length > 0 ? first : again;
}

function isNew({ startedAt }: Invocation, since: string | undefined): boolean {
  return since === undefined || startedAt === undefined || startedAt >= since;
}

function oneOf(all: readonly Invocation[], wanted: string): Invocation {
  const exact = all.find(({ id }) => id === wanted);
  const found = exact ? [exact] : all.filter(({ id }) => id.startsWith(wanted));
  const [first] = found;
  const ids = [...new Set(found.map(({ id }) => id))];
  if (first && ids.length === 1) return first;
  const message = first ? `"${wanted}" may be ${listed(ids)}` : `there is no invocation "${wanted}"`;
  const hint = first
    ? 'Give its id in full.'
    : 'fdl status shows them; of older ones, look further back with --since.';
  if (first) throw new FdlError('ambiguous-invocation', message, { hint, exitCode: 2 });
  throw new FdlError('unknown-invocation', message, { hint });
}

async function locate(
  invocation: Invocation,
  namespaces: ReadonlyMap<string, string>,
  storage: (store: string) => Storage,
): Promise<Again | FoundAgain['lost'][number]> {
  const { input, step } = invocation;
  if (!input) return { invocation, reason: 'it had no object as its input' };
  const { store, bucket, key } = locationOf(input.uri);
  const namespace = namespaces.get(store);
  if (namespace === undefined) return { invocation, reason: `the file names no store ${store}` };
  const object = await storage(store).stat(bucket, key);
  return object ? { step, store, namespace, bucket, object } : { invocation, reason: 'its input is gone' };
}
