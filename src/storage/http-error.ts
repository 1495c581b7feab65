/** What failures of stores that speak plain HTTP mean. */
import { messageOf } from '../errors.ts';
import { pageText } from '../html-page.ts';
import { asObject, asText, parseJson } from '../json.ts';
import { maskCredentials } from '../secret.ts';
import { explained } from '../system-error.ts';
import { StorageError } from './error.ts';

/** What a request was about, for its errors. */
export interface HttpSubject {
  /** Id of the store, such as `webdav.dcache`. */
  readonly store: string;
  /** URL of the server, without credentials. */
  readonly server: string;
  readonly bucket: string;
  readonly key?: string | undefined;
  /** What the kind of store calls its buckets: `folder`, `container`, … */
  readonly bucketName: string;
}

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** The error for an answer that is no success. `text` is what it says. */
export function statusError({ status, headers }: Answered, text: string, subject: HttpSubject): StorageError {
  const said = saying(text);
  const what = `HTTP status ${status}${said === '' ? '' : `: ${said}`}`;
  if (status === 404 || status === 410) return notFound(subject);
  if (status === 401 || status === 403) {
    const hint = `Check the credentials of the storage provider "${subject.store}", and that they may use this ${subject.bucketName}.`;
    return new StorageError('storage-denied', `access to ${place(subject)} was denied (${what})`, { hint });
  }
  return new StorageError('storage-failed', `${place(subject)} could not be used: ${what}`, {
    hint: STATUS_HINTS[status],
    ...retryOf(status, headers),
  });
}

const STATUS_HINTS: Readonly<Record<number, string>> = {
  405: 'Check the address of the storage provider: its server does not know this operation there.',
  413: 'The server takes no files of this size.',
  423: 'Somebody has locked it on the server.',
  507: 'Make room on the server, or ask for a higher quota.',
};

/** The same request may work later: the server is overloaded, or not well. Others of 500 and more say that it never will. */
function retryOf(status: number, headers: Answered['headers']) {
  const retryable = [408, 425, 429, 500, 502, 503, 504].includes(status);
  const seconds = Number(headers['retry-after']);
  return { retryable, ...(seconds > 0 && { retryAfterMs: seconds * 1000 }) };
}

/** The bucket, or the object in it, is not there. */
export function notFound({ bucket, key, bucketName, server }: HttpSubject): StorageError {
  if (key === undefined) {
    const hint = `Create the ${bucketName}, or check the spelling of its name.`;
    return new StorageError('bucket-not-found', `there is no ${bucketName} "${bucket}" at ${server}`, {
      hint,
    });
  }
  const hint = 'Check the spelling of the key; upper and lower case differ.';
  return new StorageError(
    'object-not-found',
    `there is no "${key}" in ${bucketName} "${bucket}" at ${server}`,
    {
      hint,
    },
  );
}

const CERTIFICATE = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT|HOSTNAME_MISMATCH)/;
const UNREACHABLE = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;
const MOMENTARY =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ERR_STREAM_PREMATURE_CLOSE|UND_ERR_(SOCKET|\w+_TIMEOUT|RES_CONTENT_LENGTH_MISMATCH|ABORTED))$/;

/** The error for a connection that was not made, or that broke. */
export function connectionError(thrown: unknown, subject: HttpSubject): StorageError {
  const { code = '' } = thrown as { readonly code?: string };
  const hint = CERTIFICATE.test(code)
    ? `If the server has an authority of its own, name its certificates in NODE_EXTRA_CA_CERTS.`
    : UNREACHABLE.test(code)
      ? `Check that ${subject.server} is right and can be reached from here.`
      : explained(thrown)?.hint;
  const text = messageOf(thrown).trim().replace(/\.$/, '') || code;
  return new StorageError('storage-failed', `${place(subject)} could not be used: ${text}`, {
    hint,
    cause: thrown,
    retryable: MOMENTARY.test(code),
  });
}

/** The error for an answer that is none of the protocol; `why` is a clause. */
export function wrongAnswer(why: string, subject: HttpSubject): StorageError {
  const hint =
    'Check the address of the storage provider and the network: something else answers there, such as a proxy or a login page.';
  return new StorageError('storage-failed', `${place(subject)} could not be used: ${why}`, { hint });
}

/** Characters of an answer that a message quotes. */
const LONGEST = 200;

/** What an answer says: the title of a page, the message of JSON or XML, or its first line. */
function saying(text: string): string {
  const page = pageText(text);
  if (page !== undefined) return page;
  const json = asObject(parseJson(text)?.value);
  const error = asObject(json?.['error']) ?? json;
  const named =
    asText(error?.['message']) ?? asText(error?.['description']) ?? asText(error?.['ExceptionMessage']);
  const xml = /<(?:\w+:)?(?:message|Message|human-readable)>([^<]+)/.exec(text)?.[1];
  const line = named ?? xml ?? (/^\s*[<{]/.test(text) ? '' : (text.trim().split('\n')[0] ?? ''));
  return maskCredentials(line.trim()).replace(/\s+/g, ' ').slice(0, LONGEST).replace(/\.$/, '');
}

function place({ bucket, key, bucketName, server }: HttpSubject): string {
  if (bucket === '') return server;
  const where = `${bucketName} "${bucket}" at ${server}`;
  return key === undefined ? where : `"${key}" in ${where}`;
}
