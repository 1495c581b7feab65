/** Tries again what failed for the moment. */
import { setTimeout as wait } from 'node:timers/promises';
import { isRetryable } from './error.ts';

export interface RetryOptions {
  /** How often in all; 4 by default. */
  readonly attempts?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Waits some milliseconds; rejects when the signal fires. */
  readonly delay?: ((ms: number, signal: AbortSignal | undefined) => Promise<unknown>) | undefined;
}

const ATTEMPTS = 4;
/** Milliseconds: the longest first wait, and the longest of all. */
const FIRST_WAIT = 200;
const LONGEST_WAIT = 5000;

/** Calls `run` until it succeeds, throws what is not retryable, or was called `attempts` times. */
export async function withRetry<T>(
  run: (attempt: number) => Promise<T>,
  options: RetryOptions = {},
): Promise<T> {
  const { attempts = ATTEMPTS, signal, delay = pause } = options;
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await run(attempt);
    } catch (error) {
      if (attempt >= attempts || !isRetryable(error)) throw error;
      await delay(waitBefore(attempt), signal);
    }
  }
}

/** A random share of a doubling limit, so that clients that failed together do not come back together. */
function waitBefore(attempt: number): number {
  return Math.random() * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempt - 1));
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await wait(ms, undefined, signal && { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
