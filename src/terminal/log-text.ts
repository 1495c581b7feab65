/** Lines of a workflow's log as text. */
import type { Invocation, LogLine } from '../workflow/invocation.ts';
import { durationText } from './amount.ts';
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

type LogRecord = { readonly fdl: 'start' | 'end' } & Partial<Invocation>;

/** What the supervisor notes of an invocation as JSON, in words. */
function recordText(message: string, style: Style): string | undefined {
  const record = recordIn(message);
  if (!record) return undefined;
  const { fdl, input, outputs, status = 'succeeded', durationMs = 0, reason } = record;
  const source = input ? ` ${input.uri}` : '';
  if (fdl === 'start') return style('dim', `▸ started${source}`);
  const written = outputs?.length ? ` → ${outputs.map(({ uri }) => uri).join(', ')}` : '';
  const why = reason ? `: ${reason}` : '';
  return `${statusMark(status, style)} ${style('dim', `${status} in ${durationText(durationMs)}${written}${why}`)}`;
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
