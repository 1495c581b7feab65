/**
 * The program inside the container, bundled to one file. It is started through the loader of its libraries, so
 * `process.execPath` is that loader: nothing here may fork this program.
 */
import { messageOf } from '../errors.ts';
import { serve } from './hosts/host.ts';
import { givenEvent, onceHost } from './hosts/once.ts';
import { openStores, type ProgramContext, readProgram } from './program.ts';

async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  // AWS Lambda may leave it unset, and then the SDK looks for its files nowhere and throws.
  env['HOME'] ??= '/tmp';
  const context = { argv, env, say, signal: interruption() };
  const lambda = env['AWS_LAMBDA_RUNTIME_API'];
  return lambda === undefined ? serveOnce(context) : serveLambda(lambda, env, context);
}

async function serveOnce(context: ProgramContext): Promise<boolean> {
  const { config, deps, eventFile } = readProgram(context);
  const event = givenEvent(context.env['FDL_EVENT'], eventFile);
  const host = onceHost({ event, write: (content) => process.stdout.write(content), complain: say });
  return serve(host, config, deps);
}

/** Handles the events of a function; one that fails was reported as such, and is no failure of this program. */
async function serveLambda(address: string, env: NodeJS.ProcessEnv, context: ProgramContext): Promise<true> {
  const lambda = await import('./hosts/lambda.ts');
  const { openRuntimeApi } = await import('./hosts/runtime-api.ts');
  const start = async () => {
    // Nothing else can be written to, whatever an image's TMPDIR says.
    const program = readProgram({ ...context, env: { FDL_TMP: '/tmp', ...env } });
    await openStores(program);
    return program;
  };
  await lambda.serveLambda({ api: await openRuntimeApi(address), start, env, say });
  return true;
}

/** Fires when the container is told to stop, so that the script ends and its folders go. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => controller.abort(new Error(signal)));
  return controller.signal;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

try {
  const ok = await main(process.argv.slice(2), process.env);
  process.exitCode = ok ? 0 : 1;
} catch (error) {
  say(`fdl supervisor: ${messageOf(error)}`);
  process.exitCode = 1;
}
