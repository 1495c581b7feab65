/** Direct calls of functions by the API of AWS Lambda. */
import { FdlError } from '../../../errors.ts';
import type { Call, CallResult } from '../../provider.ts';
import type { Clients } from '../api/clients.ts';
import { hasAwsCode } from '../api/errors.ts';
import type { AwsStep } from '../dialect/step.ts';
import type { Site } from '../site.ts';
import { payloadText, resultOf } from './answer.ts';

/** Milliseconds: a function may take as long as that, with some time around it. */
const LONGEST_CALL = 960_000;

/**
 * Calls a function.
 * @throws FdlError `payload-too-large`, `step-not-deployed`, and the errors of AWS
 */
export async function invokeFunction(
  clients: Clients,
  site: Site,
  step: AwsStep,
  call: Call,
  signal: AbortSignal,
): Promise<CallResult> {
  const { sdk, client } = await clients('lambda', site);
  const wantsLog = step.settings.lambda?.log_type?.trim().toLowerCase() !== 'none';
  const type = call.dryRun ? 'DryRun' : call.async ? 'Event' : 'RequestResponse';
  const command = new sdk.InvokeCommand({
    FunctionName: step.name,
    InvocationType: type,
    ...(type === 'RequestResponse' && wantsLog && { LogType: 'Tail' as const }),
    Payload: Buffer.from(payloadText(call.payload)),
  });
  const options = { abortSignal: signal, requestTimeout: LONGEST_CALL };
  const answer = await client.send(command, options).catch((thrown) => {
    throw explained(thrown, step, call.async);
  });
  const { $metadata: { requestId } = {} } = answer;
  if (type !== 'RequestResponse') return { status: 'accepted', body: new Uint8Array(), requestId };
  const { Payload: payload = new Uint8Array(), FunctionError: functionError, LogResult: logResult } = answer;
  return resultOf({ payload, functionError, logResult, requestId });
}

function explained(thrown: unknown, { id, name }: AwsStep, async: boolean): unknown {
  if (hasAwsCode(thrown, 'ResourceNotFoundException')) return notDeployed(id);
  if (hasAwsCode(thrown, 'RequestTooLargeException', 'RequestEntityTooLargeException')) {
    const limit = async ? '1 MB' : '6 MB';
    const hint = 'Upload it instead: fdl put FILE.';
    return new FdlError('payload-too-large', `AWS Lambda takes at most ${limit} for ${name}`, {
      hint,
      cause: thrown,
    });
  }
  return thrown;
}

/** A step that is called and is not there. */
export function notDeployed(step: string): FdlError {
  const hint = 'Deploy the workflow: fdl apply FILE.';
  return new FdlError('step-not-deployed', `the step "${step}" is not deployed`, { hint });
}
