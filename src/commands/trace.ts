import { FdlError, messageOf } from '../errors.ts';
import { traceText } from '../terminal/trace-text.ts';
import { VERSION } from '../version.ts';
import type { Handler } from './command.ts';
import { fileAndRest, fileOf, openSession, type WorkflowOptions } from './open-session.ts';
import { parseSince } from './since.ts';

interface Options extends WorkflowOptions {
  readonly since?: string;
  readonly format?: 'text' | 'mermaid' | 'html' | 'otlp';
}

/** Shows what an object was made of, and what came of it. */
export const run: Handler = async (context, [first, second], options: Options) => {
  const { terminal } = context;
  const words = [first, second].flatMap((word) => word ?? []);
  // A URI is never a file, also where there is no usual one.
  const isAlone = words.length === 1 && String(words[0]).includes('://');
  const { file, rest } = isAlone
    ? { file: fileOf(context, undefined), rest: words }
    : fileAndRest(context, words);
  const [wanted] = rest;
  if (wanted === undefined) {
    throw new FdlError('usage', 'no object and no invocation is named', {
      hint: `Name one: fdl trace ${file} s3://bucket/key, or its file name, or an id that fdl status shows.`,
      exitCode: 2,
    });
  }
  const session = await openSession(context, file, options, 'look');
  const since = options.since === undefined ? undefined : parseSince(options.since, new Date());
  const missed = (thrown: unknown) =>
    terminal.note(`${terminal.noteStyle('yellow', '!')} ${messageOf(thrown)}`);
  const trace = await session.trace(wanted, { since, missed });
  const { format } = options;
  if (terminal.json) terminal.data(trace);
  else if (format === undefined || format === 'text') terminal.out(traceText(trace, terminal.outStyle));
  else {
    const { traceHtml, traceMermaid, traceOtlp } = await import('../workflow/trace-formats.ts');
    if (format === 'mermaid') terminal.out(traceMermaid(trace));
    else if (format === 'html') terminal.out(traceHtml(trace));
    else terminal.out(JSON.stringify(traceOtlp(trace, VERSION, new Date()), null, 2));
  }
  return 0;
};
