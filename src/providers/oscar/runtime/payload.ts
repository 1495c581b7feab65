/** Bodies of direct calls and what comes back. Pure. */
import { isUtf8 } from 'node:buffer';
import { isObject, parseJson } from '../../../json.ts';

/**
 * The body of a call. Services take an event as JSON; anything else must be base64, which becomes the input file.
 * Rule: faas-supervisor, `UnknownEvent.save_event`; JSON that is no object breaks its `parse_event`.
 */
export function bodyOf(payload: unknown): string {
  if (payload instanceof Uint8Array) return contentBody(Buffer.from(payload));
  if (typeof payload === 'string') return contentBody(Buffer.from(payload));
  if (payload === undefined || isObject(payload)) return JSON.stringify(payload ?? {});
  return Buffer.from(JSON.stringify(payload)).toString('base64');
}

function contentBody(bytes: Buffer): string {
  return isUtf8(bytes) && isObject(parseJson(bytes.toString('utf8'))?.value)
    ? bytes.toString('utf8')
    : bytes.toString('base64');
}

/** Bytes from which on base64 of what is no text is no word that a script happened to print. */
const SHORTEST_BINARY = 48;

/**
 * What a service answers: its one output file in base64, several as a zip in base64, or without any what its script
 * printed. The answer does not say which of them it is, but Python's `print` ends it with a line feed of its own: two of
 * them are behind what a script printed in lines, and one is behind base64. What a script printed without any is the only
 * case left in which a look at the content must tell. Rule: faas-supervisor, `BinarySupervisor.create_response`, `main`.
 */
export function answerOf(answer: Uint8Array): Uint8Array {
  const said = Buffer.from(answer);
  const printed = said.at(-1) === LINE_FEED ? said.subarray(0, -1) : said;
  const text = printed.toString('latin1');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return printed;
  const decoded = Buffer.from(text, 'base64');
  if (decoded.toString('base64') !== text) return printed;
  return isUtf8(decoded) || decoded.length >= SHORTEST_BINARY ? decoded : printed;
}

const LINE_FEED = 10;
