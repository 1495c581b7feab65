/** Answers that do not come from AWS: pages of proxies, of logins and of other servers, which the SDK reads as what they are not. */
import { Readable } from 'node:stream';
import { maskCredentials } from '../../../secret.ts';
import { AwsError } from './errors.ts';

interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: AsyncIterable<Uint8Array>;
}

interface Asked {
  readonly request: { readonly protocol: string; readonly hostname: string; readonly port?: number };
}

type Handler = (args: Asked) => Promise<{ readonly response: Answer }>;

/** A middleware that throws `aws-failed` for a page of HTML, which no call of AWS answers but `GetObject`. */
export function pageMiddleware(service: string) {
  return (next: Handler, { commandName = '' }: { readonly commandName?: string }): Handler =>
    async (args) => {
      const result = await next(args);
      const { statusCode, headers, body } = result.response;
      const isText = /^text\/html\b/.test(headers['content-type'] ?? '');
      if (!isText || !body || commandName === 'GetObjectCommand') return result;
      const whole = await bytesOf(body);
      const page = whole.subarray(0, MOST).toString('utf8');
      // Some servers that speak for AWS call everything a page.
      if (!PAGE.test(page)) return { ...result, response: withBody(result.response, whole) };
      const call = `${service} ${commandName.replace(/Command$/, '')}`;
      throw pageError(call, serverOf(args), statusCode, titleOf(page));
    };
}

function serverOf({ request: { protocol, hostname, port } }: Asked): string {
  return `${protocol}//${hostname}${port ? `:${port}` : ''}`;
}

function pageError(call: string, server: string, status: number, title: string): AwsError {
  const says = title === '' ? '' : ` "${title}"`;
  const error = new AwsError(
    'aws-failed',
    `AWS did not answer ${call}, but ${server} with a page of HTML${says} (HTTP status ${status}): the answer is not one of this service`,
    {
      hint: 'Check AWS_ENDPOINT_URL and the network: something else answers there, such as a proxy or a login page.',
      cause: undefined,
      awsCode: 'PageOfHtml',
    },
  );
  // By this the SDK knows that a gateway in trouble (502, 503, 504) is to be asked again.
  return Object.assign(error, { $metadata: { httpStatusCode: status } });
}

/** How a page begins. */
const PAGE = /^\s*(<!doctype html|<html|<head|<body)\b/i;
/** Bytes of a page that are looked at; its title stands at the beginning. */
const MOST = 16 * 1024;

async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
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

/** Letters of a page that a message quotes. */
const LONGEST = 80;

/** Its title, else its first line with any text. */
function titleOf(page: string): string {
  const title = /<title[^>]*>([^<]*)/i.exec(page)?.[1]?.trim();
  const lines = page.replace(/<[^>]*>/g, ' ').split('\n');
  const first = title || lines.map((line) => line.trim()).find((line) => line !== '') || '';
  // Before it is cut, since what is left of a credential would not be known for one.
  return maskCredentials(first).replace(/\s+/g, ' ').slice(0, LONGEST);
}
