/** Access tokens of OIDC: from a refresh token, or from the oidc-agent of this machine. */
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { FdlError, messageOf } from '../../../errors.ts';
import { hideCredentials } from '../../../secret.ts';
import { openTransport } from './transport.ts';

/** An access token, and the time from which on it should not be used any more, in milliseconds since 1970. */
export interface AccessToken {
  readonly token: string;
  readonly until: number;
}

/** Milliseconds that a token must be good for when a request is sent. */
const SPARE = 30_000;
/** Seconds that a token counts whose issuer does not say it. */
const USUAL_LIFETIME = 300;

interface Claims {
  readonly iss?: string;
  readonly azp?: string;
  readonly scope?: string;
  readonly exp?: number;
}

/**
 * Exchanges a refresh token. Where and as whom, the token itself says: it is a JWT with `iss`, `azp` and `scope`, and
 * issuers are Keycloak servers. Rule: OSCAR-CLI, `getAccessToken`.
 * @throws FdlError `oscar-token-invalid`, OscarError `oscar-denied`, `oscar-unreachable`
 */
export async function exchangeRefreshToken(refreshToken: string, signal?: AbortSignal): Promise<AccessToken> {
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
    const answer = JSON.parse(body.toString('utf8')) as { access_token?: string; expires_in?: number };
    if (!answer.access_token) throw invalidToken('its issuer gave no access token');
    return lasting(answer.access_token, answer.expires_in);
  } catch (error) {
    if (error instanceof FdlError && error.code === 'oscar-refused')
      throw invalidToken('its issuer refuses it', error);
    throw error;
  } finally {
    await transport.close();
  }
}

function lasting(token: string, seconds = USUAL_LIFETIME): AccessToken {
  hideCredentials(token);
  return { token, until: Date.now() + seconds * 1000 - SPARE };
}

/** @throws FdlError `oscar-token-invalid` */
function claimsOf(token: string): Claims {
  try {
    return JSON.parse(Buffer.from(token.trim().split('.')[1] ?? '', 'base64url').toString('utf8')) as Claims;
  } catch {
    throw invalidToken('it is no JWT');
  }
}

function invalidToken(why: string, cause?: unknown): FdlError {
  return new FdlError('oscar-token-invalid', `the refresh token cannot be used: ${why}`, {
    hint: 'Get a new one from your identity provider and store it: fdl cluster add … --refresh-token-stdin.',
    cause,
  });
}

/** Milliseconds. */
const AGENT_TIMEOUT = 10_000;
/** Seconds that the agent's token must be good for. */
const AGENT_LIFETIME = 600;

/**
 * Asks the oidc-agent that `OIDC_SOCK` names. Protocol: https://indigo-dc.gitbook.io/oidc-agent/api
 * @throws FdlError `oidc-agent-failed`
 */
export async function agentToken(account: string, socket: string | undefined): Promise<AccessToken> {
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
    const answer = JSON.parse(await text(connection)) as { access_token?: string; error?: string };
    if (answer.access_token) return lasting(answer.access_token, AGENT_LIFETIME);
    throw new Error(answer.error ?? 'it gave no token');
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
