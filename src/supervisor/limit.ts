/** Ends work at a deadline or when somebody cancels. */

/** What ended work before it was done. */
type Verdict = 'timed-out' | 'cancelled';

export interface Limit {
  /** Fires at the deadline and on cancellation; absent where neither can happen. */
  readonly signal: AbortSignal | undefined;
  /** Which of both has happened. */
  verdict(): Verdict | undefined;
  /** Gives up the timer. */
  release(): void;
}

/** Milliseconds. Timers cannot wait longer (2³¹ − 1, almost 25 days). */
const LONGEST_TIMER = 2 ** 31 - 1;

/** A limit that ends work after `ms` from now, if given, and when `outer` fires. */
export function limitOf(ms: number | undefined, outer: AbortSignal | undefined): Limit {
  if (ms === undefined) {
    return { signal: outer, verdict: () => outer && verdictOf(outer), release: () => {} };
  }
  const own = new AbortController();
  const timer = setTimeout(
    () => own.abort(new DOMException('The time is up.', 'TimeoutError')),
    Math.min(Math.max(ms, 0), LONGEST_TIMER),
  );
  const cancel = () => own.abort(outer?.reason);
  if (outer?.aborted) cancel();
  outer?.addEventListener('abort', cancel, { once: true });
  return {
    signal: own.signal,
    verdict: () => verdictOf(own.signal),
    release: () => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', cancel);
    },
  };
}

function verdictOf(signal: AbortSignal): Verdict | undefined {
  if (!signal.aborted) return undefined;
  return signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError'
    ? 'timed-out'
    : 'cancelled';
}
