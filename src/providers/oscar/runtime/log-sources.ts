/** What lines of logs come from: jobs, and the pods of services that answer requests. */
import type { LogLine } from '../../../workflow/invocation.ts';
import type { JobAnswer } from '../api/answers.ts';
import { OscarError } from '../api/error.ts';
import type { Located } from './deps.ts';
import type { InTime } from './job-times.ts';
import { isoTime, timedLines } from './log-lines.ts';
import { supervisorLine } from './supervisor-line.ts';

export interface LogSource extends InTime {
  /** Lines that were not read before. */
  lines(): AsyncIterable<LogLine>;
}

/** A job, which is looked at as long as it may write. */
export interface JobSource {
  /** The job as it is now; nothing where all of it was read. */
  at(job: JobAnswer): LogSource | undefined;
}

/** The log of one job. Clusters give it from its start only: lines that were read before are skipped. */
export function jobSource(located: Located, signal: AbortSignal): JobSource {
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
export function podSource({ client, step }: Located, signal: AbortSignal): LogSource {
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
      // Releases that do not have it, and services that are not there.
      if (thrown instanceof OscarError && ABSENT.includes(thrown.code)) return [];
      throw thrown;
    }
  };
  return { from: '', to: '', lines };
}

const ABSENT: readonly string[] = ['oscar-unsupported', 'oscar-not-found'];
