/** argv → command → exit code: the only place that catches for display. */
import { setMaxListeners } from 'node:events';
import { FdlError, messageOf } from '../errors.ts';
import { shortLived } from '../short-lived.ts';
import { VERSION } from '../version.ts';
import type { CommandContext, ExitCode } from './command.ts';
import { stopOnSignals } from './signals.ts';

/** Runs one command line and answers its exit code. */
async function main(argv: readonly string[]): Promise<number> {
  // By far the cheapest thing asked for should not load what everything else needs.
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-v')) {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  shortLived.is = true;
  const front = await import('./front.ts');
  const { CATALOG, createTerminal, errorJson, errorText, makeProgram, plainly } = front;
  const { optionalValuesApart, withoutHelp } = front;
  const controller = new AbortController();
  // Every call that runs listens to it: more than ten are no leak.
  setMaxListeners(0, controller.signal);
  const { signal } = controller;
  let terminal = createTerminal(process, process.env, { json: argv.includes('--json'), signal });
  const stopped = stopOnSignals(controller, (message) => terminal.asking || terminal.note(message));
  const context = ({ json }: { json: boolean }): CommandContext => {
    terminal = createTerminal(process, process.env, { json, signal });
    return { terminal, environment: process.env, workingDirectory: process.cwd(), signal, catalog: CATALOG };
  };
  if (isDebugging()) {
    const { traceRequests } = await import('../request-trace.ts');
    traceRequests((line) => terminal.note(terminal.noteStyle('dim', `debug: ${line}`)));
  }
  const write = {
    out: (text: string) => plainly(process.stdout, text),
    error: (text: string) => plainly(process.stderr, text),
  };
  let code: ExitCode = 0;
  const asked = optionalValuesApart(withoutHelp(argv, CATALOG), CATALOG);
  const program = makeProgram(CATALOG, { version: VERSION, called: asked[0], context, write }, (answer) => {
    code = answer;
  });
  try {
    await program.parseAsync([...asked], { from: 'user' });
    return (code as ExitCode) === 130 ? stopped() : code;
  } catch (thrown) {
    if (isUsage(thrown) && thrown.exitCode === 0) return 0;
    if (isUsage(thrown)) {
      if (terminal.json) terminal.data(errorJson(usageError(thrown), terminal.mask));
      return 2;
    }
    // Whatever goes wrong after that is what stopping does.
    const error = signal.aborted && !isInterrupted(thrown) ? interrupted() : thrown;
    terminal.note(errorText(error, terminal.noteStyle, isDebugging()));
    if (terminal.json) terminal.data(errorJson(error, terminal.mask));
    const failure = error instanceof FdlError ? error.exitCode : 1;
    return failure === 130 ? stopped() : failure;
  }
}

function interrupted(): FdlError {
  return new FdlError('interrupted', 'interrupted', { exitCode: 130 });
}

/** An error that says more of what is interrupted. */
function isInterrupted(thrown: unknown): boolean {
  return thrown instanceof FdlError && thrown.exitCode === 130;
}

/** Before the command line is read, since that may fail, too. */
function isDebugging(): boolean {
  return process.argv.includes('--debug') || !['', '0'].includes(process.env['FDL_DEBUG'] ?? '');
}

/** What commander throws for `--help` and for a wrong command line; it has been printed already. */
function isUsage(thrown: unknown): thrown is Error & { readonly exitCode: number } {
  return (
    thrown instanceof Error &&
    'exitCode' in thrown &&
    String((thrown as { code?: unknown }).code).startsWith('commander.')
  );
}

/** The same as one of our errors. Its message is `error: WHAT`, with `(Did you mean …?)` on a second line. */
function usageError({ message }: Error): FdlError {
  const [what = '', meant] = message.replace(/^error: /, '').split('\n');
  return new FdlError('usage', what, { hint: meant?.replace(/^\(|\)$/g, ''), exitCode: 2 });
}

// A reader that has seen enough (`fdl logs … | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  // The terminal is gone: that is SIGHUP as well, and what runs then ends in order.
  if (error.code === 'EIO') return;
  process.stderr.write(`error: standard output cannot be written: ${messageOf(error)}\n`);
  process.exit(1);
});
// Nor is one who does not want to hear of progress.
process.stderr.on('error', () => {});
// What nobody waited for fails as anything else does: with a sentence.
process.on('uncaughtException', async (error) => {
  const [{ errorText, plainly }, { plain }] = await Promise.all([
    import('./front.ts'),
    import('../terminal/style.ts'),
  ]);
  plainly(process.stderr, `${errorText(error, plain, isDebugging())}\n`);
  process.exit(1);
});
// Node's own code for what never ends, and what stays if nothing is left that could end this.
process.exitCode = 13;
void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
