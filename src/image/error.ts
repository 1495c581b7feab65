/** What goes wrong with registries, and whether trying again may help. */
import { FdlError, type FdlErrorOptions, messageOf } from '../errors.ts';
import { pageText } from '../html-page.ts';
import { maskCredentials } from '../secret.ts';

type RegistryErrorCode = 'image-not-found' | 'image-denied' | 'registry-failed';

interface RegistryErrorOptions extends FdlErrorOptions {
  /** The failure is of the moment (network, throttling, an overloaded server): the same call may work later. */
  readonly retryable?: boolean;
  /** Milliseconds that the registry asked to wait. */
  readonly retryAfterMs?: number | undefined;
}

/** An error of a registry. */
export class RegistryError extends FdlError {
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(code: RegistryErrorCode, message: string, options: RegistryErrorOptions = {}) {
    super(code, message, options);
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Codes of failures that a repetition does not change: names that do not exist, certificates that are not trusted. */
const LASTING =
  /^(ENOTFOUND|ERR_INVALID_URL|UND_ERR_INVALID_ARG|ERR_TLS_.*|.*CERT.*|.*SELF_SIGNED.*|UNABLE_TO_VERIFY.*)$/;

/** What sending a request to `host` has thrown, as an error of ours. */
export function connectionError(host: string, cause: unknown): RegistryError {
  const code = String((cause as { code?: unknown } | undefined)?.code ?? '');
  const why = messageOf(cause) || code;
  const trust = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)
    ? 'Name the file of your authority in NODE_EXTRA_CA_CERTS.'
    : 'Check the name of the registry and the network.';
  return new RegistryError('registry-failed', `the connection to the registry ${host} failed: ${why}`, {
    hint: trust,
    retryable: !LASTING.test(code),
    cause,
  });
}

// Reads what a registry answers instead of what was asked for.

interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The answer's body. */
  readonly text: string;
}

interface Attempted {
  /** What the call was about, as messages name it: an image, a repository. */
  readonly subject: string;
  readonly access: 'pull' | 'push';
  /** Why there are no credentials, where somebody tried to get some. */
  readonly problem?: string | undefined;
}

/** The error for an answer that was not expected. */
export function refusalError(refusal: Refusal, attempted: Attempted): RegistryError {
  const { status } = refusal;
  if (status === 404 && !isLostUpload(refusal)) return notFound(attempted);
  if (status === 401 || status === 403) return denied(refusal, attempted);
  const message = `the registry failed to ${verb(attempted)} ${attempted.subject}: ${reason(refusal)}`;
  return new RegistryError('registry-failed', message, retrying(refusal));
}

function notFound({ subject, access }: Attempted): RegistryError {
  if (access === 'push') {
    const hint = 'Create the repository first.';
    return new RegistryError('image-not-found', `the registry has no repository for ${subject}`, { hint });
  }
  const hint = 'Check the name and the tag.';
  return new RegistryError('image-not-found', `there is no image ${subject}`, { hint });
}

function denied(refusal: Refusal, attempted: Attempted): RegistryError {
  const { subject, problem } = attempted;
  // Registries answer the same for what is private and for what does not exist.
  const advice =
    attempted.access === 'push'
      ? 'Check that you are logged in, and that you may store images there.'
      : 'Check its name; if it is private, log in to its registry (docker login).';
  return new RegistryError(
    'image-denied',
    `the registry denied to ${verb(attempted)} ${subject}: ${reason(refusal)}`,
    { hint: problem ? `${problem}. ${advice}` : advice },
  );
}

function verb({ access }: Attempted): string {
  return access === 'push' ? 'store' : 'give';
}

interface Words {
  readonly code: string;
  readonly message: string;
}

/** The registry's own words: `{"errors":[{"code","message"}]}`, rule: the distribution specification. */
function words({ text }: Refusal): Words {
  try {
    const [{ code = '', message = '' }] = JSON.parse(text).errors;
    return { code: maskCredentials(String(code)), message: maskCredentials(String(message)) };
  } catch {
    return { code: '', message: pageText(text) ?? '' };
  }
}

function reason(refusal: Refusal): string {
  const { code, message } = words(refusal);
  const said = [code, message].filter((word) => word !== '').join(': ');
  return said === '' ? `HTTP ${refusal.status}` : `${said} (HTTP ${refusal.status})`;
}

function retrying(refusal: Refusal): RegistryErrorOptions {
  const { status, headers } = refusal;
  const retryAfterMs = retryAfter(headers['retry-after']);
  if (status === 429) {
    const hint = 'The registry limits how often it may be asked: log in (docker login), or try later.';
    return { retryable: true, retryAfterMs, hint };
  }
  const retryable = status === 408 || isLostUpload(refusal) || (status >= 500 && status !== 501);
  return { retryable, retryAfterMs, hint: retryable ? 'Try again later.' : undefined };
}

/** An upload that the registry has forgotten can be started anew. */
function isLostUpload(refusal: Refusal): boolean {
  return refusal.status === 404 && words(refusal).code === 'BLOB_UPLOAD_UNKNOWN';
}

/** Milliseconds that a `Retry-After` header asks for: seconds or a date (RFC 9110, 10.2.3). */
export function retryAfter(header: string | undefined, now: number = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
