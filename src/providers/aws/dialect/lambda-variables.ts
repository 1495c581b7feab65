/** Which environment variables AWS Lambda takes for a function. */

/** Bytes that all variables of a function may have. Rule: AWS Lambda's quotas. */
export const FUNCTION_BYTES = 4096;

/** The variable that tells the supervisor of the others what results depend on: see `workflow/key.ts`. */
export const KEY_VARIABLE = 'FDL_VARIABLES';
/** Bytes that it takes. */
export const KEY_BYTES = 40;

/** Names that AWS Lambda sets itself and refuses. Rule: Lambda's developer guide, "Defined runtime environment variables". */
const RESERVED =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_(DEFAULT_REGION|REGION|EXECUTION_ENV|LAMBDA_.*|ACCESS_KEY(_ID)?|SECRET_ACCESS_KEY|SESSION_TOKEN)|LAMBDA_(TASK_ROOT|RUNTIME_DIR))$/;

/** Rule: `EnvironmentVariableName` of Lambda's API. */
const NAME = /^[A-Za-z][A-Za-z0-9_]+$/;

/** Why Lambda refuses a variable's name, as a clause; nothing for a name that it takes. */
export function lambdaNameProblem(name: string): string | undefined {
  if (RESERVED.test(name)) return 'AWS Lambda sets it itself';
  return NAME.test(name)
    ? undefined
    : 'AWS Lambda takes names of two or more letters, digits and "_", with a letter first';
}

/** Names that AWS Batch keeps for itself. Rule: `environment` of `ContainerProperties` in Batch's API. */
export function isKeptByBatch(name: string): boolean {
  return name.startsWith('AWS_BATCH');
}

/** As Lambda counts: the variables as one JSON text. */
export function bytesOfVariables(variables: Readonly<Record<string, string>>): number {
  return Buffer.byteLength(JSON.stringify(variables));
}
