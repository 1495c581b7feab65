/** Reads what AWS Lambda sends to the destination of a function's failures. */
import { asObject, asText } from '../../json.ts';

export interface FailedRequest {
  /** The event that the function failed on. */
  readonly event: unknown;
  readonly functionName: string;
  /** Of the function's invocation: the same one for all its attempts. */
  readonly requestId: string;
}

/** The request that a function failed on, if that is what the event tells of. */
export function failedRequest(event: unknown): FailedRequest | undefined {
  const fields = asObject(event);
  const context = asObject(fields?.['requestContext']);
  const requestId = asText(context?.['requestId']);
  const arn = asText(context?.['functionArn']);
  if (!fields || !('requestPayload' in fields) || requestId === undefined || arn === undefined)
    return undefined;
  // arn:aws:lambda:REGION:ACCOUNT:function:NAME:QUALIFIER
  return { event: fields['requestPayload'], functionName: arn.split(':')[6] ?? arn, requestId };
}
