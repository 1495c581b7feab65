import { FdlError } from '../errors.ts';
import type { Fetched } from '../session/index.ts';
import { bytesText, countOf } from '../terminal/amount.ts';
import { notFetchedLines, transferText } from '../terminal/run-text.ts';
import type { CommandContext, ExitCode, Handler } from './command.ts';
import { reportMoved, transfersDocument } from './moves.ts';
import { filesOf, hasWorkflow, isLocal, isUri } from './open-files.ts';
import { fileOf, openSession, type WorkflowOptions } from './open-session.ts';
import { parseSince } from './since.ts';

interface Options extends WorkflowOptions {
  readonly file?: string;
  readonly step?: string;
  readonly from?: string;
  readonly output?: string;
  readonly newer?: string;
  readonly latest?: boolean;
  readonly checksum?: boolean;
  readonly force?: boolean;
}

/** Downloads what is in the folders of final outputs, of one step, or of URIs. */
export const run: Handler = async (context, [given], options: Options) => {
  const words = (given ?? []) as readonly string[];
  const uris = words.filter(isUri);
  const patterns = words.filter((word) => !isUri(word));
  const { from } = options;
  if (uris.length > 0)
    return getObjects(context, from === undefined ? uris : [...uris, from], patterns, options);
  if (from !== undefined && !isLocal(context, options) && !hasWorkflow(context, options))
    return getObjects(context, [from], patterns, options);
  return getOutputs(context, patterns, options);
};

async function getObjects(
  context: CommandContext,
  uris: readonly string[],
  patterns: readonly string[],
  { step, output = '.', newer, latest, checksum, force, ...options }: Options,
): Promise<ExitCode> {
  if (step !== undefined) throw new FdlError('usage', '--step and a URI name two places', { exitCode: 2 });
  const started = performance.now();
  const moved = await filesOf(context, options).get(uris, output, {
    ...(patterns.length > 0 && { patterns }),
    ...(newer !== undefined && { newer: new Date(parseSince(newer, new Date(), '--newer')) }),
    latest,
    checksum,
    force,
  });
  if (moved.length === 0) context.terminal.note('nothing matches: fdl ls shows what is there');
  return reportMoved(context, moved, performance.now() - started);
}

async function getOutputs(
  context: CommandContext,
  patterns: readonly string[],
  options: Options,
): Promise<ExitCode> {
  const { step, from, output = '.', newer, latest } = options;
  const { signal, terminal } = context;
  if (newer !== undefined || latest) {
    const hint = 'Name the folder: fdl get s3://bucket/folder --latest.';
    throw new FdlError('usage', '--newer and --latest are for what a URI names', { hint, exitCode: 2 });
  }
  const session = await openSession(context, fileOf(context, options.file), options, 'look');
  const started = performance.now();
  const done = await session.fetch(output, { step, from, patterns });
  report(context, session.workflow.name, done, performance.now() - started);
  const { fetched, notFetched, left } = done;
  if (left.length > 0)
    terminal.note(`${countOf(left.length, 'file')} not fetched yet; the same command again fetches all`);
  else if (fetched.length + notFetched.length === 0)
    terminal.note('nothing matches: `fdl status` shows what ran');
  if (signal.aborted) return 130;
  return notFetched.length > 0 ? 1 : 0;
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
