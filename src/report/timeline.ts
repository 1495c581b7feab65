/** Invocations as bars over time. */
import { isFailed } from '../workflow/again.ts';
import { type Invocation, isSettled } from '../workflow/invocation.ts';

export interface Bar {
  readonly step: string;
  readonly kind: 'succeeded' | 'failed' | 'unfinished';
  readonly start: Date;
  readonly end: Date;
  /** From 0; those of a step stand together. */
  readonly row: number;
  /** Last part of the key of its input. */
  readonly name: string | undefined;
}

/** Those that have begun, step by step, each in the first row that is free; one that still runs ends `now` (milliseconds since 1970). */
export function barsOf(invocations: readonly Invocation[], now: number): readonly Bar[] {
  const steps = new Map<string, Omit<Bar, 'row'>[]>();
  for (const each of invocations) {
    const bar = barOf(each, now);
    const others = steps.get(each.step) ?? [];
    if (bar) steps.set(each.step, others);
    if (bar) others.push(bar);
  }
  let first = 0;
  return [...steps.values()].flatMap((bars) => {
    const rows = inRows(bars, first);
    first = rows.reduce((last, { row }) => Math.max(last, row), first) + 1;
    return rows;
  });
}

function barOf(
  { step, status, startedAt, endedAt, input }: Invocation,
  now: number,
): Omit<Bar, 'row'> | undefined {
  if (startedAt === undefined || status === 'delegated' || status === 'queued') return undefined;
  const start = new Date(startedAt);
  const end = new Date(endedAt ?? now);
  const kind = isFailed({ status } as Invocation) ? 'failed' : isSettled(status) ? 'succeeded' : 'unfinished';
  return { step, kind, start, end: end < start ? start : end, name: input?.uri.replace(/^.*\//, '') };
}

function inRows(bars: readonly Omit<Bar, 'row'>[], first: number): readonly Bar[] {
  const free: number[] = [];
  const sorted = bars.toSorted((a, b) => a.start.getTime() - b.start.getTime());
  return sorted.map((bar) => {
    const found = free.findIndex((time) => time <= bar.start.getTime());
    const row = found === -1 ? free.length : found;
    free[row] = bar.end.getTime();
    return { ...bar, row: first + row };
  });
}

/** How many bars of one step there are at a time, from each change on. */
export function runningOf(bars: readonly Bar[]): readonly { step: string; time: Date; running: number }[] {
  const changes = bars.flatMap(({ step, start, end }) => [
    { step, time: start, by: 1 },
    { step, time: end, by: -1 },
  ]);
  changes.sort((a, b) => a.time.getTime() - b.time.getTime());
  let running = 0;
  return changes.map(({ step, time, by }) => {
    running += by;
    return { step, time, running };
  });
}
