import type { Fetched } from '../session/index.ts';
import { bytesText, countOf } from '../terminal/amount.ts';
import { notFetchedLines, transferText } from '../terminal/run-text.ts';
import type { CommandContext, Handler } from './command.ts';
import { fileOf, openSession, type WorkflowOptions } from './open-session.ts';

interface Options extends WorkflowOptions {
  readonly file?: string;
  readonly step?: string;
  readonly from?: string;
  readonly output?: string;
}

/** Downloads what is in the folders of final outputs, of one step, or of a URI. */
export const run: Handler = async (context, [names], options: Options) => {
  const { step, from, output = '.' } = options;
  const { signal, terminal } = context;
  const session = await openSession(context, fileOf(context, options.file), options, 'look');
  const started = performance.now();
  const patterns = (names ?? []) as readonly string[];
  const done = await session.fetch(output, { step, from, patterns });
  report(context, session.workflow.name, done, performance.now() - started);
  const { fetched, notFetched, left } = done;
  if (left.length > 0)
    terminal.note(`${countOf(left.length, 'file')} not fetched yet; the same command again fetches all`);
  else if (fetched.length + notFetched.length === 0)
    terminal.note('nothing matches: `fdl status` shows what ran');
  if (signal.aborted) return 130;
  return notFetched.length > 0 ? 1 : 0;
};

/** A file that was moved, or that could not be. */
export interface Transfer {
  readonly source: string;
  /** Absent where a file cannot have the name of its object. */
  readonly target?: string;
  /** Bytes. */
  readonly size?: number;
  readonly status: 'done' | 'failed';
  /** Why it failed. */
  readonly reason?: string;
  readonly hint?: string | undefined;
}

export function transfersDocument(workflow: string, transfers: readonly Transfer[], milliseconds: number) {
  const done = transfers.filter(({ status }) => status === 'done');
  const bytes = done.reduce((sum, { size = 0 }) => sum + size, 0);
  const summary = { files: done.length, bytes, durationMs: Math.round(milliseconds) };
  return { workflow, transfers, summary };
}

function report(
  { terminal }: CommandContext,
  workflow: string,
  { fetched, notFetched }: Fetched,
  milliseconds: number,
): void {
  const transfers = fetched.map(({ uri, path = '', size }) => {
    return { source: uri, target: path, size, status: 'done' as const };
  });
  const failed = notFetched.map(({ uri, size, reason, hint }) => {
    return { source: uri, size, status: 'failed' as const, reason, hint };
  });
  const document = transfersDocument(workflow, [...transfers, ...failed], milliseconds);
  if (terminal.json) terminal.data(document);
  for (const line of notFetchedLines(notFetched, terminal.noteStyle)) terminal.note(line);
  for (const each of transfers) terminal.out(transferText(each));
  terminal.out(`${countOf(fetched.length, 'file')}, ${bytesText(document.summary.bytes)}`);
}
