/** What commands that move files say of it. */
import type { Moved } from '../session/files/index.ts';
import { bytesText, countOf } from '../terminal/amount.ts';
import { notMovedLines, transferText } from '../terminal/run-text.ts';
import type { CommandContext, ExitCode } from './command.ts';

/** A file that was to be moved. */
export interface Transfer {
  readonly source: string;
  /** Absent where a file cannot have the name of its object. */
  readonly target?: string;
  /** Bytes. */
  readonly size?: number;
  readonly status: 'done' | 'unchanged' | 'planned' | 'failed';
  /** Why it failed. */
  readonly reason?: string;
  readonly hint?: string | undefined;
}

/** `workflow`: its name, where files were moved for one. */
export function transfersDocument(
  workflow: string | undefined,
  transfers: readonly Transfer[],
  milliseconds: number,
) {
  const done = transfers.filter(({ status }) => status === 'done');
  const bytes = done.reduce((sum, { size = 0 }) => sum + size, 0);
  const summary = { files: done.length, bytes, durationMs: Math.round(milliseconds) };
  return { ...(workflow !== undefined && { workflow }), transfers, summary };
}

/** Prints what became of files, and how many were there already. */
export function reportMoved(
  context: CommandContext,
  moved: readonly Moved[],
  milliseconds: number,
): ExitCode {
  const { terminal } = context;
  if (terminal.json) terminal.data(transfersDocument(undefined, transfersOf(moved), milliseconds));
  return showMoved(context, moved);
}

/** What was settled of all that was to be moved. */
export function transfersOf(moved: readonly Moved[]): readonly Transfer[] {
  return moved.flatMap(({ status, ...each }) => (status === 'left' ? [] : [{ ...each, status }]));
}

/** The same as text. */
export function showMoved({ terminal, signal }: CommandContext, moved: readonly Moved[]): ExitCode {
  const of = (status: Moved['status']) => moved.filter((each) => each.status === status);
  const [done, planned, failed, left] = [of('done'), of('planned'), of('failed'), of('left')];
  for (const line of notMovedLines(failed, terminal.noteStyle)) terminal.note(line);
  for (const { source, target = '' } of [...done, ...planned]) terminal.out(transferText({ source, target }));
  const text = planned.length > 0 ? `${amountText(planned)} would be moved` : amountText(done);
  terminal.out([text, ...unchangedText(of('unchanged').length)].join('; '));
  if (left.length > 0)
    terminal.note(`${countOf(left.length, 'file')} not moved yet; the same command again moves what is left`);
  if (signal.aborted) return 130;
  return failed.length > 0 ? 1 : 0;
}

function amountText(files: readonly Moved[]): string {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return `${countOf(files.length, 'file')}, ${bytesText(bytes)}`;
}

/** Of files that were there already, how many, and how to move them all the same. */
function unchangedText(count: number): readonly string[] {
  if (count === 0) return [];
  const [are, them] = count === 1 ? ['is', 'it'] : ['are', 'them'];
  return [`${count} ${are} there already and left out (--force moves ${them} all the same)`];
}
