/** What AWS answers that is no success, as errors of this program. */
import { FdlError, messageOf, type Place } from '../../../errors.ts';
import { explained } from '../../../system-error.ts';
import type { Site } from '../site.ts';
import { deniedText } from './denied.ts';
import { expiredLogin, keysOrigin, missingLogin, type Problem } from './login.ts';
import { type Environment, regionOrigin } from './origin.ts';

interface AwsErrorOptions {
  readonly hint?: string | undefined;
  readonly place?: Place | undefined;
  readonly cause: unknown;
  readonly awsCode: string;
}

/** An error that a service of AWS answered with. */
export class AwsError extends FdlError {
  /** The service's own code, such as `ResourceNotFoundException`. */
  readonly awsCode: string;

  constructor(code: string, message: string, { awsCode, ...options }: AwsErrorOptions) {
    super(code, message, options);
    this.awsCode = awsCode;
  }
}

interface SdkError {
  readonly name?: string;
  readonly Code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Who calls: what was written of that is named where it is to blame. */
interface Caller {
  readonly site: Site;
  readonly environment: Environment;
}

const NOBODY: Caller = { site: { region: '' }, environment: {} };

/** Anything that a call of the SDK threw, given what was called: `lambda GetFunction`. Aborts stay as they are. */
export function awsError(thrown: unknown, call: string, caller: Caller = NOBODY): unknown {
  if (thrown instanceof FdlError || !(thrown instanceof Error) || thrown.name === 'AbortError') return thrown;
  const { name = '', Code, $metadata } = thrown as SdkError;
  const status = $metadata?.httpStatusCode;
  const failure = { thrown, call, awsCode: Code ?? name, status, isSent: status !== undefined };
  const { code, what, hint, place } = verdict(failure, caller);
  return new AwsError(code, what, { hint, place, cause: thrown, awsCode: failure.awsCode });
}

interface Failure {
  readonly thrown: Error;
  readonly call: string;
  readonly awsCode: string;
  readonly status: number | undefined;
  /** AWS, or who speaks for it, has answered. */
  readonly isSent: boolean;
}

interface Verdict extends Problem {
  readonly code: string;
}

const NO_LOGIN = /^(CredentialsProviderError|TokenProviderError)/;
/** Rule: common errors of each service's API reference; `RequestExpired` of EC2 is of the clock as well. */
const EXPIRED = /^(ExpiredToken|TokenRefreshRequired)/;
const UNKNOWN_KEY = /^(InvalidClientTokenId|UnrecognizedClient|InvalidAccessKeyId|InvalidToken)/;
const WRONG_KEY = /^(SignatureDoesNotMatch|InvalidSignature|AuthFailure|IncompleteSignature)/;
const CLOCK = /^(RequestTimeTooSkewed|RequestExpired|RequestInTheFuture)/;
/** What services say of a signature whose time is not theirs. */
const CLOCK_TEXT = /signature (expired|not yet current)/i;
const DENIED = /^(AccessDenied|UnauthorizedOperation|AuthorizationError|NotAuthorized|Forbidden)/;
const BUSY = /^(Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|ServiceUnavailable)/;

function verdict(failure: Failure, caller: Caller): Verdict {
  const { thrown, call, awsCode, status } = failure;
  const login = loginProblem(failure, caller);
  if (login) {
    const what = failure.isSent ? `AWS refused ${call}: ${login.what}` : `AWS cannot be asked: ${login.what}`;
    return { code: 'aws-credentials', ...login, what };
  }
  const refused = `AWS refused ${call}: ${messageOf(thrown) || awsCode}`;
  if (DENIED.test(awsCode) || (status === 403 && awsCode !== 'NotFound')) {
    const hint =
      'Ask for this right, or use another profile (AWS_PROFILE); `fdl policy FILE` prints all that are needed.';
    return { code: 'aws-denied', what: deniedText(call, thrown.message) ?? refused, hint };
  }
  if (BUSY.test(awsCode) || status === 429) {
    const hint = 'AWS takes no more calls for the moment: do the same again later.';
    return { code: 'aws-busy', what: refused, hint };
  }
  if (!failure.isSent || /ECONN|ENOTFOUND|EAI_AGAIN|Timeout/.test(`${awsCode} ${thrown.message}`))
    return unreached(failure, caller);
  const known = explained(thrown);
  const hint = known?.hint ?? 'Mend what AWS says, and do the same again: what is done stays done.';
  return { code: 'aws-failed', what: refused, hint };
}

/** Whoever calls is nobody that AWS knows. */
function loginProblem({ thrown, awsCode }: Failure, { site, environment }: Caller): Problem | undefined {
  const said = thrown.message;
  if (NO_LOGIN.test(awsCode)) return missingLogin(site, environment, said);
  if (CLOCK.test(awsCode) || (WRONG_KEY.test(awsCode) && CLOCK_TEXT.test(said))) {
    const hint = 'Set the clock, such as with timedatectl set-ntp true, and do the same again.';
    return {
      what: `the clock of this machine does not go right (${new Date().toISOString()}): ${said}`,
      hint,
    };
  }
  if (EXPIRED.test(awsCode)) return expiredLogin(site, environment);
  const keys = keysOrigin(site, environment);
  if (UNKNOWN_KEY.test(awsCode)) {
    const hint =
      'Check the keys, or make new ones; keys of AWS in China or GovCloud count in regions there only.';
    return { what: `AWS does not know the access key ${keys}: ${said}`, hint };
  }
  if (!WRONG_KEY.test(awsCode)) return undefined;
  return {
    what: `the secret key does not belong to the access key ${keys}: ${said}`,
    hint: 'Copy both keys anew, without blanks or line breaks.',
  };
}

/** The network, or a region that is none. */
function unreached({ thrown, call }: Failure, { site, environment }: Caller): Verdict {
  const known = explained(thrown);
  const said = messageOf(thrown) || (thrown as NodeJS.ErrnoException).code || thrown.name;
  const what = `${call} did not reach AWS: ${said}`;
  const isRegion =
    /is no name of a region|ENOTFOUND/.test(said) && site.region !== '' && !environment['AWS_ENDPOINT_URL'];
  if (isRegion) {
    const { value, by, place } = regionOrigin(site, environment);
    const perhaps = said.includes('ENOTFOUND') ? `: "${value}" (${by}) may be no region` : ` (${by})`;
    const hint = `Mend ${by}, as in eu-west-1; if it is right, check the network.`;
    return { code: 'aws-unreachable', what: `${what}${perhaps}`, hint, place };
  }
  // A connection that failed has more reasons here than elsewhere, but for what is said of a proxy.
  const isPlain = known === undefined || (known.code === 'connection' && !/proxy/.test(known.what));
  const proxy = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].find((name) => environment[name]);
  const network = `Check the network, ${proxy ? `the proxy in ${proxy}, ` : ''}AWS_REGION and AWS_ENDPOINT_URL.`;
  return { code: 'aws-unreachable', what, hint: isPlain ? network : known.hint };
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
