import type { RunDone } from './session.ts';

/** What comes of a run that had nothing to do. */
export const NOTHING_DONE: RunDone = {
  puts: [],
  notPut: [],
  invocations: [],
  failures: [],
  attempts: [],
  left: 0,
  goesOn: false,
  timedOut: false,
  failedBefore: [],
  files: 0,
  outputs: [],
  notFetched: [],
};
