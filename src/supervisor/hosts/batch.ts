/** The supervisor as a job of AWS Batch: one event, and the exit code of its script. */
import { constants } from 'node:os';
import { text } from 'node:stream/consumers';
import { FdlError, messageOf } from '../../errors.ts';
import type { Storage } from '../../storage/storage.ts';
import { parseUri } from '../../storage/uri.ts';
import { readRecord } from '../../workflow/records.ts';
import type { StepConfig } from '../config.ts';
import type { HostJob, TaskDeps, TaskResult } from '../task.ts';
import { type Answer, type Host, type HostEvent, isWell } from './host.ts';
import { givenEvent } from './once.ts';

type Environment = Readonly<Record<string, string | undefined>>;

interface BatchOptions {
  readonly env: Environment;
  /** A file with the event, where the environment has none. */
  readonly eventFile?: string | undefined;
  /** Opens the store of events that were too long for the environment. */
  readonly storage: () => Storage;
  /** Takes a line for the log. */
  readonly say: (line: string) => void;
}

interface BatchHost extends Host {
  /** What the program has to end with once all is answered. */
  exitCode(): number;
}

/** Whether this is one of several machines with the same job, and not the one that leads it. */
export function isFurtherNode(env: Environment): boolean {
  const { AWS_BATCH_JOB_NODE_INDEX: index, AWS_BATCH_JOB_MAIN_NODE_INDEX: main } = env;
  return index !== undefined && index !== main;
}

/**
 * What a further node does with a step: the script runs there as well, but it is one invocation, of which the main node
 * tells, and whose outputs are what the main node's script leaves.
 */
export function furtherNode(config: StepConfig, deps: TaskDeps): readonly [StepConfig, TaskDeps] {
  const log: TaskDeps['log'] = (line) => {
    if (line.stream !== 'supervisor' || !readRecord(line.message)) deps.log(line);
  };
  return [
    { ...config, outputs: [] },
    { ...deps, log },
  ];
}

/** The job that this program runs as, if it is one. A node of several has the id of the job with its own number. */
export function batchJob(env: Environment): HostJob | undefined {
  const id = env['AWS_BATCH_JOB_ID']?.replace(/#\d+$/, '');
  if (!id) return undefined;
  const delegatedBy = env['FDL_DELEGATED_BY'];
  const attempt = Number(env['AWS_BATCH_JOB_ATTEMPT'] ?? 1);
  return { id, attempt, ...(delegatedBy && { delegatedBy }) };
}

/** The host of a job. */
export function batchHost(options: BatchOptions): BatchHost {
  const { say } = options;
  let code = 1;
  return {
    // Nobody waits for an answer.
    answerBytes: 0,
    events: () => events(options),
    answer: async (_event, answer) => {
      code = exitCodeOf(answer);
      if (answer.error) say(`${answer.error.message} ${answer.error.hint ?? ''}`.trim());
      if (answer.ok && !isFurtherNode(options.env)) await removeEvent(options);
    },
    exitCode: () => code,
  };
}

async function* events(options: BatchOptions): AsyncGenerator<HostEvent> {
  const requestId = options.env['FDL_REQUEST_ID'];
  yield { event: await eventOf(options), ...(requestId && { requestId }) };
}

async function eventOf({ env, eventFile, storage }: BatchOptions): Promise<string> {
  const uri = env['FDL_EVENT_URI'];
  if (!uri) return givenEvent(env['FDL_EVENT'], eventFile);
  const { bucket, key } = parseUri(uri);
  try {
    return await text(await storage().read(bucket, key));
  } catch (cause) {
    const hint =
      'Send the file again: the event of a job goes when the job has succeeded, and after some days.';
    const message = `the event of the job cannot be read from ${uri}: ${messageOf(cause)}`;
    throw new FdlError('event-not-found', message, { hint, cause });
  }
}

/** A job that failed may be tried again, with the same event. */
async function removeEvent({ env, storage, say }: BatchOptions): Promise<void> {
  const uri = env['FDL_EVENT_URI'];
  if (!uri) return;
  const { bucket, key } = parseUri(uri);
  try {
    await storage().remove(bucket, key);
  } catch (error) {
    say(`the event of the job stays at ${uri}: ${messageOf(error)}`);
  }
}

/** The exit code of the first script that failed, never 0 if one did. */
function exitCodeOf({ ok, results }: Answer): number {
  if (ok) return 0;
  const failed = results.find((result) => !isWell(result));
  return (failed && codeOf(failed)) || 1;
}

/** As in shells, 128 and its number for a signal. */
function codeOf({ status, exitCode, signal }: TaskResult): number | undefined {
  const number = constants.signals[signal as NodeJS.Signals];
  if (number !== undefined) return 128 + number;
  return exitCode || (status === 'cancelled' ? 128 + constants.signals.SIGTERM : undefined);
}
