/** Waiting for functions of AWS Lambda: until they are ready, and until they and their roles take what is sent. */
import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import type { CallContext } from '../../../../deploy/resource.ts';
import { FdlError } from '../../../../errors.ts';
import type { Connection } from '../../api/clients.ts';
import { AwsError, hasAwsCode } from '../../api/errors.ts';
import { stateOf } from '../../api/function.ts';
import { untilAccepted, waitUntil } from '../../api/wait.ts';
import type { AwsDeps } from '../deps.ts';
import { isFailed } from './properties.ts';

/** Milliseconds: large images and functions in a VPC take minutes. */
const READY_TIMEOUT = 10 * 60_000;
/** Milliseconds until roles and policies that were just made hold everywhere. */
const ALLOWED_TIMEOUT = 90_000;

/** A function as it is waited for. */
export interface Waiting {
  readonly name: string;
  readonly lambda: Connection<'lambda'>;
  readonly call: CallContext;
  readonly delay: AwsDeps['delay'];
}

/** Waits until AWS works no more on the function, and answers its configuration; its state may be a failure. */
export async function settled({ name, lambda, call, delay }: Waiting): Promise<FunctionConfiguration> {
  const { sdk, client } = lambda;
  const what = `the function ${name} to become active`;
  return waitUntil({ call, delay, timeoutMs: READY_TIMEOUT, what }, async () => {
    const command = new sdk.GetFunctionConfigurationCommand({ FunctionName: name });
    const found = await client.send(command, { abortSignal: call.signal });
    const state = stateOf(found);
    return state === 'Pending' || state === 'Updating' ? undefined : found;
  });
}

/** Waits until a change is done. Throws `FdlError` `function-failed` with the reason that AWS gives. */
export async function succeeded(waiting: Waiting): Promise<FunctionConfiguration> {
  const found = await settled(waiting);
  const state = stateOf(found);
  if (!isFailed(state)) return found;
  const why = state.replace(/^\w+: /, '');
  throw new FdlError('function-failed', `AWS Lambda cannot run the function ${waiting.name}: ${why}`, {
    hint: 'Mend what AWS says, and apply again; if it says the same then, remove the function before (fdl rm).',
  });
}

/**
 * Sends a change, again and again while the function is still busy with another one, or while what the function needs
 * does not hold yet. Throws what AWS says in the end.
 */
export async function accepted<T>(waiting: Waiting, send: () => Promise<T>): Promise<T> {
  const { name, call, delay } = waiting;
  const what = `AWS Lambda to accept the function ${name}`;
  return untilAccepted({ call, delay, timeoutMs: ALLOWED_TIMEOUT, what }, isForTheMoment, async () => {
    try {
      return await send();
    } catch (thrown) {
      if (isBusy(thrown)) await settled(waiting);
      throw thrown;
    }
  });
}

/** What AWS Lambda answers while a role, its policies or the policy of a repository are not known everywhere yet. */
const NOT_YET =
  /cannot be assumed by Lambda|execution role does not have permissions|does not have permission to access the ECR image|KMS key is invalid for CreateGrant/i;

function isForTheMoment(thrown: unknown): boolean {
  return isBusy(thrown) || (thrown instanceof AwsError && NOT_YET.test(thrown.message));
}

/** The function is being made or updated. That what is to be made exists has the same code. */
function isBusy(thrown: unknown): boolean {
  return hasAwsCode(thrown, 'ResourceConflictException') && !alreadyThere(thrown);
}

/** Whether a function, or its address, cannot be made because there is one. */
export function alreadyThere(thrown: unknown): boolean {
  return (
    hasAwsCode(thrown, 'ResourceConflictException') &&
    /already exist|exists for this/i.test((thrown as Error).message)
  );
}
