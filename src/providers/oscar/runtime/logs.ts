/**
 * The log of a workflow on clusters: the lines of all jobs as one stream, and those of the pods of services that answer
 * requests.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { mapBounded } from '../../../deploy/concurrency.ts';
import type { Delay } from '../../../retry.ts';
import type { LogLine } from '../../../workflow/invocation.ts';
import type { LogQuery } from '../../runtime.ts';
import type { JobAnswer } from '../api/answers.ts';
import { OscarError } from '../api/error.ts';
import { type Located, unlessMissed } from './deps.ts';
import { isBefore, jobsOf } from './invocations.ts';
import { groupsInTime, type InTime, isoTime, mayBeOf, supervisorLine, timedLines } from './job-log.ts';

interface LogsOptions {
  readonly signal: AbortSignal;
  readonly delay?: Delay | undefined;
}

/** Milliseconds between two looks at what is followed. */
const POLL = 2000;
/** Logs that are read at the same time. */
const CONCURRENCY = 6;

/** The lines that match, by time; with `follow`, further ones as they are written, until the signal. */
export async function* readLogs(
  located: readonly Located[],
  query: LogQuery,
  { signal, delay = pause }: LogsOptions,
): AsyncGenerator<LogLine> {
  const sources = openSources(located, query, signal);
  const matches = matcher(query);
  try {
    for (;;) {
      // Jobs that ran at different times come one after the other, so that not all logs are held at once.
      for (const group of groupsInTime(await sources.look())) yield* merged(group, matches);
      if (!query.follow || signal.aborted) return;
      await delay(POLL, signal);
    }
  } catch (thrown) {
    // Whoever follows ends it by a signal.
    if (!(query.follow && signal.aborted)) throw thrown;
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await wait(ms, undefined, signal && { signal });
}

async function* merged(
  sources: readonly LogSource[],
  matches: (line: LogLine) => boolean,
): AsyncGenerator<LogLine> {
  const found = await mapBounded(sources, CONCURRENCY, async ({ lines }) => {
    const collected: LogLine[] = [];
    for await (const line of lines()) if (matches(line)) collected.push(line);
    return collected;
  });
  yield* found.flat().sort(byTime);
}

/** Sorting keeps the order of what has the same time. */
function byTime(a: LogLine, b: LogLine): number {
  if (a.time === b.time) return 0;
  return a.time < b.time ? -1 : 1;
}

function matcher({ since = '', filter, invocation }: LogQuery): (line: LogLine) => boolean {
  const from = isoTime(since) ?? since;
  return (line) =>
    line.time >= from &&
    (filter === undefined || line.message.includes(filter)) &&
    (invocation === undefined || line.invocation === invocation);
}

interface Sources {
  /** What has something to read that was not read before. */
  look(): Promise<readonly LogSource[]>;
}

/** Remembers each source, so that no line comes twice. */
function openSources(located: readonly Located[], query: LogQuery, signal: AbortSignal): Sources {
  const jobs = new Map<string, ReturnType<typeof jobSource>>();
  const pods = query.invocation === undefined ? located.filter(hasPods) : [];
  const serving = pods.map((each) => podSource(each, signal));
  const sourceOf = (each: Located, job: JobAnswer): readonly LogSource[] => {
    const key = `${each.step.id}/${job.name}`;
    const source = jobs.get(key) ?? jobSource(each, signal);
    jobs.set(key, source);
    const found = source.at(job);
    return found ? [found] : [];
  };
  const look = async () => {
    const found = await mapBounded(located, CONCURRENCY, async (each) => {
      const wanted = await unlessMissed(query.missed, [], () => wantedJobs(each, query, signal));
      return wanted.flatMap((job) => sourceOf(each, job));
    });
    return [...found.flat(), ...serving];
  };
  return { look };
}

/** One that is asked for by its name needs no list. */
async function wantedJobs(
  located: Located,
  { invocation, since, follow }: LogQuery,
  signal: AbortSignal,
): Promise<readonly JobAnswer[]> {
  if (invocation !== undefined && !follow) {
    if (!mayBeOf(invocation, located.step.name) && !isMember(located)) return [];
    return [
      { name: invocation, status: 'Succeeded', created: undefined, started: undefined, finished: undefined },
    ];
  }
  const jobs = await jobsOf(located, signal);
  const named = invocation === undefined ? jobs : jobs.filter(({ name }) => name === invocation);
  // A job that began before may have gone on until then.
  return named.filter((job) => !isBefore({ ...job, started: job.finished, created: job.finished }, since));
}

/** Jobs that another service handed on are called after that one. */
function isMember({ step, workflow }: Located): boolean {
  return workflow.steps.some(({ standIns }) => standIns?.includes(step.id));
}

/** Direct calls of a service, and exposed ones, run in pods of the service itself. */
function hasPods({ step }: Located): boolean {
  return step.serves || step.settings.synchronous !== undefined || step.settings.expose !== undefined;
}

interface LogSource extends InTime {
  /** Lines that were not read before. */
  lines(): AsyncIterable<LogLine>;
}

/** A job, which is looked at as long as it may write. */
interface JobSource {
  /** The job as it is now; nothing where all of it was read. */
  at(job: JobAnswer): LogSource | undefined;
}

/** The log of one job. Clusters give it from its start only: lines that were read before are skipped. */
function jobSource(located: Located, signal: AbortSignal): JobSource {
  let read = 0;
  let isDone = false;
  async function* lines(job: JobAnswer): AsyncGenerator<LogLine> {
    let count = 0;
    let isAfterEvent = false;
    const chunks = located.client.jobLog(located.step.name, job.name, signal);
    const start = isoTime(job.started ?? job.created) ?? new Date().toISOString();
    for await (const { time, text } of timedLines(chunks, start)) {
      count += 1;
      // The event is for machines; the supervisor puts an empty line behind it.
      const isEvent = supervisorLine(text)?.message.startsWith('event_records = ') === true;
      const isShown = !isEvent && !(isAfterEvent && text === '');
      isAfterEvent = isEvent;
      if (isShown && count > read)
        yield { time, step: located.step.id, invocation: job.name, ...messageOf(text) };
    }
    read = Math.max(read, count);
    isDone = job.status === 'Succeeded' || job.status === 'Failed';
  }
  return {
    at: (job) => {
      if (isDone || job.status === 'Pending' || job.status === 'Suspended') return undefined;
      const [from = '', to = ''] = [isoTime(job.started ?? job.created), isoTime(job.finished)];
      return { from, to, lines: () => lines(job) };
    },
  };
}

/** The supervisor's lines without what it puts in front, since each line has a time already. */
function messageOf(text: string): Pick<LogLine, 'stream' | 'message'> {
  const line = supervisorLine(text);
  if (!line) return { stream: 'stdout', message: text };
  const { level, message } = line;
  return {
    stream: 'supervisor',
    message: level === 'INFO' ? message.trimEnd() : `${level}: ${message.trimEnd()}`,
  };
}

/** Lines of pods that are asked for: as many as clusters give at most before they are asked for all. */
const TAIL = 1000;

/** The log of a service's own pods: the latest lines. */
function podSource({ client, step }: Located, signal: AbortSignal): LogSource {
  const seen = new Set<string>();
  async function* lines(): AsyncGenerator<LogLine> {
    for (const { timestamp, message } of await entriesOf()) {
      const key = `${timestamp} ${message}`;
      if (timestamp !== undefined && seen.has(key)) continue;
      seen.add(key);
      const time = isoTime(timestamp) ?? new Date().toISOString();
      yield { time, step: step.id, invocation: '', ...messageOf(message.replace(/[\r\n]+$/, '')) };
    }
  }
  const entriesOf = async () => {
    try {
      return (await client.deploymentLogs(step.name, TAIL, signal)).entries;
    } catch (thrown) {
      // Releases that do not have it, and services that are not there: clusters deny those, too.
      if (!(thrown instanceof OscarError)) throw thrown;
      if (ABSENT.includes(thrown.code)) return [];
      if (thrown.code === 'oscar-denied' && !(await client.service(step.name, signal))) return [];
      throw thrown;
    }
  };
  return { from: '', to: '', lines };
}

const ABSENT: readonly string[] = ['oscar-unsupported', 'oscar-not-found'];
