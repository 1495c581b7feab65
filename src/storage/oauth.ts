/** Access tokens that servers of OAuth 2.0 give. Rule: RFC 6749 */
import { asNumber, asObject, asText, parseJson } from '../json.ts';
import { hideCredentials } from '../secret.ts';
import { StorageError } from './error.ts';
import type { Http } from './http.ts';
import { type HttpSubject, wrongAnswer } from './http-error.ts';

export interface Token {
  readonly token: string;
  /** Milliseconds since 1970, from which on it is not used any more. */
  readonly until: number;
}

/** Seconds that a token is not used any more before it ends, and that one counts of which nobody says it. */
const MARGIN = 120;
const USUAL = 3600;

/** A function that answers the token, which `ask` gets where there is none that still counts. */
export function heldToken(ask: (subject: HttpSubject) => Promise<Token>) {
  let held: Promise<Token> | undefined;
  let until = 0;
  return async (subject: HttpSubject): Promise<string> => {
    if (!held || Date.now() >= until) {
      // Whoever comes meanwhile waits for the same one.
      until = Number.POSITIVE_INFINITY;
      held = ask(subject);
      held.then(
        (got) => {
          until = got.until;
        },
        () => {
          held = undefined;
        },
      );
    }
    return (await held).token;
  };
}

/** What is asked. */
export interface Grant {
  /** URL of the server that gives tokens. */
  readonly uri: string;
  readonly form: Readonly<Record<string, string>>;
}

/** Asks for a token. Rejects with StorageError: `storage-denied` where the server gives none, and says why. */
export async function askToken({ uri, form }: Grant, http: Http, { store }: HttpSubject): Promise<Token> {
  const subject = { store, server: new URL(uri).origin, bucket: '', bucketName: '' };
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = new URLSearchParams(form).toString();
  const request = { method: 'POST', url: uri, headers, body, subject, accept: [400, 401] };
  const { answer, text } = await http.text(request);
  const said = asObject(parseJson(text)?.value);
  if (answer.status >= 400)
    throw refused(subject, asText(said?.['error_description']) ?? asText(said?.['error']));
  const token = asText(said?.['access_token']);
  if (token === undefined) throw wrongAnswer('the answer has no access token', subject);
  hideCredentials(token);
  const seconds = asNumber(said?.['expires_in']) ?? USUAL;
  return { token, until: Date.now() + (seconds - MARGIN) * 1000 };
}

function refused({ store, server }: HttpSubject, why = 'it says no more'): StorageError {
  const message = `${server} gives no token for the credentials of "${store}": ${why.replace(/\.$/, '')}`;
  const hint = 'Check that they are still valid, and that the clock of this machine is right.';
  return new StorageError('storage-denied', message, { hint });
}

/** When a token ends that says it by itself, in milliseconds since 1970. Rule: RFC 7519, section 4.1.4 */
export function endOf(token: string): number | undefined {
  const body = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  const seconds = asNumber(asObject(parseJson(body)?.value)?.['exp']);
  return seconds === undefined ? undefined : (seconds - MARGIN) * 1000;
}
