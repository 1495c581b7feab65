/** What the supervisor knows of its step: plain JSON that a deployment writes beside the program, without secrets. */
import { FdlError, messageOf } from '../errors.ts';
import type { StoreKind } from '../store-kinds.ts';
import type { Filter, Input } from '../workflow/model.ts';

export type LogLevel = 'debug' | 'info' | 'warning' | 'error';

/** A folder of the step. */
interface StepFolder {
  /** Id of the store, such as `s3.default` or `minio.my_minio`. */
  readonly store: string;
  readonly bucket: string;
  /** Below the bucket, without slashes at its ends; empty for the whole bucket. */
  readonly prefix: string;
}

/** A folder that the step reads from, and which files. */
export interface StepInput extends StepFolder, Partial<Filter> {}

/** A folder that the step writes to, and which files: see `outputs.ts`. */
export interface StepOutput extends StepFolder, Filter {}

/** An input as the supervisor knows it. It says nothing of files where all are taken. */
export function inputConfig({ store, bucket, prefix, prefixes = [], suffixes = [] }: Input): StepInput {
  return {
    ...{ store, bucket, prefix },
    ...(prefixes.length > 0 && { prefixes }),
    ...(suffixes.length > 0 && { suffixes }),
  };
}

/** Where the credentials of a store are found; never the credentials themselves. */
export type CredentialsRef =
  /** Each name of a credential (`access_key`) with the environment variable that holds it. */
  | { readonly from: 'environment'; readonly variables: Readonly<Record<string, string>> }
  /** A JSON file with the credentials by their names. */
  | { readonly from: 'file'; readonly path: string }
  /** They are among the step's secrets, by the id of the store. */
  | { readonly from: 'parameter' };

/** A parameter of Systems Manager with the secrets of a step: see `credentials.ts`. */
export interface SecretsRef {
  readonly from: 'parameter';
  readonly name: string;
  /** By default the region that the step runs in. */
  readonly region?: string;
}

/** Where inputs go that are to be worked on in AWS Batch. */
export interface BatchTarget {
  /** Name or ARN. */
  readonly jobQueue: string;
  /** ARN, name (its last revision), or `name:revision`. */
  readonly jobDefinition: string;
  /** A job runs on several machines, each of which is given the event. */
  readonly nodes?: true;
  /** The deployment bucket: markers of what was submitted, and events that are too long for a job. */
  readonly bucket: string;
  /** Before all keys in that bucket, without a slash at its end. */
  readonly prefix?: string;
}

/** How a store is reached. A store that needs no credentials of its own (S3 under a role) names none. */
export interface StepStore {
  /** As inputs and outputs name it. */
  readonly id: string;
  readonly kind: StoreKind;
  readonly endpoint?: string;
  readonly region?: string;
  readonly verifyTls: boolean;
  readonly credentials?: CredentialsRef;
}

export interface StepConfig {
  readonly workflow: string;
  readonly step: string;
  /** What results depend on besides their input: see `workflow/key.ts`. */
  readonly key?: string;
  /** Path of the script; without one, `command` is what runs. */
  readonly script?: string;
  /** The image's own command, for a step without a script. */
  readonly command?: readonly string[];
  /** The image's own working directory: scripts and commands start there, if it may be entered. */
  readonly workingDirectory?: string;
  /** The folder with the further files of the step, which scripts know as `EXTRA_PAYLOAD`. */
  readonly payload?: string;
  readonly inputs: readonly StepInput[];
  readonly outputs: readonly StepOutput[];
  /** Variables of the script; secret ones are not written here. */
  readonly environment: Readonly<Record<string, string>>;
  /** For one input, from its start until its outputs are stored. */
  readonly timeoutSeconds?: number;
  /** Of the time that AWS Lambda gives, kept for storing outputs and for the answer; 10 by default. */
  readonly timeoutThresholdSeconds?: number;
  /** Of the supervisor's own notes; what the script writes is always passed on. */
  readonly logLevel?: LogLevel;
  /** Whether the input is downloaded; it is, unless this says false. */
  readonly stageIn?: boolean;
  /** Whether a request over HTTP may carry scripts, commands and events; it may not, unless this says `allow`. */
  readonly overHttp?: 'refuse' | 'allow';
  readonly stores: readonly StepStore[];
  /** Secret variables of the script, and credentials of stores. */
  readonly secrets?: SecretsRef;
  /**
   * On AWS Lambda: whether an event of a store that the script failed on is to come again. It is not by default, unless
   * there is `batch`, where it goes to a job.
   */
  readonly repeated?: boolean;
  /** On AWS Lambda: where an input goes that the function cannot cope with. */
  readonly batch?: BatchTarget;
}

/**
 * Reads the text that a deployment wrote.
 * @throws FdlError `config-invalid`: the text is not JSON or lacks what every step has
 */
export function readConfig(text: string, path: string): StepConfig {
  const config = parse(text, path) as Partial<StepConfig> | null;
  const lists = [config?.inputs, config?.outputs, config?.stores];
  if (typeof config?.step !== 'string' || !lists.every(Array.isArray)) {
    throw invalid(path, 'it does not describe a step');
  }
  return { workflow: '', environment: {}, ...config } as StepConfig;
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(path, messageOf(error), error);
  }
}

function invalid(path: string, why: string, cause?: unknown): FdlError {
  return new FdlError('config-invalid', `the configuration of the step, "${path}", cannot be used: ${why}`, {
    hint: 'Deploy the workflow again, which writes the configuration anew.',
    cause,
  });
}
