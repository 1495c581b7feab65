/**
 * How a cluster is reached and who logs in: the `Authorization` of its requests, and access tokens of OIDC, from a refresh
 * token or from the oidc-agent of this machine.
 */

import { createConnection } from 'node:net';
import { readBounded } from '../../../bounds.ts';
import { FdlError, messageOf } from '../../../errors.ts';
import { asObject, asText, parseJson } from '../../../json.ts';
import { hideCredentials, hideLogin, reveal, Secret, type Text } from '../../../secret.ts';
import { ACCESS_TOKEN } from './shapes.ts';
import { openTransport } from './transport.ts';

/** As whom: a user of the cluster, or one of an OIDC issuer. */
export type Login =
  | { readonly kind: 'basic'; readonly user: string; readonly password: Text }
  /** An access token, as it is. */
  | { readonly kind: 'token'; readonly token: Text }
  /** A refresh token, which is exchanged for access tokens. */
  | RefreshLogin
  /** An account of the oidc-agent that runs here. */
  | { readonly kind: 'oidc-agent'; readonly account: string };

export interface RefreshLogin {
  readonly kind: 'refresh-token';
  readonly token: Text;
  /** Takes the one that the issuer gave in its place, which may be the only one that counts from then on. */
  readonly keep?: ((token: Secret) => Promise<void>) | undefined;
}

export interface ClusterAccess {
  readonly id: string;
  /** URL with its scheme, without a slash at its end. */
  readonly endpoint: string;
  /** False takes any certificate, of this cluster alone. */
  readonly verifyTls: boolean;
  /** A file with certificates of its own authority, in PEM. */
  readonly ca?: string | undefined;
  readonly login: Login;
}

/** What people should know of an access, as whole sentences. */
export function accessWarnings({ id, endpoint, verifyTls }: ClusterAccess): readonly string[] {
  if (verifyTls) return [];
  const why = 'whoever is on the way can read along';
  return endpoint.startsWith('https:') ? [`The certificate of cluster ${id} is not checked: ${why}.`] : [];
}

export interface Authorizer {
  /** The header's value. Tokens that were exchanged are kept until they are over. */
  header(signal?: AbortSignal): Promise<string>;
  /** Forgets an exchanged token that was not accepted. True if a new one may help. */
  renew(): boolean;
}

/** What stands behind a login. */
export function openAuthorizer(
  login: Login,
  environment: Readonly<Record<string, string | undefined>>,
): Authorizer {
  if (login.kind === 'basic') {
    const header = async () => {
      hideLogin(login.user, login.password);
      return `Basic ${Buffer.from(`${login.user}:${reveal(login.password)}`).toString('base64')}`;
    };
    return { header, renew: () => false };
  }
  if (login.kind === 'token') {
    const header = async () => {
      hideCredentials(login.token);
      return `Bearer ${reveal(login.token).trim()}`;
    };
    return { header, renew: () => false };
  }
  if (login.kind === 'oidc-agent')
    return exchanging(() => agentToken(login.account, environment['OIDC_SOCK']));
  return exchanging(refreshing(login));
}

/** Exchanges the latest refresh token. Rule: RFC 6749, 6: a new one replaces the one before. */
function refreshing({ token: first, keep }: RefreshLogin) {
  let latest = first;
  return async (signal?: AbortSignal): Promise<AccessToken> => {
    hideCredentials(latest);
    const before = reveal(latest).trim();
    const { next, ...access } = await exchangeRefreshToken(before, signal);
    if (next !== undefined && next !== before) {
      hideCredentials(next);
      latest = new Secret(next);
      // Where it cannot be kept, the one before mostly counts as well; where it does not, the next login says so.
      await keep?.(latest).catch(() => undefined);
    }
    return access;
  };
}

/** One exchange at a time; everybody waits for it. */
function exchanging(exchange: (signal?: AbortSignal) => Promise<AccessToken>): Authorizer {
  let current: Promise<AccessToken> | undefined;
  const fresh = (signal: AbortSignal | undefined) => {
    const made = exchange(signal);
    current = made;
    made.catch(() => {
      if (current === made) current = undefined;
    });
    return made;
  };
  return {
    header: async (signal) => {
      if (current === undefined) return `Bearer ${(await fresh(signal)).token}`;
      const asked = current;
      const known = await asked;
      if (known.until > Date.now()) return `Bearer ${known.token}`;
      // Of several that wait, the first one exchanges it.
      const next = current === asked || current === undefined ? fresh(signal) : current;
      return `Bearer ${(await next).token}`;
    },
    renew: () => {
      const hadToken = current !== undefined;
      current = undefined;
      return hadToken;
    },
  };
}

/** An access token, and the time from which on it should not be used any more, in milliseconds since 1970. */
interface AccessToken {
  readonly token: string;
  readonly until: number;
}

/** Milliseconds that a token must be good for when a request is sent. */
const SPARE = 30_000;
/** Seconds that a token counts whose issuer does not say it. */
const USUAL_LIFETIME = 300;

interface Claims {
  readonly iss: string | undefined;
  readonly azp: string | undefined;
  readonly scope: string | undefined;
}

/**
 * Exchanges a refresh token. Where and as whom, the token itself says: it is a JWT with `iss`, `azp` and `scope`, and
 * issuers are Keycloak servers. Rule: OSCAR-CLI, `getAccessToken`.
 * @throws FdlError `oscar-token-invalid`, OscarError `oscar-denied`, `oscar-unreachable`
 */
async function exchangeRefreshToken(
  refreshToken: string,
  signal?: AbortSignal,
): Promise<AccessToken & { readonly next: string | undefined }> {
  const { iss, azp = '', scope = '' } = claimsOf(refreshToken);
  if (!iss || !/^https?:\/\//.test(iss)) throw invalidToken('it does not say who issued it');
  const transport = openTransport({ whom: 'the issuer', endpoint: iss.replace(/\/+$/, ''), verifyTls: true });
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: azp, scope };
  try {
    const { body } = await transport.send({
      method: 'POST',
      path: '/protocol/openid-connect/token',
      body: new URLSearchParams(form).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      repeat: 'unsent',
      signal,
    });
    const answer = parseJson(body.toString('utf8'))?.value;
    const problem = ACCESS_TOKEN(answer, '');
    if (problem !== undefined) throw invalidToken(`its issuer ${iss} gave no access token: ${problem}`);
    const { access_token, expires_in } = answer as { access_token: string; expires_in?: unknown };
    return { ...lasting(access_token, expires_in), next: asText(asObject(answer)?.['refresh_token']) };
  } catch (error) {
    if (error instanceof FdlError && error.code === 'oscar-refused')
      throw invalidToken('its issuer refuses it', error);
    throw error;
  } finally {
    await transport.close();
  }
}

function lasting(token: string, lifetime: unknown): AccessToken {
  hideCredentials(token);
  const seconds = Number(lifetime) > 0 ? Number(lifetime) : USUAL_LIFETIME;
  return { token, until: Date.now() + seconds * 1000 - SPARE };
}

/** @throws FdlError `oscar-token-invalid` */
function claimsOf(token: string): Claims {
  const payload = Buffer.from(token.trim().split('.')[1] ?? '', 'base64url').toString('utf8');
  const claims = asObject(parseJson(payload)?.value);
  if (!claims) throw invalidToken('it is no JWT');
  return { iss: asText(claims['iss']), azp: asText(claims['azp']), scope: asText(claims['scope']) };
}

function invalidToken(why: string, cause?: unknown): FdlError {
  return new FdlError('oscar-token-invalid', `the refresh token cannot be used: ${why}`, {
    hint: 'Get a new one from your identity provider and store it: fdl cluster add … --refresh-token-stdin.',
    cause,
  });
}

/** Milliseconds. */
const AGENT_TIMEOUT = 10_000;
/** Bytes. */
const LONGEST_AGENT_ANSWER = 1024 * 1024;
/** Seconds that the agent's token must be good for. */
const AGENT_LIFETIME = 600;

/**
 * Asks the oidc-agent that `OIDC_SOCK` names. Protocol: https://indigo-dc.gitbook.io/oidc-agent/api
 * @throws FdlError `oidc-agent-failed`
 */
async function agentToken(account: string, socket: string | undefined): Promise<AccessToken> {
  if (!socket) throw agentError(account, 'OIDC_SOCK is not set');
  const asked = {
    request: 'access_token',
    account,
    min_valid_period: AGENT_LIFETIME,
    application_hint: 'fdl',
    scope: '',
  };
  const connection = createConnection(socket);
  connection.setTimeout(AGENT_TIMEOUT, () => connection.destroy(new Error('it does not answer in time')));
  try {
    connection.write(JSON.stringify(asked));
    const limits = { bytes: LONGEST_AGENT_ANSWER, ms: AGENT_TIMEOUT };
    const said = await readBounded(connection, limits, (why) => new Error(why));
    const answer = asObject(parseJson(said.toString('utf8'))?.value);
    const token = asText(answer?.['access_token']);
    if (token !== undefined) return lasting(token, AGENT_LIFETIME);
    throw new Error(asText(answer?.['error']) ?? 'it gave no token');
  } catch (error) {
    throw agentError(account, messageOf(error));
  } finally {
    connection.destroy();
  }
}

function agentError(account: string, why: string): FdlError {
  return new FdlError(
    'oidc-agent-failed',
    `the oidc-agent gives no token for the account "${account}": ${why}`,
    {
      hint: `Start it and load the account: eval "$(oidc-agent)" and oidc-add ${account}.`,
    },
  );
}
