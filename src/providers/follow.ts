/** Waits for all that some objects set off on clouds: looks again and again until nothing is left to do. */
import { setTimeout as wait } from 'node:timers/promises';
import { type Followed, type FollowedObject, follow } from '../workflow/follow.ts';
import type { Invocation } from '../workflow/invocation.ts';
import type { Workflow } from '../workflow/model.ts';
import { saysAgain } from '../workflow/records.ts';
import type { Counts, Emit, Failure, Runtime, WorkActivity, WorkEvent } from './runtime.ts';

/** A workflow that runs elsewhere, and how it is looked at. */
export interface Followable {
  readonly workflow: Workflow;
  readonly runtime: Pick<Runtime, 'invocations' | 'logs'>;
  readonly signal: AbortSignal;
  readonly emit: Emit<WorkEvent>;
}

/** How to wait some milliseconds; rejects when the signal fires. */
type Wait = (ms: number, signal: AbortSignal) => Promise<unknown>;

interface FollowOptions {
  /** Seconds to wait at most; by default as long as something changes within an hour. */
  readonly timeout?: number | undefined;
  /** What goes on already and is waited for as well. */
  readonly running?: readonly Invocation[] | undefined;
  readonly wait?: Wait | undefined;
  /** Milliseconds since 1970. */
  readonly clock?: (() => number) | undefined;
}

export interface Waited extends Followed {
  readonly failures: readonly Failure[];
  readonly timedOut: boolean;
}

/** Milliseconds between two looks: the first pause, the longest, and how much each is longer than the one before. */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 5000;
const GROWTH = 1.3;
/** Milliseconds without any sign, after which it is said where to look. */
const PATIENCE = 20_000;
/** Milliseconds without any change, after which nothing more is waited for unless that was asked for. */
const STANDSTILL = 3_600_000;
/** Milliseconds: clocks differ, by less than AWS takes for the signature of a call. */
const SKEW = 15 * 60_000;

/** Follows what is put after it was opened. */
interface Follower {
  until(objects: readonly FollowedObject[]): Promise<Waited>;
}

/**
 * Remembers which invocations there were before something is put: the same file may have been put a moment ago, and
 * what came of that says nothing about what is put now.
 */
export async function openFollower(followable: Followable, options: FollowOptions = {}): Promise<Follower> {
  const { clock = Date.now } = options;
  const since = new Date(clock() - SKEW).toISOString();
  const known = new Set((await list(followable, since)).map(({ id }) => id));
  for (const { id } of options.running ?? []) known.delete(id);
  const look = async (objects: readonly FollowedObject[]) => {
    const invocations = await list(followable, since);
    return follow(
      followable.workflow,
      objects,
      invocations.filter(({ id }) => !known.has(id)),
    );
  };
  return {
    until: (objects) => {
      const start = follow(followable.workflow, objects, []);
      return until(followable, { start, look: () => look(objects) }, options);
    },
  };
}

async function list({ workflow, runtime }: Followable, since: string): Promise<readonly Invocation[]> {
  const found: Invocation[] = [];
  for await (const invocation of runtime.invocations(workflow, { since })) found.push(invocation);
  return found;
}

interface Looking {
  /** What is expected before anything is known. */
  readonly start: Followed;
  look(): Promise<Followed>;
}

async function until(
  followable: Followable,
  { start, look }: Looking,
  { timeout, wait: pause = sleep, clock = Date.now }: FollowOptions,
): Promise<Waited> {
  const { workflow, signal, emit } = followable;
  const started = clock();
  const isTimed = timeout !== undefined;
  let deadline = started + (isTimed ? timeout * 1000 : STANDSTILL);
  await emit({ type: 'activity', activity: { name: 'waiting' } });
  let state = start;
  let next = FIRST_PAUSE;
  let isHinted = false;
  try {
    state = await look();
    while (state.pending.length > 0 && !signal.aborted && clock() < deadline) {
      void emit({ type: 'activity', activity: working(workflow, state) });
      if (!isHinted && state.invocations.length === 0 && clock() - started >= PATIENCE) {
        isHinted = true;
        void emit({ type: 'note', message: nothingYet(workflow.file) });
      }
      await pause(Math.min(next, deadline - clock()), signal);
      const [before, sign] = [settledCount(state), signOf(state)];
      state = await look();
      if (!isTimed && signOf(state) !== sign) deadline = clock() + STANDSTILL;
      next = settledCount(state) > before ? FIRST_PAUSE : Math.min(LONGEST_PAUSE, next * GROWTH);
    }
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    void emit({ type: 'activity' });
  }
  const timedOut = state.pending.length > 0 && !signal.aborted;
  return { ...state, timedOut, failures: await failuresOf(followable, state) };
}

/** What changes whenever anything goes on. */
function signOf({ expected }: Followed): string {
  return expected.map(({ invocation }) => `${invocation?.id} ${invocation?.status}`).join();
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal });
}

function nothingYet(file: string): string {
  return `nothing has started yet: fdl status ${file} shows the steps, fdl logs ${file} what they say`;
}

function settledCount({ expected, pending }: Followed): number {
  return expected.length - pending.length;
}

function working({ steps }: Workflow, state: Followed): WorkActivity {
  const found = steps.flatMap(({ id }) => {
    const ofStep = ({ step }: { readonly step: string }) => step === id;
    if (!state.expected.some(ofStep)) return [];
    const { pending, expected } = state;
    const own = { pending: pending.filter(ofStep), expected: expected.filter(ofStep) };
    return [{ step: id, ...countsOf(own) }];
  });
  return { name: 'working', counts: countsOf(state), steps: found };
}

function countsOf({ pending, expected }: Pick<Followed, 'pending' | 'expected'>): Counts {
  const invocations = expected.flatMap(({ invocation }) => invocation ?? []);
  const count = (status: Invocation['status']) => invocations.filter((each) => each.status === status).length;
  const running = pending.filter(({ invocation }) => invocation !== undefined).length;
  const succeeded = count('succeeded');
  const failed = count('failed') + count('timed-out') + count('cancelled');
  return { waiting: pending.length - running, running, succeeded, failed };
}

/** Failures whose last lines are fetched; there may be thousands. */
const EXPLAINED = 20;
/** Lines of each. */
const LAST_LINES = 10;

const FAILED: readonly Invocation['status'][] = ['failed', 'timed-out', 'cancelled'];

async function failuresOf(followable: Followable, { invocations }: Followed): Promise<readonly Failure[]> {
  const failed = invocations.filter(({ status }) => FAILED.includes(status));
  const failures: Failure[] = [];
  for (const [index, invocation] of failed.entries()) {
    const isExplained = index < EXPLAINED && !followable.signal.aborted;
    failures.push({ invocation, lastLines: isExplained ? await lastLines(followable, invocation) : [] });
  }
  return failures;
}

/** What cannot be read is left out: the failure itself is known. */
async function lastLines(
  { workflow, runtime }: Followable,
  { id, step, startedAt, reason = '' }: Invocation,
): Promise<readonly string[]> {
  const lines: string[] = [];
  try {
    for await (const line of runtime.logs(workflow, { step, invocation: id, since: startedAt })) {
      const isNew = line.stream !== 'supervisor' && !(reason && saysAgain(line.message, reason));
      if (isNew) lines.push(line.message);
      if (lines.length > LAST_LINES) lines.shift();
    }
  } catch {
    return [];
  }
  return lines;
}
