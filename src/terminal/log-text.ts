/** Lines of a workflow's log as text. */
import type { Invocation, LogLine } from '../workflow/invocation.ts';
import { countOf, durationText } from './amount.ts';
import { statusMark } from './run-text.ts';
import type { Style } from './style.ts';

const COLOURS = ['cyan', 'magenta', 'yellow', 'green'] as const;

/** A line of the log for people: time of day, step, text. */
export function lineText({ time, step, stream, message }: LogLine, width: number, style: Style): string {
  const sum = [...step].reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0);
  const name = style(COLOURS[sum % COLOURS.length] ?? 'cyan', step.padEnd(width));
  return `${style('dim', time.slice(11, 23))} ${name} ${messageText(stream, message, style)}`;
}

function messageText(stream: LogLine['stream'], message: string, style: Style): string {
  if (stream === 'stdout') return message;
  if (stream === 'stderr') return style('red', message);
  return recordText(message, style) ?? style('dim', message);
}

type InvocationRecord = { readonly fdl: 'start' | 'outputs' | 'end' } & Partial<Invocation>;

/** What a gateway notes of an input. */
interface PassedRecord {
  readonly fdl: 'delegated' | 'undelegated';
  readonly input?: string;
  readonly job?: string;
  readonly reason?: string;
}

type LogRecord = InvocationRecord | PassedRecord;

/** What the supervisor notes of an invocation as JSON, in words. */
function recordText(message: string, style: Style): string | undefined {
  const record = recordIn(message);
  if (!record) return undefined;
  if (isPassed(record)) return passedText(record, style);
  const { fdl, input, outputs, status = 'succeeded', durationMs = 0, reason } = record;
  const source = input ? ` ${input.uri}` : '';
  if (fdl === 'start') return style('dim', `▸ started${source}`);
  if (fdl === 'outputs') return style('dim', `stored ${countOf(outputs?.length ?? 0, 'file')}, and more`);
  const written = outputs?.length ? ` → ${outputs.map(({ uri }) => uri).join(', ')}` : '';
  const why = reason ? `: ${reason}` : '';
  return `${statusMark(status, style)} ${style('dim', `${status} in ${durationText(durationMs)}${written}${why}`)}`;
}

function isPassed(record: LogRecord): record is PassedRecord {
  return record.fdl === 'delegated' || record.fdl === 'undelegated';
}

function passedText({ fdl, input, job, reason }: PassedRecord, style: Style): string {
  const what = input === undefined ? '' : ` ${input}`;
  if (fdl === 'delegated') return style('dim', `▸ passed on to the job ${job}${what}`);
  return `${statusMark('failed', style)} ${style('dim', `not passed on${what}: ${reason}`)}`;
}

/** Nothing where a line is no record, or one that was cut. */
function recordIn(message: string): LogRecord | undefined {
  if (!message.startsWith('{"fdl":')) return undefined;
  try {
    return JSON.parse(message) as LogRecord;
  } catch {
    return undefined;
  }
}
