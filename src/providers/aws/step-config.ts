/** A step on AWS as the supervisor in its image knows it: which variables travel where, and the secrets that it fetches. */
import { digestOf } from '../../image/digest.ts';
import { PAYLOAD, ROOT } from '../../image/layout.ts';
import type { IdentifiedImage } from '../../image/step-image.ts';
import { reveal, Secret, type Text } from '../../secret.ts';
import type { Store } from '../../storage/store.ts';
import {
  type BatchTarget,
  inputConfig,
  type LogLevel,
  type StepConfig,
  type StepStore,
} from '../../supervisor/config.ts';
import { setAside } from '../../supervisor/environment.ts';
import { stepKey } from '../../workflow/key.ts';
import type { Folder, Workflow } from '../../workflow/model.ts';
import { variablesOf } from '../../workflow/steps.ts';
import {
  bytesOfVariables,
  FUNCTION_BYTES,
  isKeptByBatch,
  KEY_BYTES,
  lambdaNameProblem,
} from './dialect/lambda-variables.ts';
import { secretsOf } from './dialect/secrets.ts';
import type { AwsStep } from './dialect/step.ts';
import { parameterName } from './names.ts';
import { credentialsOf, storesOf } from './step-stores.ts';

/**
 * Plain data without secrets. It says nothing of what the function itself is told (memory, timeout, region), so that
 * a change of these needs no other image. `batch`: where the step's function passes on what it cannot cope with.
 */
export function stepConfig(workflow: Workflow, step: AwsStep, batch?: BatchTarget): StepConfig {
  const { container, log_level: level } = step.settings.lambda ?? {};
  const threshold = container?.timeout_threshold;
  const hasSecrets = secretsOf(workflow, step) !== undefined;
  return {
    workflow: workflow.name,
    step: step.id,
    ...(step.payload && { payload: `${ROOT}/${PAYLOAD}` }),
    inputs: step.inputs.map(inputConfig),
    outputs: step.outputs.map((output) => {
      return { ...folder(output), prefixes: output.prefixes, suffixes: output.suffixes };
    }),
    environment: shareVariables(step).inImage,
    ...(threshold !== undefined && { timeoutThresholdSeconds: threshold }),
    ...(level && { logLevel: logLevel(level) }),
    ...(isOverHttp(step) && { overHttp: 'allow' as const }),
    stores: storesOf(step, workflow).map(storeConfig),
    ...(hasSecrets && {
      secrets: { from: 'parameter' as const, name: parameterName(workflow.name, step.name) },
    }),
    ...(failsToLambda(step) && { repeated: true }),
    ...(batch && { batch }),
  };
}

/** Whether what a script failed on is a failure to AWS Lambda: it is repeated, or handed on. */
function failsToLambda({ mode, settings: { lambda } }: AwsStep): boolean {
  return (lambda?.retries ?? 0) > 0 || (mode === 'lambda' && Boolean(lambda?.on_failure));
}

/** Whether requests over HTTP may carry events and scripts. */
export function isOverHttp({ settings }: AwsStep): boolean {
  return settings.lambda?.over_http?.trim().toLowerCase() === 'allow';
}

function folder({ store, bucket, prefix }: Folder) {
  return { store, bucket, prefix };
}

function storeConfig(store: Store): StepStore {
  const { id, kind, endpoint, region, verifyTls } = store;
  return {
    id,
    kind,
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    verifyTls,
    ...(Object.keys(credentialsOf(store)).length > 0 && { credentials: { from: 'parameter' as const } }),
  };
}

/** Python's levels, which SCAR's supervisor has, in any case of letters. */
const LEVELS: Readonly<Record<string, LogLevel>> = {
  notset: 'debug',
  debug: 'debug',
  info: 'info',
  warning: 'warning',
  error: 'error',
  critical: 'error',
};

function logLevel(text: string): LogLevel {
  return LEVELS[text.trim().toLowerCase()] ?? 'info';
}

/** What results of a step depend on, as far as its image decides; variables of its function do besides: `KEY_VARIABLE`. */
export function imageKey(step: AwsStep, { baseDigest, payloadDigest, script }: IdentifiedImage): string {
  const { inImage: environment } = shareVariables(step);
  const content = { script: script && digestOf(script), payload: payloadDigest, image: baseDigest };
  return stepKey({ environment, outputs: step.outputs }, content);
}

type Variables = Readonly<Record<string, string>>;

interface TravellingVariables {
  /** Plain variables of the function, which are seen and changed on AWS without another image. */
  readonly onFunction: Variables;
  /** Plain variables that the supervisor gives to the script. */
  readonly inImage: Variables;
  /** Those that came from the environment of this machine, or are declared as secrets. */
  readonly secret: Readonly<Record<string, Secret>>;
}

/** Names by which the supervisor's own AWS clients would look for keys and servers elsewhere; only the script may see them. */
const STEERING =
  /^AWS_(PROFILE|DEFAULT_PROFILE|CONFIG_FILE|SHARED_CREDENTIALS_FILE|ROLE_ARN|WEB_IDENTITY_TOKEN_FILE|CONTAINER_.*|ENDPOINT_URL.*)$/;

/**
 * Shares the variables of a step out. `lambda.environment` belongs to the function as far as AWS takes it there;
 * `container.environment` counts before it and travels in the image.
 */
export function shareVariables(step: AwsStep): TravellingVariables {
  const { lambda } = step.settings;
  const container = variablesOf(lambda?.container?.environment);
  const all = Object.entries(step.environment);
  const plain = all.filter(([, value]) => !(value instanceof Secret));
  const mayTravel = plain.filter(([name]) => !Object.hasOwn(container, name) && isTaken(name));
  const isTooMuch = bytesOfVariables(texts(mayTravel)) > FUNCTION_BYTES - KEY_BYTES;
  const onFunction = isTooMuch ? [] : mayTravel;
  const names = new Set(onFunction.map(([name]) => name));
  return {
    onFunction: texts(onFunction),
    inImage: texts(plain.filter(([name]) => !names.has(name))),
    secret: Object.fromEntries(all.filter((entry): entry is [string, Secret] => entry[1] instanceof Secret)),
  };
}

/** Whether functions and jobs can have the variable, and the supervisor starts as if it were not there. */
function isTaken(name: string): boolean {
  const disturbs =
    !Object.hasOwn(setAside({ [name]: '' }), name) || name.startsWith('FDL_') || STEERING.test(name);
  return lambdaNameProblem(name) === undefined && !isKeptByBatch(name) && !disturbs;
}

function texts(variables: readonly (readonly [string, Text])[]): Variables {
  return Object.fromEntries(variables.map(([name, value]) => [name, reveal(value)]));
}
