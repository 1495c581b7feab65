/** Tries again what failed for the moment. Whether that may help, the error says. */
import { setTimeout as wait } from 'node:timers/promises';

/** What an error may say of itself. */
interface Retryable {
  /** The failure is of the moment (network, throttling, an overloaded server): the same call may work later. */
  readonly retryable?: boolean;
  /** Milliseconds that the other side asked to wait. */
  readonly retryAfterMs?: number | undefined;
}

/** Waits some milliseconds; rejects when the signal fires. */
export type Delay = (ms: number, signal: AbortSignal | undefined) => Promise<unknown>;

export interface RetryOptions {
  /** How often in all; 5 by default. */
  readonly attempts?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly delay?: Delay | undefined;
}

const ATTEMPTS = 5;
/** Milliseconds: the limit of the first wait, and of all others. */
const FIRST_WAIT = 250;
const LONGEST_WAIT = 8000;
/** Milliseconds. A server that wants us to wait longer has a quota, which nobody sits out in a terminal. */
const PATIENCE = 60_000;

/** What was tried again in vain: whoever repeats a piece of work around that does not multiply the tries. */
const spent = new WeakSet<Error>();

function isSpent(thrown: unknown): boolean {
  return thrown instanceof Error && (spent.has(thrown) || isSpent(thrown.cause));
}

/**
 * Calls `run` until it succeeds, throws what is not retryable or was repeated within, or was called `attempts` times.
 */
export async function withRetry<T>(
  run: (attempt: number) => Promise<T>,
  options: RetryOptions = {},
): Promise<T> {
  const { attempts = ATTEMPTS, signal, delay = pause } = options;
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await run(attempt);
    } catch (thrown) {
      signal?.throwIfAborted();
      const { retryable, retryAfterMs = 0 } = retryOf(thrown);
      if (!retryable || isSpent(thrown) || retryAfterMs > PATIENCE) throw thrown;
      if (attempt >= attempts) {
        if (attempts > 1) spent.add(thrown as Error);
        throw thrown;
      }
      await delay(retryAfterMs || backOff(attempt), signal);
    }
  }
}

function retryOf(thrown: unknown): Retryable {
  return thrown instanceof Error ? (thrown as Retryable) : {};
}

/** Milliseconds: a random share of a doubling limit, so that clients that failed together do not come back together. */
export function backOff(attempt: number): number {
  return Math.random() * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempt - 1));
}

/** Waits so long; rejects with the reason of the signal where that fires. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await wait(ms, undefined, signal && { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
