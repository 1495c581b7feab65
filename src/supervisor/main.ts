/**
 * The program inside the container, bundled to one file. It is started through the loader of its libraries, so
 * `process.execPath` is that loader: nothing here may fork this program.
 */
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FdlError, messageOf } from '../errors.ts';
import { readConfig, type StepConfig } from './config.ts';
import type { TaskDeps } from './context.ts';
import { kept, secretKeeper, storeCredentials, withoutCredentials } from './credentials.ts';
import { serve } from './hosts/host.ts';
import { givenEvent, onceHost } from './hosts/once.ts';
import { runProcess } from './process-runner.ts';
import { stepStores } from './stores.ts';

const OPTIONS = {
  /** The step's configuration; by default FDL_CONFIG, else `config.json` beside this program. */
  config: { type: 'string' },
  /** A file with the event; by default FDL_EVENT, else the standard input. */
  event: { type: 'string' },
  /** A folder that stands for all stores; by default FDL_STORES, if set. */
  stores: { type: 'string' },
} as const;

async function main(argv: string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  // AWS Lambda may leave it unset, and then the SDK looks for its files nowhere and throws.
  env['HOME'] ??= '/tmp';
  const { values } = parseArgs({ args: argv, options: OPTIONS });
  const config = loadConfig(values.config ?? env['FDL_CONFIG']);
  const deps = programDeps(config, env, values.stores ?? env['FDL_STORES']);
  const event = givenEvent(env['FDL_EVENT'], values.event);
  const host = onceHost({ event, write: (content) => process.stdout.write(content), complain: say });
  return serve(host, config, deps);
}

function loadConfig(given: string | undefined): StepConfig {
  const file = given ?? fileURLToPath(new URL('config.json', import.meta.url));
  const config = readConfig(readText(file), file);
  const { script } = config;
  return script === undefined ? config : { ...config, script: path.resolve(path.dirname(file), script) };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new FdlError(
      'config-invalid',
      `the configuration of the step cannot be read: ${messageOf(cause)}`,
      { cause },
    );
  }
}

function programDeps(config: StepConfig, env: NodeJS.ProcessEnv, localRoot: string | undefined): TaskDeps {
  const secrets = secretKeeper(env);
  const credentials = kept(secrets, (store) => storeCredentials(store, env));
  return {
    storage: stepStores(config, { credentials, localRoot }),
    runner: runProcess,
    // The standard output belongs to the answer.
    log: ({ message }) => say(message),
    mask: secrets.mask,
    clock: Date.now,
    tmpRoot: tmpdir(),
    environment: withoutCredentials(config.stores, env),
    signal: interruption(),
  };
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
