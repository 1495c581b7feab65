/** The `Authorization` of requests to a cluster. */
import { hideCredentials, hideLogin, reveal } from '../../../secret.ts';
import type { Login } from './access.ts';
import { type AccessToken, agentToken, exchangeRefreshToken } from './oidc.ts';

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
    hideLogin(login.user, login.password);
    const pair = Buffer.from(`${login.user}:${reveal(login.password)}`).toString('base64');
    return { header: async () => `Basic ${pair}`, renew: () => false };
  }
  if (login.kind === 'token') {
    hideCredentials(login.token);
    const token = reveal(login.token).trim();
    return { header: async () => `Bearer ${token}`, renew: () => false };
  }
  if (login.kind === 'oidc-agent')
    return exchanging(() => agentToken(login.account, environment['OIDC_SOCK']));
  hideCredentials(login.token);
  return exchanging((signal) => exchangeRefreshToken(reveal(login.token).trim(), signal));
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
