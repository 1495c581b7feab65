/** What the program reads once when it starts: the step's configuration, its stores, its surroundings. */
import { accessSync, constants, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FdlError, messageOf } from '../errors.ts';
import { prepareS3 } from '../storage/s3/http.ts';
import { wholeKey } from '../workflow/key.ts';
import { quoted } from '../workflow/records.ts';
import { readConfig, type SecretsRef, type StepConfig } from './config.ts';
import {
  kept,
  parameterSecrets,
  type StepSecrets,
  secretKeeper,
  secretTexts,
  storeCredentials,
  withoutCredentials,
} from './credentials.ts';
import { stepStores } from './open-stores.ts';
import { runProcess } from './process-runner.ts';
import type { TaskDeps } from './task.ts';

const OPTIONS = {
  /** The step's configuration; by default FDL_CONFIG, else `config.json` beside this program. */
  config: { type: 'string' },
  /** A file with the event; by default FDL_EVENT, else the standard input. */
  event: { type: 'string' },
  /** A folder that stands for all stores; by default FDL_STORES, if set. */
  stores: { type: 'string' },
  /** A folder for the folders of tasks; by default FDL_TMP, else that of the system. */
  tmp: { type: 'string' },
} as const;

/** Where the program runs. */
export interface ProgramContext {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes a line for the log. */
  readonly say: (line: string) => void;
  /** Fires when the program is told to stop. */
  readonly signal: AbortSignal;
  /** Fetches the secrets of the step; by default from Systems Manager. */
  readonly secrets?: (ref: SecretsRef) => Promise<StepSecrets>;
}

interface Program {
  readonly config: StepConfig;
  readonly deps: TaskDeps;
  /** File with the event. */
  readonly eventFile?: string;
  /** A folder stands for all stores. */
  readonly isLocal: boolean;
}

/**
 * Reads the configuration and fetches the step's secrets; no store is opened yet.
 * @throws FdlError `config-invalid`, or what keeps the secrets from being fetched
 */
export async function readProgram(context: ProgramContext): Promise<Program> {
  const { argv, env, say, signal } = context;
  const { values } = parseArgs({ args: [...argv], options: OPTIONS });
  const key = wholeKey(env['FDL_KEY'], env['FDL_VARIABLES']);
  const config = { ...loadConfig(values.config ?? env['FDL_CONFIG']), ...(key && { key }) };
  const localRoot = values.stores ?? env['FDL_STORES'];
  const keeper = secretKeeper(env);
  const secrets = config.secrets && (await (context.secrets ?? fetchSecrets(env))(config.secrets));
  if (secrets) keeper.add(secretTexts(secrets));
  const credentials = kept(keeper, (store) => storeCredentials(store, env, secrets));
  const cwd = enterable(config.workingDirectory);
  const deps: TaskDeps = {
    storage: stepStores(config, { credentials, localRoot }),
    runner: runProcess,
    // The standard output belongs to the answer.
    log: ({ stream, message }) => say(stream === 'supervisor' ? message : quoted(message)),
    mask: keeper.mask,
    clock: Date.now,
    tmpRoot: values.tmp ?? env['FDL_TMP'] ?? tmpdir(),
    environment: withoutCredentials(config.stores, env),
    signal,
    ...(secrets && { secretEnvironment: secrets.environment }),
    ...(cwd !== undefined && { cwd }),
  };
  const { event } = values;
  return { config, deps, ...(event !== undefined && { eventFile: event }), isLocal: localRoot !== undefined };
}

/**
 * Opens the stores that the step names, and loads what they need, so that the first event does not wait for it.
 * @throws FdlError what opening a store throws
 */
export async function openStores({ config, deps, isLocal }: Program): Promise<void> {
  const inputs = config.stageIn === false ? [] : config.inputs;
  const ids = [...new Set([...inputs, ...config.outputs].map(({ store }) => store))];
  for (const id of ids) await deps.storage(id);
  if (!isLocal && ids.some((id) => /^(s3|minio)\./.test(id))) await prepareS3();
}

/** What it takes to call AWS is loaded only for steps that have secrets. */
function fetchSecrets(env: ProgramContext['env']): (ref: SecretsRef) => Promise<StepSecrets> {
  return async (ref) => {
    const { awsSender } = await import('./aws/send.ts');
    const { ambientKeys } = await import('./aws/credentials.ts');
    return parameterSecrets(ref, awsSender({ env, keys: ambientKeys(), region: ref.region }));
  };
}

function loadConfig(given: string | undefined): StepConfig {
  const file = given ?? fileURLToPath(new URL('config.json', import.meta.url));
  const config = readConfig(readText(file), file);
  const { script } = config;
  return script === undefined ? config : { ...config, script: path.resolve(path.dirname(file), script) };
}

/** A folder that may be entered: an image may name one that is closed to whoever the step runs as, such as `/root`. */
function enterable(folder: string | undefined): string | undefined {
  try {
    if (folder !== undefined) accessSync(`${folder}/.`, constants.X_OK);
    return folder;
  } catch {
    return undefined;
  }
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
