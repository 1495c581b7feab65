/** Which environment variables of a step travel where: with the function, in its image, or as secrets. */
import { reveal, Secret, type Text } from '../../secret.ts';
import { setAside } from '../../supervisor/environment.ts';
import { variablesOf } from '../../workflow/steps.ts';
import {
  bytesOfVariables,
  FUNCTION_BYTES,
  isKeptByBatch,
  lambdaNameProblem,
} from './dialect/lambda-variables.ts';
import type { AwsStep } from './dialect/step.ts';

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
  const onFunction = bytesOfVariables(texts(mayTravel)) > FUNCTION_BYTES ? [] : mayTravel;
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
