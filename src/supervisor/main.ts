/**
 * The program inside the container, bundled to one file. It is started through the loader of its libraries, so
 * `process.execPath` is that loader: nothing here may fork this program.
 */
import { messageOf } from '../errors.ts';
import { shortLived } from '../short-lived.ts';
import { s3Storage } from '../storage/s3/index.ts';
import { oneLine, START_FAILED } from '../workflow/records.ts';
import { serve } from './hosts/host.ts';
import { givenEvent, onceHost } from './hosts/once.ts';
import { openStores, type ProgramContext, readProgram } from './program.ts';

async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  // AWS Lambda may leave it unset, and then the SDK looks for its files nowhere and throws.
  env['HOME'] ??= '/tmp';
  // It makes a few requests for each event: a better parser of HTTP costs more than it saves, above all with a share of a processor.
  shortLived.is = true;
  const context = { argv, env, say, signal: interruption() };
  const lambda = env['AWS_LAMBDA_RUNTIME_API'];
  if (lambda !== undefined) return serveLambda(lambda, env, context);
  return env['AWS_BATCH_JOB_ID'] ? serveBatch(context) : serveOnce(context);
}

async function serveOnce(context: ProgramContext): Promise<number> {
  const { config, deps, eventFile } = await readProgram(context);
  const event = givenEvent(context.env['FDL_EVENT'], eventFile);
  const host = onceHost({ event, write: (content) => process.stdout.write(content), complain: say });
  return (await serve(host, config, deps)) ? 0 : 1;
}

async function serveBatch(context: ProgramContext): Promise<number> {
  const { batchHost, batchJob, furtherNode, isFurtherNode } = await import('./hosts/batch.ts');
  const { config, deps, eventFile } = await readProgram(context);
  const job = batchJob(context.env);
  // The deployment bucket is the account's, whatever the step calls its stores.
  const host = batchHost({ env: context.env, eventFile, storage: () => s3Storage({}), say });
  const own = { ...deps, ...(job && { job }) };
  await serve(host, ...(isFurtherNode(context.env) ? furtherNode(config, own) : ([config, own] as const)));
  return host.exitCode();
}

/** Handles the events of a function; one that fails was reported as such, and is no failure of this program. */
async function serveLambda(address: string, env: NodeJS.ProcessEnv, context: ProgramContext): Promise<0> {
  const lambda = await import('./hosts/lambda.ts');
  const { openRuntimeApi } = await import('./hosts/runtime-api.ts');
  const start = async () => {
    // Nothing else can be written to, whatever an image's TMPDIR says.
    const program = await readProgram({ ...context, env: { FDL_TMP: '/tmp', ...env } });
    await openStores(program);
    return program;
  };
  await lambda.serveLambda({ api: await openRuntimeApi(address), start, env, say });
  return 0;
}

/** Fires when the container is told to stop, so that the script ends and its folders go. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => controller.abort(new Error(signal)));
  return controller.signal;
}

function say(line: string): void {
  process.stderr.write(`${oneLine(line)}\n`);
}

try {
  process.exitCode = await main(process.argv.slice(2), process.env);
} catch (error) {
  say(START_FAILED + messageOf(error));
  process.exitCode = 1;
}
