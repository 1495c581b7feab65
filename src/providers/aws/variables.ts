/** Which environment variables of a step travel where: with the function, in its image, or as secrets. */
import { reveal, Secret, type Text } from '../../secret.ts';
import { setAside } from '../../supervisor/environment.ts';
import { variablesOf } from '../../workflow/steps.ts';
import type { AwsStep } from './dialect/step.ts';

type Variables = Readonly<Record<string, string>>;

export interface TravellingVariables {
  /** Plain variables of the function, which are seen and changed on AWS without another image. */
  readonly onFunction: Variables;
  /** Plain variables that the supervisor gives to the script. */
  readonly inImage: Variables;
  /** Those that came from the environment of this machine, or are declared as secrets. */
  readonly secret: Readonly<Record<string, Secret>>;
}

/** Bytes that all variables of a function may have. Rule: AWS Lambda's quotas. */
const FUNCTION_BYTES = 4096;

/** Names that AWS Lambda sets itself and refuses. Rule: Lambda's developer guide, "Defined runtime environment variables". */
const RESERVED =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_(DEFAULT_REGION|REGION|EXECUTION_ENV|LAMBDA_.*|ACCESS_KEY(_ID)?|SECRET_ACCESS_KEY|SESSION_TOKEN)|LAMBDA_(TASK_ROOT|RUNTIME_DIR))$/;
/** Names by which the supervisor's own AWS clients would look for keys and servers elsewhere; only the script may see them. */
const STEERING =
  /^AWS_(PROFILE|DEFAULT_PROFILE|CONFIG_FILE|SHARED_CREDENTIALS_FILE|ROLE_ARN|WEB_IDENTITY_TOKEN_FILE|CONTAINER_.*|ENDPOINT_URL.*)$/;
const FUNCTION_NAME = /^[A-Za-z][A-Za-z0-9_]+$/;

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
  const onFunction = bytesOf(mayTravel) > FUNCTION_BYTES ? [] : mayTravel;
  const names = new Set(onFunction.map(([name]) => name));
  return {
    onFunction: texts(onFunction),
    inImage: texts(plain.filter(([name]) => !names.has(name))),
    secret: Object.fromEntries(all.filter((entry): entry is [string, Secret] => entry[1] instanceof Secret)),
  };
}

/** Whether a function can have the variable, and the supervisor starts as if it were not there. */
function isTaken(name: string): boolean {
  const disturbs =
    !Object.hasOwn(setAside({ [name]: '' }), name) || name.startsWith('FDL_') || STEERING.test(name);
  return FUNCTION_NAME.test(name) && !RESERVED.test(name) && !disturbs;
}

/** As AWS counts: the variables as one JSON text. */
function bytesOf(variables: readonly (readonly [string, Text])[]): number {
  return Buffer.byteLength(JSON.stringify(texts(variables)));
}

function texts(variables: readonly (readonly [string, Text])[]): Variables {
  return Object.fromEntries(variables.map(([name, value]) => [name, reveal(value)]));
}
