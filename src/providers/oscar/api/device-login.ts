/** Logging in at an OIDC issuer in a browser, wherever that runs. Rule: RFC 8628. */
import { setTimeout as wait } from 'node:timers/promises';
import { FdlError } from '../../../errors.ts';
import { asObject, asText, parseJson } from '../../../json.ts';
import { hideCredentials, Secret } from '../../../secret.ts';
import { aNumber, aText, filledText, maybe, type Shape, withFields } from '../../../shape.ts';
import { OscarError } from './error.ts';
import { openTransport, type Response } from './transport.ts';

export interface DeviceLogin {
  /** URL of the issuer. */
  readonly issuer: string;
  /** Id of a public client of it. */
  readonly client: string;
  /** With spaces between. */
  readonly scope: string;
  readonly signal: AbortSignal;
  /** Takes what whoever logs in has to do. */
  readonly show: (step: DeviceStep) => void;
}

export interface DeviceStep {
  /** The page to open. */
  readonly url: string;
  /** What to enter there. */
  readonly code: string;
}

interface DeviceAnswer {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete?: string;
  readonly expires_in: number;
  readonly interval?: number;
}

const DEVICE: Shape = withFields({
  device_code: filledText,
  user_code: filledText,
  verification_uri: filledText,
  verification_uri_complete: maybe(aText),
  expires_in: aNumber,
  interval: maybe(aNumber),
});
const METADATA: Shape = withFields({
  device_authorization_endpoint: filledText,
  token_endpoint: filledText,
});
const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
/** Seconds between two questions where the issuer names none, and what is added where it says that they come too fast. */
const INTERVAL = 5;

/**
 * Answers a refresh token, once somebody has agreed in a browser.
 * @throws FdlError `login-unsupported`, `login-denied`, `login-expired`, `login-refused`, OscarError `oscar-unreachable`
 */
export async function deviceLogin(login: DeviceLogin): Promise<Secret> {
  const { issuer, client, scope, signal, show } = login;
  const metadata = await metadataOf(login);
  const asked = await post(login, metadata.device_authorization_endpoint, { client_id: client, scope });
  if ('error' in asked) throw refused(login, asked);
  const device = checked<DeviceAnswer>(asked.value, DEVICE, issuer);
  hideCredentials(device.device_code);
  const { verification_uri_complete: whole, verification_uri: page, user_code: code } = device;
  show({ url: whole ?? page, code });
  const until = Date.now() + device.expires_in * 1000;
  let interval = device.interval ?? INTERVAL;
  while (Date.now() < until) {
    await wait(interval * 1000, undefined, { signal });
    const form = { grant_type: GRANT, device_code: device.device_code, client_id: client };
    const answer = await post(login, metadata.token_endpoint, form);
    if (!('error' in answer)) return tokenOf(answer.value, login);
    if (answer.error === 'slow_down') interval += INTERVAL;
    else if (answer.error !== 'authorization_pending') throw refused(login, answer);
  }
  throw refused(login, { error: 'expired_token' });
}

interface Metadata {
  readonly device_authorization_endpoint: string;
  readonly token_endpoint: string;
}

/** Rule: OpenID Connect Discovery 1.0, 4. */
async function metadataOf({ issuer, signal }: DeviceLogin): Promise<Metadata> {
  const path = '/.well-known/openid-configuration';
  const body = await send(issuer, ({ send: ask }) =>
    ask({ method: 'GET', path, repeat: 'always', signal }),
  ).catch((cause: unknown) => {
    const isElsewhere = cause instanceof OscarError && cause.status === 404;
    if (!isElsewhere) throw cause;
    const hint = 'Name it as its own page does, with all of its path: --issuer https://HOST/realms/NAME.';
    throw new FdlError('login-unsupported', `there is no issuer of OpenID Connect at ${issuer}`, {
      hint,
      cause,
    });
  });
  const value = parseJson(body.toString('utf8'))?.value;
  if (asObject(value) && !asText(asObject(value)?.['device_authorization_endpoint'])) {
    const hint =
      'Get a refresh token from it in another way, and store it: fdl cluster add … --refresh-token-stdin.';
    throw new FdlError('login-unsupported', `the issuer ${issuer} has no logins by code`, { hint });
  }
  return checked<Metadata>(value, METADATA, issuer);
}

type Answer =
  | { readonly value: unknown }
  | { readonly error: string; readonly description?: string | undefined };

/** Issuers answer errors as JSON, with the status 400 or 401. */
async function post(
  { signal }: DeviceLogin,
  url: string,
  form: Readonly<Record<string, string>>,
): Promise<Answer> {
  const { origin, pathname, search } = new URL(url);
  const request = {
    method: 'POST',
    path: pathname + search,
    body: new URLSearchParams(form).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    repeat: 'unsent',
    signal,
  } as const;
  try {
    const body = await send(origin, (transport) => transport.send(request));
    return { value: parseJson(body.toString('utf8'))?.value };
  } catch (thrown) {
    const said = thrown instanceof OscarError ? asObject(parseJson(thrown.said ?? '')?.value) : undefined;
    const error = asText(said?.['error']);
    if (error === undefined) throw thrown;
    return { error, description: asText(said?.['error_description']) };
  }
}

async function send(
  endpoint: string,
  ask: (transport: ReturnType<typeof openTransport>) => Promise<Response>,
): Promise<Buffer> {
  const whom = 'the issuer';
  const transport = openTransport({ whom, endpoint: endpoint.replace(/\/+$/, ''), verifyTls: true });
  try {
    return (await ask(transport)).body;
  } finally {
    await transport.close();
  }
}

function checked<T>(value: unknown, shape: Shape, issuer: string): T {
  const problem = shape(value, '');
  if (problem === undefined) return value as T;
  throw new FdlError('login-refused', `the issuer ${issuer} does not answer as RFC 8628 says: ${problem}`);
}

function tokenOf(value: unknown, { issuer, scope }: DeviceLogin): Secret {
  const token = asText(asObject(value)?.['refresh_token']);
  if (token !== undefined && token !== '') return new Secret(token);
  const hint = `Ask for another scope with --scope; "${scope}" was asked for.`;
  throw new FdlError('login-refused', `the issuer ${issuer} gives no refresh token`, { hint });
}

function refused({ issuer, client }: DeviceLogin, answer: Extract<Answer, { error: string }>): FdlError {
  const { error, description } = answer;
  if (error === 'access_denied')
    return new FdlError('login-denied', `whoever was asked at ${issuer} did not agree to the login`);
  if (error === 'expired_token') {
    const hint = 'Do the same again, and enter the code sooner.';
    return new FdlError('login-expired', `nobody has entered the code at ${issuer} in time`, { hint });
  }
  const hint =
    'Name a public client that the issuer lets log in by code, and scopes that it has: --client, --scope.';
  const why = description === undefined ? error : `${error}: ${description}`;
  return new FdlError('login-refused', `the issuer ${issuer} refuses the client "${client}": ${why}`, {
    hint,
  });
}
