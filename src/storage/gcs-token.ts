/**
 * Access tokens of Google for the credentials that a file gives.
 * Rules: https://developers.google.com/identity/protocols/oauth2/service-account (a signed claim for a token), and
 * https://developers.google.com/identity/protocols/oauth2/web-server#offline (a refresh token for one).
 */
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { asNumber, asObject, asText, type JsonObject, parseJson } from '../json.ts';
import { hideCredentials } from '../secret.ts';
import { StorageError } from './error.ts';
import type { Http } from './http.ts';
import { type HttpSubject, wrongAnswer } from './http-error.ts';

const TOKEN_URI = 'https://oauth2.googleapis.com/token';
const SCOPE = 'https://www.googleapis.com/auth/devstorage.read_write';
/** Seconds: how long a claim counts, and how much earlier than it ends a token is not used any more. */
const CLAIM = 3600;
const MARGIN = 120;

/** What asks for a token. */
interface Grant {
  readonly uri: string;
  /** The form that is sent; a claim is signed anew each time. */
  readonly form: () => Readonly<Record<string, string>>;
}

/**
 * Answers the header with a token, which is asked for when there is none that still counts.
 * @throws StorageError `storage-denied`: the credentials are none
 */
export function gcsTokens(store: string, credentials: string, http: Http) {
  const grant = grantOf(store, credentials);
  let held: Promise<Token> | undefined;
  let until = 0;
  return async (subject: HttpSubject): Promise<Readonly<Record<string, string>>> => {
    if (!held || Date.now() >= until) {
      // Whoever comes meanwhile waits for the same one.
      until = Number.POSITIVE_INFINITY;
      held = ask(grant, http, { ...subject, server: new URL(grant.uri).origin });
      held.then(
        (got) => {
          until = got.until;
        },
        () => {
          held = undefined;
        },
      );
    }
    return { authorization: `Bearer ${(await held).token}` };
  };
}

interface Token {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

async function ask({ uri, form }: Grant, http: Http, subject: HttpSubject): Promise<Token> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = new URLSearchParams(form()).toString();
  const { answer, text } = await http.text({
    method: 'POST',
    url: uri,
    headers,
    body,
    subject,
    accept: [400],
  });
  const said = asObject(parseJson(text)?.value);
  const token = asText(said?.['access_token']);
  if (answer.status === 400)
    throw refused(subject, asText(said?.['error_description']) ?? asText(said?.['error']));
  if (token === undefined) throw wrongAnswer('the answer has no access token', subject);
  hideCredentials(token);
  const seconds = asNumber(said?.['expires_in']) ?? CLAIM;
  return { token, until: Date.now() + (seconds - MARGIN) * 1000 };
}

function refused({ store, server }: HttpSubject, why = 'it says no more'): StorageError {
  const message = `${server} gives no token for the credentials of "${store}": ${why.replace(/\.$/, '')}`;
  const hint = 'Check that the key was not deleted, and that the clock of this machine is right.';
  return new StorageError('storage-denied', message, { hint });
}

function grantOf(store: string, credentials: string): Grant {
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
