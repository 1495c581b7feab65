/** The environment of scripts, and the names that must not reach the supervisor's own start. */
import type { StepConfig } from './config.ts';
import type { Task } from './task.ts';

/** Prefix of variables that are kept for the script and hidden from the supervisor. */
const ASIDE = 'FDL_ASIDE_';

/** Variables by which Node and the loader of its libraries would start differently, or not at all. */
const DISTURBING = /^(NODE_.*|LD_.*|GLIBC_TUNABLES|GCONV_PATH|LOCPATH|OPENSSL_(CONF|MODULES))$/;

/** The names that an image's variables get, so that the supervisor starts as if they were not there. */
export function setAside(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const renamed = (name: string) => (DISTURBING.test(name) ? ASIDE + name : name);
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [renamed(name), value]));
}

/** What a script inherits: variables set aside get their names back, the supervisor's own (`FDL_…`) are left out. */
export function inherited(
  variables: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) continue;
    if (name.startsWith(ASIDE)) kept[name.slice(ASIDE.length)] = value;
    else if (!name.startsWith('FDL_')) kept[name] = value;
  }
  return kept;
}

/** What of one task goes into its environment. */
interface TaskPlace {
  readonly inputDir: string;
  readonly outputDir: string;
  /** Absent where the input is not downloaded. */
  readonly inputFile?: string | undefined;
  /** The object's path, where the event itself said only a part of it. */
  readonly objectKey?: string | undefined;
  /** The input's path below the folder that started the step. */
  readonly relativePath?: string | undefined;
  readonly requestId?: string | undefined;
  /** Where it stands in a trace. */
  readonly traceparent?: string | undefined;
}

/** Bytes. Linux refuses to start a process with a longer variable (MAX_ARG_STRLEN, 32 pages of 4 KiB). */
const LONGEST_VARIABLE = 128 * 1024;

/** Whether an event is too long to be passed on as a variable. */
export function isTooLong(event: string): boolean {
  const spare = 'EVENT='.length + 1;
  return event.length > LONGEST_VARIABLE / 4 && Buffer.byteLength(event) + spare > LONGEST_VARIABLE;
}

/** All that a script may rely on: what it inherits, what the step sets, what the event adds, and where its files are. */
export function scriptEnvironment(
  base: Readonly<Record<string, string>>,
  config: StepConfig,
  secrets: Readonly<Record<string, string>> | undefined,
  task: Task,
  place: TaskPlace,
): Readonly<Record<string, string>> {
  return {
    ...base,
    ...(config.payload !== undefined && { EXTRA_PAYLOAD: config.payload }),
    ...config.environment,
    ...secrets,
    ...task.environment,
    ...(task.event !== '' && !isTooLong(task.event) && { EVENT: task.event }),
    ...(place.objectKey !== undefined && { STORAGE_OBJECT_KEY: place.objectKey }),
    ...(place.requestId !== undefined && { AWS_LAMBDA_REQUEST_ID: place.requestId }),
    ...(place.inputFile !== undefined && { INPUT_FILE_PATH: place.inputFile }),
    ...(place.relativePath !== undefined && { INPUT_RELATIVE_PATH: place.relativePath }),
    ...(place.traceparent !== undefined && { TRACEPARENT: place.traceparent }),
    TMP_INPUT_DIR: place.inputDir,
    TMP_OUTPUT_DIR: place.outputDir,
  };
}
