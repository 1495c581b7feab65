/** Turns what the SDK throws into errors that say what to do. */
import { messageOf } from '../../errors.ts';
import { explained } from '../../system-error.ts';
import { BUCKET_NAMES, isBucketName } from '../bucket-name.ts';
import { bucketNotFound, objectNotFound, StorageError } from '../error.ts';

/** What a call was about, for its errors. */
interface S3Subject {
  readonly bucket: string;
  readonly key?: string;
  /** URL of the server, if it is not AWS's own. */
  readonly endpoint?: string | undefined;
}

/** Name of the error for a page of HTML, whose message is what came. */
export const PAGE = 'PageOfHtml';

interface SdkError {
  /** URL of who was asked, where that is not AWS. */
  readonly server?: string;
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $retryable?: unknown;
}

const DENIED = [
  'AccessDenied',
  'AllAccessDisabled',
  'AccountProblem',
  'CredentialsProviderError',
  'ExpiredToken',
  'Forbidden',
  'InvalidAccessKeyId',
  'InvalidToken',
  'SignatureDoesNotMatch',
];
const CERTIFICATE =
  /^(CERT_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*|ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/;
const UNREACHABLE = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];
const MOMENTARY =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ERR_STREAM_PREMATURE_CLOSE|TimeoutError|SlowDown|ServiceUnavailable|InternalError|OperationAborted|PreconditionFailed|BadDigest|XAmzContent\w+Mismatch|UND_ERR_SOCKET|UND_ERR_\w+_TIMEOUT|.*Throttl.*|RequestLimitExceeded|TooManyRequests.*|RequestTimeout.*)$/;

/** The error for a failed call; an abort and what is an error of ours already stay as they are. */
export function s3Error(thrown: unknown, subject: S3Subject, signal?: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason;
  if (thrown instanceof StorageError) return thrown;
  const error = thrown as SdkError;
  const names = [error.name ?? '', error.code ?? ''];
  const status = error.$metadata?.httpStatusCode;
  if (error.name === PAGE) return failed(thrown, { ...subject, endpoint: error.server });
  if (names.includes('NoSuchBucket')) return bucketNotFound(subject.bucket, thrown);
  if (names.includes('NoSuchKey') || (status === 404 && subject.key !== undefined)) {
    return objectNotFound(subject.bucket, subject.key ?? '', thrown);
  }
  if (status === 401 || status === 403 || DENIED.some((name) => names.includes(name)))
    return denied(thrown, subject);
  return failed(thrown, subject);
}

function denied(thrown: unknown, subject: S3Subject): StorageError {
  const error = thrown as SdkError;
  const what = error.name === 'CredentialsProviderError' ? 'no credentials were found' : messageOf(thrown);
  return new StorageError('storage-denied', `access to ${place(subject)} was denied: ${sentencePart(what)}`, {
    hint:
      error.name === 'CredentialsProviderError'
        ? 'Set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the storage provider its keys.'
        : 'Check the keys of the storage provider, and that they may use this bucket.',
    cause: thrown,
  });
}

function failed(thrown: unknown, subject: S3Subject): StorageError {
  const error = thrown as SdkError;
  const retryable = isMomentary(error);
  const message = `${place(subject)} could not be used: ${sentencePart(describe(error))}`;
  return new StorageError('storage-failed', message, {
    hint: hintFor(error, subject),
    cause: thrown,
    retryable,
  });
}

function isMomentary(error: SdkError): boolean {
  const status = error.$metadata?.httpStatusCode ?? 0;
  const named = [error.name, error.code].some((name) => name !== undefined && MOMENTARY.test(name));
  return named || status >= 500 || status === 429 || error.$retryable !== undefined;
}

function hintFor(error: SdkError, subject: S3Subject): string | undefined {
  if (error.name === PAGE)
    return 'Check the address of the storage provider and the network: something else answers there, such as a proxy or a login page.';
  if (isBadName(error, subject)) return `"${subject.bucket}" is no name for a bucket. ${BUCKET_NAMES}`;
  const code = error.code ?? '';
  const server = subject.endpoint ?? error.server ?? 'AWS';
  if (CERTIFICATE.test(code)) {
    return 'If the server is yours and its certificate is self-signed, give its storage provider "verify: false".';
  }
  if (UNREACHABLE.includes(code)) return `Check that ${server} is right and can be reached from here.`;
  if (error.name === 'PermanentRedirect' || error.name === 'AuthorizationHeaderMalformed') {
    return 'The bucket is in another region: give its storage provider the right "region".';
  }
  return explained(error)?.hint;
}

/** Old buckets of AWS may have other names, so that the server decides. The answer to HEAD does not say why. */
function isBadName({ $metadata }: SdkError, { bucket }: S3Subject): boolean {
  return $metadata?.httpStatusCode === 400 && bucket !== '' && !isBucketName(bucket);
}

/** Errors of connections may have no message, when several addresses were tried. */
function describe(error: SdkError): string {
  const text = messageOf(error);
  if (error.name === PAGE) return `the answer is ${text}, and not one of S3`;
  const name = error.code ?? error.name ?? 'unknown error';
  return text === '' || text === 'UnknownError' ? name : text;
}

function sentencePart(text: string): string {
  return text.trim().replace(/\.$/, '');
}

function place({ bucket, key, endpoint }: S3Subject): string {
  const at = endpoint === undefined ? '' : ` at ${endpoint}`;
  if (bucket === '') return `the list of buckets${at}`;
  return key === undefined ? `bucket "${bucket}"${at}` : `"${key}" in bucket "${bucket}"${at}`;
}
