/** Tokens for Rucio: those of the file, or such that its refresh token is exchanged for. Rule: faas-supervisor, `OIDCUtils`. */
import { hideCredentials, reveal } from '../../secret.ts';
import { StorageError } from '../error.ts';
import { openHttp } from '../http.ts';
import type { HttpSubject } from '../http-error.ts';
import { askToken, endOf, heldToken } from '../oauth.ts';
import type { OpenableStore } from '../store.ts';

/** EGI Check-in. */
const ENDPOINT = 'https://aai.egi.eu/auth/realms/egi/protocol/openid-connect/token';
const CLIENT = 'token-portal';
const SCOPE = 'openid profile offline_access eduperson_entitlement';

/** A function that answers a token which still counts. */
export function rucioTokens({ credentials, verifyTls, ca }: OpenableStore) {
  const given = (name: string) => reveal(credentials[name] ?? '');
  const access = given('access_token') || given('token');
  const refresh = given('refresh_token');
  hideCredentials(access, refresh);
  const uri = given('token_endpoint') || ENDPOINT;
  const audience = given('oidc_audience');
  const form = {
    grant_type: 'refresh_token',
    refresh_token: refresh,
    client_id: CLIENT,
    scope: SCOPE,
    ...(audience && { resource: audience }),
  };
  const http = openHttp({ verifyTls, ca });
  const refreshed = heldToken((subject) => askToken({ uri, form }, http, subject));
  return async (subject: HttpSubject): Promise<string> => {
    const isOver = access === '' || (endOf(access) ?? Number.POSITIVE_INFINITY) < Date.now();
    if (!isOver) return access;
    if (refresh === '') throw over(subject);
    return refreshed(subject);
  };
}

function over({ store }: HttpSubject): StorageError {
  return new StorageError('storage-denied', `the token of "${store}" has expired`, {
    hint: 'Give it a "refresh_token", from which tokens are made as they are needed.',
  });
}
