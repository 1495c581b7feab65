/**
 * Calls that fail because a test wants them to. Rules: ThrottlingException and AccessDeniedException of the common
 * errors in the API references.
 */
import type { Call } from './api.ts';

/** How a call fails. */
export interface Failure {
  /** Code that AWS would answer. */
  readonly code: string;
  readonly message?: string;
  /** 400 by default. */
  readonly status?: number;
  /** How many matching calls fail; 1 by default. */
  readonly times?: number;
  /** How many matching calls pass before. */
  readonly skip?: number;
  /** Lets the call have its effect first, so that only its answer is lost. */
  readonly after?: boolean;
  /** Cuts the connection instead of answering. */
  readonly drop?: boolean;
}

/** `lambda:CreateFunction`, `lambda:*`, `*`, or a condition of one's own. */
export type Match = string | ((call: Call) => boolean);

/** What a service says that has too many calls. */
export const THROTTLED: Failure = { code: 'ThrottlingException', message: 'Rate exceeded', status: 400 };
/** An error that no client repeats. */
export const REFUSED: Failure = {
  code: 'AccessDeniedException',
  message: 'This call fails in a test',
  status: 400,
};

export interface Failures {
  failNext(match: Match, failure: Failure): void;
  failCall(n: number, options?: { readonly failure?: Failure; readonly mutating?: boolean }): void;
  /** The failure that is meant for a call; counts. */
  take(call: Call): Failure | undefined;
  clear(): void;
}

interface Planned {
  readonly matches: (call: Call) => boolean;
  readonly failure: Failure;
  skip: number;
  left: number;
}

/** No failures yet. */
export function openFailures(): Failures {
  let planned: Planned[] = [];
  const plan = (match: Match, failure: Failure) => {
    const { skip = 0, times = 1 } = failure;
    planned.push({ matches: matcher(match), failure, skip, left: times });
  };
  return {
    failNext: plan,
    failCall: (n, { failure = REFUSED, mutating = false } = {}) =>
      plan((call) => call.mutating || !mutating, { ...failure, skip: n - 1, times: 1 }),
    take: (call) => {
      const due = planned.filter(({ matches, left }) => left > 0 && matches(call));
      const ready = due.find(({ skip }) => skip === 0);
      for (const each of due) if (each.skip > 0) each.skip -= 1;
      if (ready) ready.left -= 1;
      return ready?.failure;
    },
    clear: () => {
      planned = [];
    },
  };
}

function matcher(match: Match): (call: Call) => boolean {
  if (typeof match !== 'string') return match;
  const [service, operation = '*'] = match.split(':');
  return (call) =>
    (service === '*' || service === call.service) && (operation === '*' || operation === call.operation);
}
