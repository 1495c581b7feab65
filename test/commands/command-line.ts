/** Command lines as documents write them: whether the program would take them. */
import { CATALOG } from '../../src/commands/catalog.ts';
import type { CommandContext, CommandSpec, ExitCode, Handler } from '../../src/commands/command.ts';
import { makeProgram } from '../../src/commands/program.ts';

export interface Called {
  /** Arguments and options that the command got; absent when it was not called. */
  readonly got?: readonly [args: Parameters<Handler>[1], options: Parameters<Handler>[2]];
  readonly code?: ExitCode;
  /** Why it was refused. */
  readonly error?: string;
  /** What the program wrote itself: help, errors. */
  readonly text: string;
}

/** Calls the program with commands that do nothing but answer 3. */
export async function call(argv: readonly string[]): Promise<Called> {
  let got: Called['got'];
  const run: Handler = async (_context, args, options) => {
    got = [args, options];
    return 3;
  };
  let text = '';
  const write = (more: string) => {
    text += more;
  };
  const options = {
    version: '1.2.3',
    called: argv[0],
    context: () => ({}) as CommandContext,
    write: { out: write, error: write },
  };
  let code: ExitCode | undefined;
  const catalog = CATALOG.map((spec) => answering(spec, run));
  const program = makeProgram(catalog, options, (answer) => {
    code = answer;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return { text, ...(got && { got }), ...(code !== undefined && { code }) };
  } catch (thrown) {
    const { message, exitCode } = thrown as Error & { readonly exitCode: number };
    return { text, ...(exitCode === 0 ? {} : { error: message }) };
  }
}

/** The same command, and those below it, with another handler. */
function answering(spec: CommandSpec, run: Handler): CommandSpec {
  const subcommands = spec.subcommands?.map((below) => answering(below, run));
  return { ...spec, load: async () => run, ...(subcommands && { subcommands }) };
}

/** What is wrong with the `fdl` command of a line of shell; nothing if it would be taken. */
export async function problemWith(line: string): Promise<string | undefined> {
  const [, rest = ''] = /(?:^|[\s(;&|$])fdl\s+(.*)$/.exec(line) ?? [];
  return (await call(wordsOf(rest))).error;
}

const WORDS = /(?:"(?:\\.|[^"])*"|'[^']*'|[^\s"'()])+|[()]/g;

/** The words up to the end of the command, as far as documents use a shell: quotes, comments, pipes, redirections. */
function wordsOf(text: string): readonly string[] {
  const words = text.match(WORDS) ?? [];
  const end = words.findIndex((word) => /^(#.*|\||>.*|<|&&|;|\(|\))$/.test(word));
  return words.slice(0, end < 0 ? undefined : end).map((word) => word.replace(/^(["'])(.*)\1$/s, '$2'));
}
