/** What goes wrong with a cluster, and whether trying again may help. */
import { FdlError, type FdlErrorOptions, messageOf } from '../../../errors.ts';
import { pageText } from '../../../html-page.ts';
import { maskCredentials } from '../../../secret.ts';

type OscarErrorCode =
  /** The login is not accepted, or has no right to this. */
  | 'oscar-denied'
  | 'oscar-not-found'
  /** The cluster's release does not have this. */
  | 'oscar-unsupported'
  /** What was sent is wrong in the eyes of the cluster. */
  | 'oscar-refused'
  /** Something of that name is there already. */
  | 'oscar-conflict'
  /** There was no answer. */
  | 'oscar-unreachable'
  | 'oscar-failed';

interface OscarErrorOptions extends FdlErrorOptions {
  /** HTTP status of the answer, if there was one. */
  readonly status?: number | undefined;
  /** What the cluster said, in its own words; empty where it said nothing. */
  readonly said?: string | undefined;
  /** The failure is of the moment: the same call may work later. */
  readonly retryable?: boolean;
  /** The request never left: even a call that must not be repeated may be. */
  readonly unsent?: boolean;
  /** Milliseconds that the cluster asked to wait. */
  readonly retryAfterMs?: number | undefined;
}

/** An error of a cluster. */
export class OscarError extends FdlError {
  readonly status: number | undefined;
  readonly said: string | undefined;
  readonly retryable: boolean;
  readonly unsent: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(code: OscarErrorCode, message: string, options: OscarErrorOptions = {}) {
    super(code, message, options);
    this.status = options.status;
    this.said = options.said;
    this.retryable = options.retryable ?? false;
    this.unsent = options.unsent ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Codes of failures before anything was sent. */
const UNSENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|.*CERT.*|.*SELF_SIGNED.*|UNABLE_TO_VERIFY.*|ERR_TLS_.*)$/;
/** Codes of failures that a repetition does not change. */
const LASTING =
  /^(ENOTFOUND|ERR_INVALID_URL|UND_ERR_INVALID_ARG|EPROTO|ERR_SSL_.*|ERR_TLS_.*|.*CERT.*|.*SELF_SIGNED.*|UNABLE_TO_VERIFY.*)$/;

/** What sending a request has thrown, as an error of ours. `whom` is what the message calls the other side. */
export function connectionError(whom: string, origin: string, cause: unknown): OscarError {
  const code = String((cause as { code?: unknown } | undefined)?.code ?? '');
  const isTrust = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code);
  const why = /TIMEOUT/.test(code) ? 'it does not answer in time' : messageOf(cause) || code;
  const hint = isTrust
    ? 'Name the file of its authority (fdl cluster add ID --ca FILE, or NODE_EXTRA_CA_CERTS), or, if you trust the network, take any: fdl cluster add ID --no-ssl-verify, or "ssl_verify: false" in the file.'
    : (otherScheme(origin, code) ?? 'Check its endpoint and the network.');
  return new OscarError('oscar-unreachable', `${whom} at ${origin} cannot be reached: ${why}`, {
    hint,
    retryable: !LASTING.test(code),
    unsent: UNSENT.test(code),
    cause,
  });
}

/** Codes of a server that speaks HTTP where TLS was spoken, and of one that speaks TLS where HTTP was. */
const NO_TLS = /^(EPROTO|ERR_SSL_.*)$/;
const NO_HTTP = /^(ECONNRESET|UND_ERR_SOCKET|HPE_.*)$/;

/** The hint of an endpoint whose scheme may be the wrong one. */
function otherScheme(origin: string, code: string): string | undefined {
  const isTls = origin.startsWith('https:');
  if (!(isTls ? NO_TLS : NO_HTTP).test(code)) return undefined;
  const [what, scheme] = isTls ? ['HTTP without TLS', 'http:'] : ['TLS', 'https:'];
  return `The server may speak ${what}: write its endpoint as ${origin.replace(/^https?:/, scheme)}.`;
}

interface Refusal {
  /** What the message calls the cluster: `cluster lab`. */
  readonly whom: string;
  readonly status: number;
  /** The answer's body, which is plain text. */
  readonly body: string;
  /** What was asked: `GET /system/info`. */
  readonly what: string;
  readonly retryAfterMs?: number | undefined;
}

/** What the server says of paths that its release does not have. Of what is not there, it mostly says nothing. */
export const NO_ROUTE = '404 page not found';

/** An answer that is no success, as an error of ours. */
export function refusal({ whom, status, body, what, retryAfterMs }: Refusal): OscarError {
  const page = pageText(body);
  const said = page === undefined ? sentence(body) : `${page} (HTTP status ${status})`;
  const about = said ? `: ${said}` : ` (${status})`;
  const make = (code: OscarErrorCode, message: string, hint?: string) =>
    new OscarError(code, message, { hint, status, said });
  if (status === 401) {
    const hint = 'Check user and password, or the token: fdl cluster add stores new ones.';
    return make('oscar-denied', `${whom} does not accept the login${said && about}`, hint);
  }
  if (status === 403) {
    const hint = 'Log in as its owner, or as the administrator of the cluster.';
    return make('oscar-denied', `${whom} does not allow ${what}${about}`, hint);
  }
  if (status === 404 && (body.trim() === NO_ROUTE || page !== undefined)) {
    const hint = 'Check that the endpoint is that of an OSCAR cluster, and its release: fdl cluster info.';
    return make('oscar-unsupported', `${whom} does not know ${what}${page ? about : ''}`, hint);
  }
  if (status === 404) return make('oscar-not-found', `${whom} has nothing for ${what}${said && about}`);
  const isRedirected = status >= 300 && status < 400;
  if (isRedirected || (status === 400 && PLAIN_HTTP.test(body))) {
    const address = isRedirected && said ? 'as the address that it redirects to' : 'with https://';
    return make('oscar-failed', `${whom} failed at ${what}${about}`, `Write its endpoint ${address}.`);
  }
  if (status === 409) return make('oscar-conflict', `${whom} refused ${what}${about}`);
  if (status === 400 || status === 413) return make('oscar-refused', `${whom} refused ${what}${about}`);
  const retryable = status === 429 || status === 502 || status === 503 || status === 504;
  const hint =
    'The cluster, or what stands before it, has trouble: do the same again later, or ask who runs it.';
  const options = { hint, status, said, retryable, retryAfterMs };
  return new OscarError('oscar-failed', `${whom} failed at ${what}${about}`, options);
}

/** What servers that speak TLS say of HTTP without it. Rules: Go's `net/http`; nginx's answer 497. */
const PLAIN_HTTP = /HTTP request (to an HTTPS server|was sent to HTTPS port)/i;

/** Characters of a server's text that a message quotes. */
const LONGEST_QUOTE = 500;

/** The text of an answer on one line; other markup says nothing. */
function sentence(body: string): string {
  // Before it is cut, since what is left of a credential would not be known for one.
  const text = maskCredentials(body).trim().replace(/\s+/g, ' ');
  if (text.startsWith('<')) return '';
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
}
