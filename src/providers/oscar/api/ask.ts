/** Asks a cluster with its login, and reads what it answers: of the right shape, or why it is not. */
import { pageText } from '../../../html-page.ts';
import { parseJson } from '../../../json.ts';
import { type Shape, withoutNulls } from '../../../shape.ts';
import { OscarError } from './error.ts';
import type { Request, Response } from './transport.ts';

/** A request, with the token of a service where that logs in. */
export type Asked = Request & { readonly token?: string | undefined };

/** Sends requests with the login of a cluster. */
export interface Ask {
  /** What messages call the cluster. */
  readonly whom: string;
  send(request: Asked): Promise<Response>;
  open(request: Asked): Promise<Response<AsyncIterable<Uint8Array>>>;
}

export const JSON_BODY = { 'content-type': 'application/json' } as const;

export async function get(
  ask: Ask,
  path: string,
  shape: Shape,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const { body } = await ask.send({ method: 'GET', path, repeat: 'always', signal });
  return parsed(ask, path, body, shape);
}

/** What an answer says in JSON, which is of that shape, without fields that are null. */
export function parsed(ask: Ask, path: string, answer: Buffer, shape: Shape): unknown {
  const text = answer.toString('utf8');
  const json = parseJson(text);
  const problem = json ? shape(json.value, '') : `it is ${pageText(text) ?? 'no JSON'}`;
  if (problem === undefined) return withoutNulls(json?.value);
  throw strange(ask, path, problem);
}

export function strange({ whom }: Ask, path: string, why: string): OscarError {
  const hint = 'Check that the endpoint is that of an OSCAR cluster.';
  const message = `${whom} does not answer ${path.split('?')[0]} as OSCAR does: ${why}`;
  return new OscarError('oscar-failed', message, { hint });
}

export function endlessList({ whom }: Ask, path: string, why: string): OscarError {
  return new OscarError('oscar-failed', `${whom} failed at GET ${path}: ${why}`, {
    hint: 'Ask who runs the cluster, or what stands before it.',
  });
}

export function hidden({ whom }: Ask, path: string): OscarError {
  const hint = 'Log in as its owner, or as the administrator of the cluster.';
  return new OscarError('oscar-denied', `${whom} does not show ${path.split('?')[0]} to you`, { hint });
}

/** Whether an error came without a word: the server's own code broke. */
export function isSilent({ said }: OscarError): boolean {
  return said === '';
}

export async function unlessAbsent<T>(run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof OscarError && error.code === 'oscar-not-found') return undefined;
    throw error;
  }
}

/** The log of a job whose pod does not exist yet is a 500 that says nothing, and of one that is gone a 404. */
export async function unlessPodless<T>(run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await unlessAbsent(run);
  } catch (error) {
    if (error instanceof OscarError && error.status === 500 && isSilent(error)) return undefined;
    throw error;
  }
}
