import type { Fetched } from '../session/index.ts';
import { bytesText, countOf } from '../terminal/amount.ts';
import { notFetchedLines } from '../terminal/run-text.ts';
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
  report(context, done, (performance.now() - started) / 1000);
  const { fetched, notFetched } = done;
  if (fetched.length + notFetched.length === 0) terminal.note('nothing matches: `fdl status` shows what ran');
  if (signal.aborted) return 130;
  return notFetched.length > 0 ? 1 : 0;
};

function report({ terminal }: CommandContext, { fetched, notFetched }: Fetched, seconds: number): void {
  const bytes = fetched.reduce((sum, { size }) => sum + size, 0);
  const transfers = fetched.map(({ uri, path, size }) => ({
    source: uri,
    target: path,
    size,
    status: 'done',
  }));
  const failed = notFetched.map(({ uri, size, reason }) => {
    return { source: uri, size, status: 'failed', error: reason };
  });
  if (terminal.json)
    terminal.data({
      transfers: [...transfers, ...failed],
      summary: { files: fetched.length, bytes, seconds },
    });
  for (const line of notFetchedLines(notFetched, terminal.noteStyle)) terminal.note(line);
  for (const { source, target } of transfers) terminal.out(`${source} → ${target}`);
  terminal.out(`${countOf(fetched.length, 'file')}, ${bytesText(bytes)}`);
}
