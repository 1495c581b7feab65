/** What a run came to, in numbers: by steps, and what failed. Pure, and the same on every provider. */
import { isFailed, lastAttempts } from './again.ts';
import type { Cost } from './cost.ts';
import { type Invocation, isSettled } from './invocation.ts';
import { type KeyPart, versionsIn } from './key.ts';
import type { Step, Workflow } from './model.ts';

/** How values lie: of an even number of them, the median is the mean of the two in the middle. */
export interface Spread {
  readonly count: number;
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly sum: number;
}

/** What a step is, and what its invocations came to. */
export interface StepReport {
  readonly step: string;
  /** Where it runs, for people. */
  readonly where: string;
  readonly image?: string;
  /** SHA-256 of its script as it lies here now, in hexadecimal digits; absent where there is none. */
  readonly scriptSha256?: string;
  /** How many different scripts, images and parameters its invocations had; absent where none says it. */
  readonly versions?: Readonly<Record<KeyPart, number>>;
  /** Bytes that it may have, as the file says. */
  readonly memoryLimitBytes?: number;
  /** Inputs by what they have come to: that of their last attempt. */
  readonly succeeded: number;
  readonly failed: number;
  /** Those that wait or run. */
  readonly unfinished: number;
  /** How many invocations there were, with repeated attempts. */
  readonly invocations: number;
  /** How long they took, in milliseconds. */
  readonly durationMs?: Spread;
  /** Processor time, in milliseconds; of those for which it is known, like the next. */
  readonly cpuMs?: Spread;
  /** Memory at most, in bytes. */
  readonly peakMemoryBytes?: Spread;
  /** Bytes that its scripts got and left. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** The last attempt at an input that failed. */
export interface FailureReport extends Invocation {
  /** The last lines that it wrote, oldest first; none where they are not known. */
  readonly lastLines: readonly string[];
}

export interface RunReport {
  readonly workflow: string;
  /** When it was made; ISO 8601, UTC. */
  readonly createdAt: string;
  /** The first start and the last end; absent where nothing has begun or ended. */
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly steps: readonly StepReport[];
  readonly invocations: readonly Invocation[];
  readonly failures: readonly FailureReport[];
  /** What the invocations cost; absent where nothing is charged for any. */
  readonly cost?: Cost;
}

/** What there is to say of the steps of a workflow; `scripts` has the hashes of their scripts, by their ids. `where`: where all run, if not where the file says. */
export function stepReports(
  workflow: Workflow,
  invocations: readonly Invocation[],
  scripts: ReadonlyMap<string, string>,
  where?: string,
): readonly StepReport[] {
  const last = new Set(lastAttempts(workflow, invocations));
  return workflow.steps.map((step) => {
    const own = invocations.filter((each) => each.step === step.id && each.status !== 'delegated');
    const scriptSha256 = scripts.get(step.id);
    const place = where === undefined ? {} : { where };
    return {
      ...told(step),
      ...place,
      ...(scriptSha256 !== undefined && { scriptSha256 }),
      ...numbers(own, last),
    };
  });
}

function told({ id, where, image, limits: { memoryMib } }: Step) {
  return {
    step: id,
    where,
    ...(image !== undefined && { image }),
    ...(memoryMib !== undefined && { memoryLimitBytes: memoryMib * 1024 * 1024 }),
  };
}

function numbers(own: readonly Invocation[], last: ReadonlySet<Invocation>) {
  const now = own.filter((each) => last.has(each));
  const count = (wanted: (each: Invocation) => boolean) => now.filter(wanted).length;
  const values = (of: (each: Invocation) => number | undefined) => own.flatMap((each) => of(each) ?? []);
  const sum = (of: (each: Invocation) => number) => own.reduce((all, each) => all + of(each), 0);
  return {
    succeeded: count(({ status }) => status === 'succeeded'),
    failed: count(isFailed),
    unfinished: count(({ status }) => !isSettled(status)),
    invocations: own.length,
    ...versions(own.flatMap(({ key }) => key ?? [])),
    ...spread(
      'durationMs',
      values(({ durationMs }) => durationMs),
    ),
    ...spread(
      'cpuMs',
      values(({ usage }) => usage?.cpuMs),
    ),
    ...spread(
      'peakMemoryBytes',
      values(({ usage }) => usage?.peakMemoryBytes),
    ),
    bytesIn: sum(({ usage, input }) => usage?.bytesIn ?? input?.size ?? 0),
    bytesOut: sum(({ outputs }) => outputs.reduce((bytes, { size }) => bytes + size, 0)),
  };
}

function versions(keys: readonly string[]): Pick<StepReport, 'versions'> {
  return keys.length === 0 ? {} : { versions: versionsIn(keys) };
}

function spread<Name extends string>(
  name: Name,
  values: readonly number[],
): { readonly [N in Name]?: Spread } {
  const sorted = values.toSorted((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) return {};
  const middle = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1);
  const median = middle.reduce((sum, each) => sum + each, 0) / middle.length;
  const all = { count: sorted.length, min, median, max, sum: sorted.reduce((sum, each) => sum + each, 0) };
  return { [name]: all } as { readonly [N in Name]?: Spread };
}

/** The first start and the last end. */
export function boundsOf(invocations: readonly Invocation[]): Pick<RunReport, 'startedAt' | 'endedAt'> {
  const starts = invocations.flatMap(({ startedAt }) => startedAt ?? []).sort();
  const ends = invocations.flatMap(({ endedAt }) => endedAt ?? []).sort();
  const [startedAt] = starts;
  const endedAt = ends.at(-1);
  return { ...(startedAt !== undefined && { startedAt }), ...(endedAt !== undefined && { endedAt }) };
}
