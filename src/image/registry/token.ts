/**
 * Fetches bearer tokens. Rules: https://distribution.github.io/distribution/spec/auth/token/ and …/auth/oauth/
 */

import { hideCredentials } from '../../secret.ts';
import type { Challenge } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import type { Endpoint } from './endpoint.ts';
import { isThisMachine } from './endpoint.ts';
import { RegistryError } from './error.ts';
import { refusalError } from './refusal.ts';
import type { HttpRequest, Send } from './transport.ts';
import { textOf } from './transport.ts';

export interface Token {
  readonly value: string;
  /** When to ask for a new one; milliseconds since 1970. */
  readonly renewAt: number;
}

export interface TokenQuery {
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
  const response = await send(tokenRequest(query, realmOf(query)));
  const text = await textOf(response.body);
  if (response.status !== 200) {
    const subject = `a token for ${scopes.join(' ') || endpoint.name}`;
    // What a token service does not find is an account or a service, never an image.
    const status = response.status === 404 ? 403 : response.status;
    throw refusalError(
      { status, headers: response.headers, text },
      { subject, access: 'pull', problem: query.problem },
    );
  }
  return readToken(text, endpoint);
}

/** The token service gets the credentials, so it must be reached as safely as the registry itself. */
function realmOf({ endpoint, challenge }: TokenQuery): URL {
  const url = URL.canParse(challenge.realm) ? new URL(challenge.realm) : undefined;
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isPlainAllowed(url, endpoint));
  if (url && safe) return url;
  const message = `the registry ${endpoint.name} names a token service that is not safe: "${challenge.realm}"`;
  throw new RegistryError('registry-failed', message, { hint: 'Its operator has to name one with https.' });
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
  const answer = parsed(text);
  const value = answer?.['token'] || answer?.['access_token'];
  if (typeof value !== 'string') {
    throw new RegistryError('registry-failed', `the token service of ${endpoint.name} gave no token`, {
      hint: 'Try again later.',
    });
  }
  hideCredentials(value);
  const stated = Number(answer?.['expires_in']);
  const life = stated > 0 ? stated : USUAL_LIFE;
  return { value, renewAt: Date.now() + Math.max(life - MARGIN, life / 2) * 1000 };
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
