/**
 * Access tokens of Google for the credentials that a file gives.
 * Rules: https://developers.google.com/identity/protocols/oauth2/service-account (a signed claim for a token), and
 * https://developers.google.com/identity/protocols/oauth2/web-server#offline (a refresh token for one).
 */
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { asObject, asText, type JsonObject, parseJson } from '../../json.ts';
import { hideCredentials } from '../../secret.ts';
import { StorageError } from '../error.ts';
import type { Http } from '../http.ts';
import { askToken, heldToken } from '../oauth.ts';

const TOKEN_URI = 'https://oauth2.googleapis.com/token';
const SCOPE = 'https://www.googleapis.com/auth/devstorage.read_write';
/** Seconds that a claim counts. */
const CLAIM = 3600;

/** What asks for a token. */
interface Asking {
  readonly uri: string;
  /** The form that is sent; a claim is signed anew each time. */
  readonly form: () => Readonly<Record<string, string>>;
}

/**
 * A function that answers a token; one is asked for when there is none that still counts.
 * @throws StorageError `storage-denied`: the credentials are none
 */
export function gcsTokens(store: string, credentials: string, http: Http) {
  const { uri, form } = askingOf(store, credentials);
  return heldToken((subject) => askToken({ uri, form: form() }, http, subject));
}

function askingOf(store: string, credentials: string): Asking {
  const json = asObject(parseJson(credentials)?.value);
  if (!json) throw unusable(store, 'they are no JSON');
  const uri = asText(json['token_uri']) ?? TOKEN_URI;
  if (!URL.canParse(uri) || !/^https?:/.test(uri)) throw unusable(store, '"token_uri" is no URL');
  if (json['type'] === 'authorized_user') return { uri, form: refreshing(store, json) };
  const email = need(store, json, 'client_email');
  const key = privateKey(store, need(store, json, 'private_key'));
  return {
    uri,
    form: () => ({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: claim(email, uri, key, asText(json['private_key_id'])),
    }),
  };
}

function refreshing(store: string, json: JsonObject) {
  const [client_id, client_secret, refresh_token] = [
    need(store, json, 'client_id'),
    need(store, json, 'client_secret'),
    need(store, json, 'refresh_token'),
  ];
  hideCredentials(client_secret, refresh_token);
  return () => ({ grant_type: 'refresh_token', client_id, client_secret, refresh_token });
}

/** A signed claim. Rules: RFC 7515, RFC 7523. */
function claim(email: string, audience: string, key: KeyObject, keyId: string | undefined): string {
  const now = Math.floor(Date.now() / 1000);
  const head = { alg: 'RS256', typ: 'JWT', ...(keyId && { kid: keyId }) };
  const body = { iss: email, scope: SCOPE, aud: audience, iat: now, exp: now + CLAIM };
  const text = [head, body].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), key).toString('base64url')}`;
}

function privateKey(store: string, pem: string): KeyObject {
  hideCredentials(pem);
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw unusable(store, '"private_key" is no key in PEM', cause);
  }
}

function need(store: string, json: JsonObject, field: string): string {
  const value = asText(json[field]);
  if (value === undefined) throw unusable(store, `they have no "${field}"`);
  return value;
}

function unusable(store: string, why: string, cause?: unknown): StorageError {
  return new StorageError('storage-denied', `the credentials of "${store}" cannot be used: ${why}`, {
    hint: 'Give it the whole JSON of a key of a service account.',
    cause,
  });
}
