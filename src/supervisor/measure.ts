/**
 * What a script takes of the machine: processor time and memory of its process and of all that it starts, by `/proc` of
 * Linux. Where there is none, neither is known. Rules: man 5 proc.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { ScriptUsage } from './script.ts';

/** Milliseconds in one of the ticks that `/proc` counts in: USER_HZ is 100 wherever Node runs. */
const TICK_MS = 10;

/** Milliseconds between two looks at a script that runs for long. */
export const LONGEST_PAUSE = 250;

/** What is looked at. */
interface Measured {
  /** The process that leads the script, as soon as it is there. */
  readonly root: () => number | undefined;
  /**
   * Whether the root is a child of this process, whose processor time the system adds to ours when it ends. Else what was
   * last seen counts, which lacks what it took in its last moment.
   */
  readonly isChild: boolean;
}

export interface Measuring {
  /** To be called as soon as the process that was started has ended. */
  ended(): Promise<ScriptUsage>;
}

/**
 * Begins to measure. Memory is looked at now and then, often at first and four times a second in the end: what appears and goes
 * between two looks counts only as far as the system keeps it, which it does for each process (VmHWM).
 */
export function measure({ root, isChild }: Measured): Measuring {
  const begun = performance.now();
  const last = { ticks: 0, peakBytes: 0 };
  if (open.size === 0) counted = childTicks() ?? 0;
  open.add(last);
  const look = () => {
    const pid = root();
    if (pid !== undefined) note(last, pid, isChild);
  };
  let timer: NodeJS.Timeout | undefined;
  const lookAgain = () => {
    look();
    const pause = Math.min(LONGEST_PAUSE, Math.max(10, (performance.now() - begun) / 20));
    timer = setTimeout(lookAgain, pause).unref();
  };
  lookAgain();
  return {
    async ended() {
      const wallMs = Math.round(performance.now() - begun);
      clearTimeout(timer);
      const isCounted = isChild ? await tellApart(last) : last.peakBytes > 0;
      open.delete(last);
      return {
        wallMs,
        ...(isCounted && { cpuMs: last.ticks * TICK_MS }),
        ...(last.peakBytes > 0 && { peakMemoryBytes: last.peakBytes }),
      };
    },
  };
}

interface Seen {
  ticks: number;
  peakBytes: number;
}

/** Adds what a process and those below it have taken so far, and have now. */
function note(seen: Seen, root: number, withRoot: boolean): void {
  const pids = [root, ...below(root)];
  let ticks = 0;
  let resident = 0;
  for (const pid of pids) {
    ticks += ticksOf(pid);
    if (pid === root && !withRoot) continue;
    const memory = memoryOf(pid);
    resident += memory.now;
    seen.peakBytes = Math.max(seen.peakBytes, memory.peak);
  }
  seen.peakBytes = Math.max(seen.peakBytes, resident);
  seen.ticks = Math.max(seen.ticks, ticks);
}

// Processor time of children that have ended, which the system keeps as one sum for this process.

/** Of the scripts that run at the same time. */
const open = new Set<Seen>();
/** Ticks of our ended children that have been told apart. */
let counted = 0;
/** Scripts that ended in one turn of the event loop. */
let together: Seen[] = [];

/** Sets the ticks of a script that has ended, if the system tells. What was not seen of several that ended in one moment is shared out. */
function tellApart(last: Seen): Promise<boolean> {
  together.push(last);
  return new Promise((resolve) => {
    setImmediate(() => {
      const ended = together;
      together = [];
      const sum = childTicks();
      if (sum === undefined) return resolve(false);
      const seen = ended.reduce((ticks, each) => ticks + each.ticks, 0);
      const share = Math.max(0, Math.round((sum - counted - seen) / Math.max(1, ended.length)));
      for (const each of ended) each.ticks += share;
      if (ended.length > 0) counted = sum;
      resolve(true);
    });
  });
}

/** Ticks of all children of this process that have ended, with theirs; nothing where the system does not tell. */
function childTicks(): number | undefined {
  const [, , children, system] = timesOf('self');
  return children === undefined || system === undefined ? undefined : children + system;
}

// Readings of /proc. A process may be gone at any time, which counts as nothing.

/** User and system time of a process and of its children that have ended. */
function ticksOf(pid: number): number {
  return timesOf(pid).reduce((sum, ticks) => sum + ticks, 0);
}

/** Fields 14 to 17 of `stat`: utime, stime, cutime, cstime. The name of the program, field 2, may have blanks and brackets. */
function timesOf(pid: number | 'self'): readonly number[] {
  const stat = read(`/proc/${pid}/stat`);
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .map(Number);
}

function memoryOf(pid: number): { readonly now: number; readonly peak: number } {
  const status = read(`/proc/${pid}/status`);
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
  return { now: bytes('VmRSS'), peak: bytes('VmHWM') };
}

/** All processes that come from one, as far as they are still below it. */
export function below(pid: number): readonly number[] {
  const children = threadsOf(pid).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
  return children.flatMap((child) => [child, ...below(child)]);
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
