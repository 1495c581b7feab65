/** Remembers the last lines that a script wrote, for the report of its failure. */
import type { LogLine } from '../../workflow/invocation.ts';

const LINES = 10;
/** Characters of a line. */
const LONGEST = 300;

export interface LogTail {
  push(line: LogLine): void;
  /** The last lines of scripts, the oldest first. */
  lines(): readonly string[];
  clear(): void;
}

/** A tail of up to ten lines; what the supervisor itself says is not part of it. */
export function logTail(): LogTail {
  let kept: readonly string[] = [];
  return {
    push: ({ stream, message }) => {
      if (stream === 'supervisor') return;
      const line = message.length > LONGEST ? `${message.slice(0, LONGEST)}…` : message;
      kept = [...kept.slice(1 - LINES), line];
    },
    lines: () => kept,
    clear: () => {
      kept = [];
    },
  };
}
