/** Requests that came over HTTP: API Gateway's events (payload 1.0 and 2.0), function URLs and load balancers. */

import { asObject, type JsonObject } from '../json.ts';
import { type QueryVariables, queryVariables } from './event-query.ts';

export interface HttpRequest extends QueryVariables {
  /** The content that was sent, decoded. */
  readonly bytes: Buffer;
  /** The request without its content. */
  readonly head: JsonObject;
}

/** Whether an event is a request over HTTP. */
export function isHttpRequest(event: JsonObject): boolean {
  const context = asObject(event['requestContext']);
  return typeof event['httpMethod'] === 'string' || asObject(context?.['http']) !== undefined;
}

/** The request, if the event is one. Only the gateway knows whether it encoded the content: nothing is guessed. */
export function httpRequest(event: JsonObject): HttpRequest | undefined {
  if (!isHttpRequest(event)) return undefined;
  const { body, ...head } = event;
  const bytes = bodyBytes(body, event['isBase64Encoded'] === true);
  return { bytes, head, ...queryVariables(event['queryStringParameters']) };
}

function bodyBytes(body: unknown, encoded: boolean): Buffer {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body !== 'string') return Buffer.from(JSON.stringify(body));
  return Buffer.from(body, encoded ? 'base64' : 'utf8');
}
