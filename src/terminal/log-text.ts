/** Lines of a workflow's log as text. */
import type { LogLine } from '../workflow/invocation.ts';
import { readRecord } from '../workflow/records.ts';
import { countOf, durationText } from './amount.ts';
import { statusMark } from './run-text.ts';
import type { Style } from './style.ts';
import { nameText } from './visible.ts';

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

/** What the supervisor, or a gateway, notes as a record, in words. */
function recordText(message: string, style: Style): string | undefined {
  const record = readRecord(message);
  if (!record) return undefined;
  const { fdl, input, outputs, status, durationMs = 0, reason, job } = record;
  const source = input ? ` ${nameText(input.uri)}` : '';
  if (fdl === 'delegated') return style('dim', `▸ passed on to the job ${job}${source}`);
  if (fdl === 'undelegated')
    return `${statusMark('failed', style)} ${style('dim', `not passed on${source}: ${reason}`)}`;
  if (fdl === 'start') return style('dim', `▸ started${source}`);
  if (fdl === 'outputs') return style('dim', `stored ${countOf(outputs.length, 'file')}, and more`);
  const written = outputs.length > 0 ? ` → ${outputs.map(({ uri }) => nameText(uri)).join(', ')}` : '';
  const why = reason ? `: ${reason}` : '';
  return `${statusMark(status, style)} ${style('dim', `${status} in ${durationText(durationMs)}${written}${why}`)}`;
}
