/** Invocations of steps on AWS, from what the supervisor and AWS Lambda wrote about them. */
import { mapBounded } from '../../../deploy/concurrency.ts';
import { type Billed, type Invocation, isSettled, type ObjectRef } from '../../../workflow/invocation.ts';
import type { LogRecord } from '../../../workflow/records.ts';
import { siteKey } from '../site.ts';
import type { Entry } from './attribution.ts';
import { openReader, type Reader, type ReaderOptions } from './reader.ts';
import type { LogSource } from './sources.ts';

/** Log groups that are read at the same time: CloudWatch Logs allows 5 to 25 such calls a second. */
const CONCURRENCY = 4;

/** Answers the invocations of some sources that started from some time on, in the order in which they started. */
type ReadInvocations = (
  sources: readonly LogSource[],
  /** Milliseconds since 1970. */
  since: number | undefined,
) => Promise<readonly Invocation[]>;

/** Invocations of one source by their ids, as far as its lines were read. */
type Found = Map<string, Invocation>;

/** What is known of a log group from the looks so far: what its lines amount to, rather than the lines. */
interface Known {
  readonly reader: Reader;
  readonly found: Found;
}

/**
 * Opens the invocations of a workflow. Who asks for the same again and again, to follow what goes on, makes it read what
 * is new only.
 */
export function openInvocations(options: Omit<ReaderOptions, 'since'>): ReadInvocations {
  const looked = new Map<string, Known>();
  const look = async (source: LogSource, since: number | undefined) => {
    const key = `${siteKey(source.site)} ${source.group} ${since}`;
    const known = looked.get(key);
    const { reader, found } = known ?? {
      reader: openReader(source, { ...options, since }),
      found: new Map(),
    };
    const from = known ? reader.next() : since;
    for await (const entry of reader.lines({ from, structured: true })) {
      noteEntry(found, source, entry);
    }
    looked.set(key, { reader, found });
    return foundOf(source, found, options.clock());
  };
  return async (sources, since) => {
    const found = await mapBounded(sources, CONCURRENCY, (source) => look(source, since));
    const from = since === undefined ? '' : new Date(since).toISOString();
    return found
      .flat()
      .filter(({ startedAt = '' }) => startedAt >= from)
      .sort((a, b) => compare(a.startedAt ?? '', b.startedAt ?? ''));
  };
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Takes in what a line says. */
function noteEntry(
  found: Found,
  { step, workflow }: Pick<LogSource, 'step' | 'workflow'>,
  { invocation, record, failure, event, billed }: Entry,
): void {
  const isOther = record && record.workflow !== '' && record.workflow !== workflow;
  if (record && !isOther && isPassing(record)) {
    notePassing(found, step, record, event.time);
    return;
  }
  const before = found.get(invocation);
  // Lines may arrive out of order: a start is no news of what has ended.
  if (record && !isOther && !(record.fdl === 'start' && before)) {
    found.set(invocation, recorded(step, record, event.time, before));
  }
  const known = found.get(invocation);
  const isOpen = known === undefined || known.status === 'running';
  if (failure && (known || failure.unstarted) && (isOpen || failure.precise))
    found.set(invocation, ended(step, invocation, known, { ...failure, time: event.time }));
  if (billed) noteBilled(found, invocation, billed);
}

/** What the lines of a source amount to; `now` in milliseconds since 1970. */
function foundOf({ longestMs, jobs }: LogSource, found: Found, now: number): readonly Invocation[] {
  const all = [...found.values()];
  return jobs ? all : all.map((each) => given(each, now, longestMs));
}

/** A request may be tried again, and is charged each time. */
function noteBilled(found: Found, id: string, billed: Billed): void {
  const known = found.get(id);
  if (!known) return;
  const before = known.billed;
  found.set(id, {
    ...known,
    billed: {
      milliseconds: (before?.milliseconds ?? 0) + billed.milliseconds,
      memoryMib: billed.memoryMib,
      requests: (before?.requests ?? 0) + billed.requests,
    },
  });
}

function isPassing({ fdl }: LogRecord): boolean {
  return fdl === 'delegated' || fdl === 'undelegated';
}

/** What a gateway did with an input. An event that failed comes again, and may be passed on then. */
function notePassing(
  found: Found,
  step: string,
  { fdl, invocation: id, input, requestId, reason: why }: LogRecord,
  time: number,
): void {
  const failed = `${requestId} ${input?.uri}`;
  const startedAt = new Date(time).toISOString();
  const begun = { id, step, ...(input && { input }), outputs: [], startedAt };
  if (fdl === 'delegated') {
    found.delete(failed);
    if (!found.has(id)) found.set(id, { ...begun, status: 'queued', job: id });
  } else {
    const reason = `it could not be passed on to AWS Batch: ${why ?? 'no reason is known'}`;
    found.set(failed, { ...begun, status: 'failed', endedAt: startedAt, durationMs: 0, reason });
  }
}

function recorded(step: string, record: LogRecord, time: number, before: Invocation | undefined): Invocation {
  const { fdl, invocation: id, status, exitCode, durationMs, job, usage, key, span } = record;
  const input = record.input ?? before?.input;
  const startedAt = record.startedAt ?? before?.startedAt ?? new Date(time).toISOString();
  const outputs = distinct([...(before?.outputs ?? []), ...record.outputs]);
  const billed = before?.billed;
  const begun = {
    ...{ id, step, ...(input && { input }), outputs, startedAt },
    ...(job !== undefined && { job }),
    ...(billed && { billed }),
  };
  // What arrives late is no news of what has ended.
  if (fdl !== 'end' && before && isSettled(before.status)) return { ...before, outputs };
  if (fdl !== 'end') return { ...begun, status: 'running' };
  const reason = record.reason ?? (status === 'delegated' && job && `the job ${job} goes on with it`);
  return {
    ...begun,
    status,
    endedAt: record.endedAt ?? new Date(time).toISOString(),
    ...(durationMs !== undefined && { durationMs }),
    ...(exitCode !== undefined && { exitCode }),
    ...(reason && { reason }),
    ...(usage && { usage }),
    ...(key !== undefined && { key }),
    ...(span && { span }),
  };
}

/** A record may come twice. */
function distinct(outputs: readonly ObjectRef[]): readonly ObjectRef[] {
  return [...new Map(outputs.map((each) => [each.uri, each])).values()];
}

/** An invocation that AWS Lambda ended; one that had not begun is named after its request. */
function ended(
  step: string,
  id: string,
  known: Invocation | undefined,
  {
    status,
    reason,
    time,
  }: { readonly status: 'failed' | 'timed-out'; readonly reason: string; readonly time: number },
): Invocation {
  const endedAt = known?.endedAt ?? new Date(time).toISOString();
  const begun = known ?? { id, step, outputs: [], startedAt: endedAt };
  const durationMs = Math.max(0, Date.parse(endedAt) - Date.parse(begun.startedAt ?? endedAt));
  return { ...begun, status, reason, endedAt, durationMs };
}

/** Of what runs for longer than it may, the end got lost. */
function given(invocation: Invocation, now: number, longestMs: number): Invocation {
  const { status, startedAt } = invocation;
  if (status !== 'running' || startedAt === undefined || now - Date.parse(startedAt) <= longestMs)
    return invocation;
  return {
    ...invocation,
    status: 'timed-out',
    reason: 'nothing was heard of it for longer than it may take',
  };
}
