/** Answers that do not come from AWS or a store: pages of HTML, which the SDK reads as what they are not. */
import { Readable } from 'node:stream';
import { pageText } from '../html-page.ts';

interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: AsyncIterable<Uint8Array>;
}

interface Asked {
  readonly request: { readonly protocol: string; readonly hostname: string; readonly port?: number };
}

type Handler = (args: Asked) => Promise<{ readonly response: Answer }>;

/** A middleware of the SDK's `deserialize` step. */
export type PageMiddleware = (next: Handler, context: { readonly commandName?: string }) => Handler;

/** A page that came instead of an answer. */
export interface ForeignPage {
  /** The call, as `GetCallerIdentity`. */
  readonly call: string;
  /** URL of who answered. */
  readonly server: string;
  /** What came, and its HTTP status. */
  readonly what: string;
}

/** Where a client takes the middleware: before the SDK reads the answer. */
export const BEFORE_READING = { step: 'deserialize', name: 'fdlPages', priority: 'low' } as const;

/** A middleware that throws the error for a page of HTML. */
export function pageMiddleware(errorOf: (page: ForeignPage) => Error): PageMiddleware {
  return (next, { commandName = '' }) =>
    async (args) => {
      const result = await next(args);
      const { response } = result;
      if (!mayBePage(response, commandName)) return result;
      const whole = await bytesOf(response.body);
      const page = pageText(whole.toString('utf8'));
      // Some servers that speak for AWS call everything a page.
      if (page === undefined) return { ...result, response: withBody(response, whole) };
      const what = `${page} (HTTP status ${response.statusCode})`;
      const error = errorOf({ call: commandName.replace(/Command$/, ''), server: serverOf(args), what });
      // By this the SDK knows that a gateway in trouble (502, 503, 504) is to be asked again.
      throw Object.assign(error, { $metadata: { httpStatusCode: response.statusCode } });
    };
}

/** An object may be a page, and has a tag then. */
function mayBePage({ statusCode, headers, body }: Answer, commandName: string): boolean {
  if (!body || !/^text\/html\b/.test(headers['content-type'] ?? '')) return false;
  return commandName !== 'GetObjectCommand' || statusCode >= 300 || headers['etag'] === undefined;
}

function serverOf({ request: { protocol, hostname, port } }: Asked): string {
  return `${protocol}//${hostname}${port ? `:${port}` : ''}`;
}

async function bytesOf(body: AsyncIterable<Uint8Array> = Readable.from([])): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The same answer, to be read once more. */
function withBody(response: Answer, bytes: Buffer): Answer {
  return Object.assign(Object.create(Object.getPrototypeOf(response)), response, {
    body: Readable.from([bytes]),
  });
}
