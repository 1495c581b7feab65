/** Waiting for what AWS does some time after it answered: a function to become active, a notification to be written. */
import { setTimeout as wait } from 'node:timers/promises';
import type { CallContext } from '../../../deploy/resource.ts';
import { FdlError } from '../../../errors.ts';
import type { Delay } from '../../../retry.ts';

export interface WaitOptions {
  readonly call: CallContext;
  /** How to wait between two probes; by the clock by default. */
  readonly delay?: Delay | undefined;
  /** Milliseconds between probes, all together. */
  readonly timeoutMs: number;
  /** What people read: `the function resize to become active`. */
  readonly what: string;
}

/** Milliseconds: the first pause, the longest one, and how much each is longer than the one before. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 5000;
const GROWTH = 1.6;

/** Code of the error when the time is up. */
export const TIMEOUT = 'aws-timeout';

/**
 * Probes until the answer is not `undefined`, with pauses from 250 ms to 5 s. What the probe throws ends the waiting.
 * Throws `FdlError` `aws-timeout`, or the reason of the call's signal.
 */
export async function waitUntil<T>(
  { call, delay = pause, timeoutMs, what }: WaitOptions,
  probe: () => Promise<T | undefined>,
): Promise<T> {
  let waited = 0;
  for (let next = FIRST_PAUSE; ; next = Math.min(LONGEST_PAUSE, next * GROWTH)) {
    call.signal.throwIfAborted();
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (waited >= timeoutMs) throw tooLong(what, timeoutMs);
    if (waited === 0) call.progress(`waiting for ${what}`);
    const ms = Math.min(next, timeoutMs - waited);
    await delay(ms, call.signal);
    waited += ms;
  }
}

/**
 * Runs a call again, with the same pauses, while it is refused for a reason that passes: a conflict with another change,
 * or something just made that AWS does not know everywhere yet. Throws the refusal itself when the time is up.
 */
export async function untilAccepted<T>(
  options: WaitOptions,
  passes: (thrown: unknown) => boolean,
  run: () => Promise<T>,
): Promise<T> {
  let refusal: unknown;
  const probe = async () => {
    try {
      return { answer: await run() };
    } catch (thrown) {
      if (!passes(thrown)) throw thrown;
      refusal = thrown;
      return undefined;
    }
  };
  try {
    return (await waitUntil(options, probe)).answer;
  } catch (thrown) {
    throw thrown instanceof FdlError && thrown.code === TIMEOUT ? refusal : thrown;
  }
}

/** Waits some milliseconds; rejects with the reason of the signal when it fires. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await wait(ms, undefined, signal && { signal });
  } catch (thrown) {
    signal?.throwIfAborted();
    throw thrown;
  }
}

function tooLong(what: string, timeoutMs: number): FdlError {
  const message = `waited ${Math.round(timeoutMs / 1000)} s in vain for ${what}`;
  return new FdlError(TIMEOUT, message, { hint: 'Do the same again: what is done stays done.' });
}
