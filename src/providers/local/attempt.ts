/** One attempt at one task of a step: what the supervisor needs, and what it wrote where. */
import { statfsSync } from 'node:fs';
import { machineFault } from '../../errors.ts';
import { masker, reveal, Secret, type Text } from '../../secret.ts';
import { localStorage } from '../../storage/local-folders.ts';
import type { ObjectInfo, Storage } from '../../storage/storage.ts';
import { inputConfig, type StepConfig } from '../../supervisor/config.ts';
import { handleTask } from '../../supervisor/invocation.ts';
import { runProcess } from '../../supervisor/process-runner.ts';
import type { Task, TaskDeps, TaskResult } from '../../supervisor/task.ts';
import type { Invocation, LogLine } from '../../workflow/invocation.ts';
import type { Folder, Step, Workflow } from '../../workflow/model.ts';
import type { LocalHome } from './home.ts';
import { contentHash } from './keys.ts';
import { payloadPath, scriptPath } from './kinds/step.ts';
import type { Runners } from './runners.ts';
import type { Written } from './triggers.ts';
import type { Handled } from './work-queue.ts';

interface AttemptOptions {
  /** Texts that no log may show. */
  readonly secrets: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A folder for the folders of tasks. */
  readonly tmpRoot: string;
  readonly log: (line: LogLine) => void;
  readonly signal: AbortSignal;
}

export interface Attempt extends Handled {
  readonly result: TaskResult;
}

/** What attempts share that is known once everything is made ready. */
export interface Ready {
  readonly runners: Runners;
  /** What results depend on, by the ids of steps: see `workflow/key.ts`. */
  readonly keys: ReadonlyMap<string, string>;
}

/** Runs a task of a step. `capture`: bytes of the script's standard output to answer with. */
type AttemptTask = (step: Step, task: Task, id: string, capture: number) => Promise<Attempt>;

/** What scripts without a container get of this machine's environment: what programs need to work at all. */
const INHERITED = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_.*|TZ|TMPDIR)$/;

/** Opens the stores of a workflow by their ids: each namespace is a folder. */
export function localStores({ stores }: Workflow, home: LocalHome): (store: string) => Storage {
  const namespaces = new Map(stores.map(({ id, namespace }) => [id, namespace]));
  const opened = new Map<string, Storage>();
  return (id) => {
    const namespace = namespaces.get(id) ?? id;
    const storage = opened.get(namespace) ?? localStorage(`${home.buckets}/${namespace}`);
    opened.set(namespace, storage);
    return storage;
  };
}

/** Prepares what all attempts share. `ready` is asked at each attempt, since it is known late. */
export function attempts(
  workflow: Workflow,
  home: LocalHome,
  ready: () => Ready,
  { secrets, environment, tmpRoot, log, signal }: AttemptOptions,
): AttemptTask {
  const storage = localStores(workflow, home);
  const namespaces = new Map(workflow.stores.map(({ id, namespace }) => [id, namespace]));
  const configs = new Map(workflow.steps.map((step) => [step.id, stepConfig(workflow, step, home)]));
  const inherited = Object.fromEntries(Object.entries(environment).filter(([name]) => INHERITED.test(name)));
  const mask = masker(secrets);
  return async (step, task, id, captureBytes) => {
    const written: Written[] = [];
    const runner = ready().runners.get(step.id);
    const key = ready().keys.get(step.id);
    let content: string | undefined;
    let fault: string | undefined;
    const onError = (error: unknown) => {
      fault ??= machineFault(error);
    };
    const deps: TaskDeps = {
      storage: (store) =>
        noting(
          storage(store),
          (bucket, object) => {
            written.push({ store, namespace: namespaces.get(store) ?? store, bucket, object });
          },
          onError,
          (sha256) => {
            content = sha256;
          },
        ),
      runner: async (spec) => {
        const exit = await (runner ?? runProcess)(spec);
        if (exit.code !== 0 && isFull(tmpRoot)) onError(Object.assign(new Error(), { code: 'ENOSPC' }));
        return exit;
      },
      onError,
      log,
      mask,
      clock: Date.now,
      tmpRoot,
      environment: runner ? {} : inherited,
      secretEnvironment: secretsOf(step),
      signal,
      captureBytes,
    };
    const config = configs.get(step.id) ?? stepConfig(workflow, step, home);
    const result = await handleTask(task, { ...config, ...(key && { key }) }, deps, id);
    return {
      result,
      invocation: invocationOf(result, content),
      written,
      ...(result.status === 'failed' && { fault }),
    };
  };
}

/** Bytes that are left on a disk that counts as full: a script cannot say why it failed. */
const FULL = 64 * 1024;

function isFull(folder: string): boolean {
  const { blocks, bavail, bsize } = statfsSync(folder);
  return blocks > 0 && bavail * bsize < FULL;
}

/** A store that tells what is written to it, what could not be, and what the content of an input is. */
function noting(
  storage: Storage,
  note: (bucket: string, object: ObjectInfo) => void,
  onError: (error: unknown) => void,
  onContent: (sha256: string | undefined) => void,
): Storage {
  return {
    ...storage,
    async download(bucket, key, file, options) {
      const object = await storage.download(bucket, key, file, options);
      onContent(await contentHash(file, object.size));
      return object;
    },
    async upload(file, bucket, key, options) {
      const object = await storage.upload(file, bucket, key, options).catch((error) => {
        onError(error);
        throw error;
      });
      note(bucket, object);
      return object;
    },
  };
}

function invocationOf(
  { stdout, stdoutCut, signal, input, ...result }: TaskResult,
  sha256: string | undefined,
): Invocation {
  return { ...result, ...(input && { input: { ...input, ...(sha256 !== undefined && { sha256 }) } }) };
}

// A step as the supervisor knows it.

/** The configuration of a step; secret variables travel apart, see `secretsOf`. */
function stepConfig(workflow: Workflow, step: Step, home: LocalHome): StepConfig {
  const { timeoutSeconds } = step.limits;
  return {
    workflow: workflow.name,
    step: step.id,
    ...(step.script && { script: scriptPath(home, step.id) }),
    ...(step.payload && { payload: payloadPath(home, step.id) }),
    inputs: step.inputs.map(inputConfig),
    outputs: step.outputs.map((output) => {
      return { ...configFolder(output), prefixes: output.prefixes, suffixes: output.suffixes };
    }),
    environment: variables(step, (value) => !(value instanceof Secret)),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
    ...(step.fetchesInput && { stageIn: false }),
    stores: workflow.stores.map(({ id, kind, verifyTls }) => ({ id, kind, verifyTls })),
  };
}

/** The secret variables of a step. */
function secretsOf(step: Step): Readonly<Record<string, string>> {
  return variables(step, (value) => value instanceof Secret);
}

function variables(step: Step, wanted: (value: Text) => boolean): Readonly<Record<string, string>> {
  const chosen = Object.entries(step.environment).filter(([, value]) => wanted(value));
  return Object.fromEntries(chosen.map(([name, value]) => [name, reveal(value)]));
}

function configFolder({ store, bucket, prefix }: Folder) {
  return { store, bucket, prefix };
}
