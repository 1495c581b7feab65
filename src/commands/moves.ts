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
  readonly status: 'done' | 'unchanged' | 'failed';
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
  { terminal, signal }: CommandContext,
  moved: readonly Moved[],
  milliseconds: number,
): ExitCode {
  const settled = moved.flatMap(({ status, ...each }) => (status === 'left' ? [] : [{ ...each, status }]));
  const of = (status: Moved['status']) => moved.filter((each) => each.status === status);
  const document = transfersDocument(undefined, settled, milliseconds);
  if (terminal.json) terminal.data(document);
  for (const line of notMovedLines(of('failed'), terminal.noteStyle)) terminal.note(line);
  for (const { source, target } of of('done')) terminal.out(transferText({ source, target: target ?? '' }));
  const { files, bytes } = document.summary;
  terminal.out(
    [`${countOf(files, 'file')}, ${bytesText(bytes)}`, ...unchangedText(of('unchanged').length)].join('; '),
  );
  const left = of('left').length;
  if (left > 0)
    terminal.note(`${countOf(left, 'file')} not moved yet; the same command again moves what is left`);
  if (signal.aborted) return 130;
  return of('failed').length > 0 ? 1 : 0;
}

function unchangedText(count: number): readonly string[] {
  if (count === 0) return [];
  return [
    `${count} ${count === 1 ? 'is' : 'are'} there already and left out (--force moves ${count === 1 ? 'it' : 'them'} all the same)`,
  ];
}
