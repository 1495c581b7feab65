/** What AWS answers that is no success, as errors of this program. */
import { FdlError, messageOf } from '../../../errors.ts';
import { explained } from '../../../system-error.ts';

/** An error that a service of AWS answered with. */
export class AwsError extends FdlError {
  /** The service's own code, such as `ResourceNotFoundException`. */
  readonly awsCode: string;

  constructor(code: string, message: string, options: { hint?: string; cause: unknown; awsCode: string }) {
    super(code, message, options);
    this.awsCode = options.awsCode;
  }
}

interface SdkError {
  readonly name?: string;
  readonly Code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Anything that a call of the SDK threw, given what was called: `lambda GetFunction`. Aborts stay as they are. */
export function awsError(thrown: unknown, call: string): unknown {
  if (thrown instanceof FdlError || !(thrown instanceof Error) || thrown.name === 'AbortError') return thrown;
  const { name = '', Code, $metadata } = thrown as SdkError;
  const awsCode = Code ?? name;
  const { code, hint } = verdict(awsCode, $metadata?.httpStatusCode, thrown);
  const known = explained(thrown);
  // A connection that failed has more reasons here than elsewhere; of the rest, the general hint says more.
  const isPlain = known === undefined || known.code === 'connection' || known.code === 'credentials';
  const message = `AWS refused ${call}: ${messageOf(thrown) || awsCode}`;
  return new AwsError(code, $metadata?.httpStatusCode === undefined ? unsent(call, thrown) : message, {
    hint: isPlain ? hint : known.hint,
    cause: thrown,
    awsCode,
  });
}

const CREDENTIALS =
  /^(CredentialsProviderError|TokenProviderError|ExpiredToken|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidAccessKeyId|AuthFailure|InvalidSignature)/;
const DENIED = /^(AccessDenied|UnauthorizedOperation|AuthorizationError|NotAuthorized|Forbidden)/;
const BUSY = /^(Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|ServiceUnavailable)/;

function verdict(awsCode: string, status: number | undefined, thrown: Error): { code: string; hint: string } {
  if (CREDENTIALS.test(awsCode)) {
    const hint =
      'Log in to AWS (aws sso login, AWS_PROFILE, AWS_ACCESS_KEY_ID), or run on this machine: --local.';
    return { code: 'aws-credentials', hint };
  }
  if (DENIED.test(awsCode) || (status === 403 && awsCode !== 'NotFound')) {
    return { code: 'aws-denied', hint: 'Ask for the right to do this, or use another profile: AWS_PROFILE.' };
  }
  if (BUSY.test(awsCode) || status === 429) {
    return { code: 'aws-busy', hint: 'AWS takes no more calls for the moment: do the same again later.' };
  }
  if (status === undefined || /ECONN|ENOTFOUND|EAI_AGAIN|Timeout/.test(`${awsCode} ${thrown.message}`)) {
    return { code: 'aws-unreachable', hint: 'Check the network, AWS_REGION and AWS_ENDPOINT_URL.' };
  }
  return { code: 'aws-failed', hint: 'Mend what AWS says, and do the same again: what is done stays done.' };
}

function unsent(call: string, thrown: Error): string {
  return `${call} did not reach AWS: ${messageOf(thrown) || (thrown as NodeJS.ErrnoException).code || thrown.name}`;
}

/** Whether a service answered with one of these codes. */
export function hasAwsCode(thrown: unknown, ...codes: readonly string[]): boolean {
  return thrown instanceof AwsError && codes.includes(thrown.awsCode);
}

/** What a call answers, or nothing where the service says that there is no such thing by one of these codes. */
export async function unlessMissing<T>(
  answer: Promise<T>,
  ...codes: readonly string[]
): Promise<T | undefined> {
  try {
    return await answer;
  } catch (thrown) {
    if (hasAwsCode(thrown, ...codes)) return undefined;
    throw thrown;
  }
}
