/**
 * Fetches bearer tokens. Rules: https://distribution.github.io/distribution/spec/auth/token/ and …/auth/oauth/
 */
import { pageText } from '../../html-page.ts';
import { asObject, parseJson } from '../../json.ts';
import { hideCredentials } from '../../secret.ts';
import { RegistryError, refusalError } from '../error.ts';
import type { Credentials } from './credentials.ts';
import { type Endpoint, isThisMachine } from './endpoint.ts';
import { type HttpRequest, type Send, textOf } from './transport.ts';

export interface Token {
  readonly value: string;
  /** When to ask for a new one; milliseconds since 1970. */
  readonly renewAt: number;
  /** Why it was asked for without credentials. */
  readonly problem?: string | undefined;
}

interface TokenQuery {
  readonly endpoint: Endpoint;
  readonly challenge: Extract<Challenge, { scheme: 'bearer' }>;
  readonly scopes: readonly string[];
  readonly credentials?: Credentials | undefined;
  /** Why there are no credentials. */
  readonly problem?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Seconds that a token is good for where the answer does not say. */
const USUAL_LIFE = 60;
/** Seconds before its end at which a token is not used any more. */
const MARGIN = 10;

/** Whom a token is fetched for. */
const CLIENT = 'fdl';

/**
 * A token for some scopes.
 * @throws RegistryError `image-denied`, `registry-failed`
 */
export async function fetchToken(send: Send, query: TokenQuery): Promise<Token> {
  const { endpoint, scopes } = query;
  if (query.credentials?.kind === 'token') {
    return { value: query.credentials.token.reveal(), renewAt: Number.POSITIVE_INFINITY };
  }
  const realm = realmOf(query);
  const problem = withheld(query, realm) ?? query.problem;
  const asked = problem === query.problem ? query : { ...query, credentials: undefined };
  const response = await send(tokenRequest(asked, realm));
  const text = await textOf(response.body);
  if (response.status !== 200) {
    const subject = `a token for ${scopes.join(' ') || endpoint.name}`;
    // What a token service does not find is an account or a service, never an image.
    const status = response.status === 404 ? 403 : response.status;
    throw refusalError({ status, headers: response.headers, text }, { subject, access: 'pull', problem });
  }
  return { ...readToken(text, endpoint), problem };
}

/** The token service gets the credentials, so it must be reached as safely as the registry itself. */
function realmOf({ endpoint, challenge }: TokenQuery): URL {
  const url = URL.canParse(challenge.realm) ? new URL(challenge.realm) : undefined;
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isPlainAllowed(url, endpoint));
  if (url && safe) return url;
  const message = `the registry ${endpoint.name} names a token service that is not safe: "${challenge.realm}"`;
  throw new RegistryError('registry-failed', message, { hint: 'Its operator has to name one with https.' });
}

/** Token services at another place than their registry, which anybody knows to be the registry's own. */
const TOKEN_SERVICES: Readonly<Record<string, string>> = {
  'docker.io': 'https://auth.docker.io',
  'registry.gitlab.com': 'https://gitlab.com',
  'registry.redhat.io': 'https://sso.redhat.com',
};

/** A registry could name any place as its token service: why credentials do not go there, if they do not. */
function withheld({ endpoint, credentials }: TokenQuery, { origin }: URL): string | undefined {
  if (!credentials || [endpoint.origin, TOKEN_SERVICES[endpoint.name]].includes(origin)) return undefined;
  return `the login for ${endpoint.name} is not sent to ${origin}, which the registry names as its token service`;
}

function isPlainAllowed(url: URL, endpoint: Endpoint): boolean {
  return isThisMachine(url.host) || (endpoint.plainHttp && url.origin === endpoint.origin);
}

function tokenRequest(query: TokenQuery, url: URL): HttpRequest {
  const { challenge, scopes, credentials, signal } = query;
  const identity = credentials?.kind === 'identity' ? credentials.token : undefined;
  const service: [string, string][] = challenge.service === undefined ? [] : [['service', challenge.service]];
  if (identity) {
    const form = new URLSearchParams([...service, ['client_id', CLIENT], ['scope', scopes.join(' ')]]);
    form.set('grant_type', 'refresh_token');
    form.set('refresh_token', identity.reveal());
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { method: 'POST', url: url.href, headers, body: Buffer.from(form.toString()), signal };
  }
  for (const [name, value] of [...service, ...scopes.map((scope) => ['scope', scope] as const)]) {
    url.searchParams.append(name, value);
  }
  const authorization = credentials?.kind === 'password' ? basic(credentials) : undefined;
  return { method: 'GET', url: url.href, headers: authorization ? { authorization } : {}, signal };
}

/** The value of an `Authorization` header for a password. */
export function basic({ username, password }: Extract<Credentials, { kind: 'password' }>): string {
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`;
}

function readToken(text: string, endpoint: Endpoint): Token {
  const answer = asObject(parseJson(text)?.value);
  const value = answer?.['token'] || answer?.['access_token'];
  if (typeof value !== 'string') {
    const page = pageText(text);
    const but = page === undefined ? '' : `, but ${page}`;
    throw new RegistryError('registry-failed', `the token service of ${endpoint.name} gave no token${but}`, {
      hint: 'Try again later.',
    });
  }
  hideCredentials(value);
  const stated = Number(answer?.['expires_in']);
  const life = stated > 0 ? stated : USUAL_LIFE;
  return { value, renewAt: Date.now() + Math.max(life - MARGIN, life / 2) * 1000 };
}

// Reads how a registry wants to be authorised: the header `WWW-Authenticate` (RFC 9110, 11.6.1).

export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'bearer';
      /** Where tokens are to be had. */
      readonly realm: string;
      readonly service?: string;
      /** What the refused call would have needed. */
      readonly scopes: readonly string[];
    };

const SCHEME = /^([a-z][\w-]*)(?:\s+(?![=\s])|(?=,)|$)/i;
const PARAMETER = /^([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))/;

/** The first challenge of a header that registries are known to use; Bearer before Basic. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  const challenges = [...parts(header ?? '')];
  const bearer = challenges.find(({ scheme, values }) => scheme === 'bearer' && values['realm']);
  if (bearer) return bearerChallenge(bearer.values);
  return challenges.some(({ scheme }) => scheme === 'basic') ? { scheme: 'basic' } : undefined;
}

interface Part {
  readonly scheme: string;
  readonly values: Readonly<Record<string, string>>;
}

/** Splits `Scheme a="x", b=y, Other c="z"`: commas stand between parameters, and between challenges too. */
function* parts(header: string): Generator<Part> {
  let rest = header.trim();
  while (rest !== '') {
    const scheme = SCHEME.exec(rest);
    if (!scheme) return;
    rest = rest.slice(scheme[0].length);
    const values: Record<string, string> = {};
    for (let found = PARAMETER.exec(rest); found; found = PARAMETER.exec(rest)) {
      values[(found[1] ?? '').toLowerCase()] = found[2]?.replace(/\\(.)/g, '$1') ?? found[3] ?? '';
      rest = rest.slice(found[0].length).replace(/^[\s,]+/, '');
    }
    yield { scheme: (scheme[1] ?? '').toLowerCase(), values };
    rest = rest.replace(/^[\s,]+/, '');
  }
}

function bearerChallenge(values: Readonly<Record<string, string>>): Challenge {
  const { realm = '', service, scope = '' } = values;
  const scopes = scope.split(' ').filter((each) => each !== '');
  return { scheme: 'bearer', realm, scopes, ...(service !== undefined && { service }) };
}
