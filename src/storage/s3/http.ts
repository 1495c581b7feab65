/** Sends requests to S3 and its like over connections that are kept open. */
import type { Dispatcher } from 'undici';
import { type Limits, readBounded } from '../../bounds.ts';
import { pageText } from '../../html-page.ts';
import { awsCertificates, certificatesWith, openAgent } from '../../network.ts';
import { VERSION } from '../../version.ts';
import { StorageError } from '../error.ts';
import { s3Account } from './account.ts';
import { PAGE } from './error.ts';
import { type Answer, exchange } from './exchange.ts';
import type { S3Account, S3Options, S3Place } from './options.ts';
import { openPace } from './pace.ts';
import { EMPTY_PAYLOAD, encodedPath, encodedQuery, signedHeaders, UNSIGNED_PAYLOAD } from './sign.ts';
import { readElement, textOf } from './xml.ts';

/** The calls of S3 that are made. */
export type S3Operation =
  | 'AbortMultipartUpload'
  | 'CompleteMultipartUpload'
  | 'CreateMultipartUpload'
  | 'DeleteObject'
  | 'GetObject'
  | 'HeadObject'
  | 'ListMultipartUploads'
  | 'ListObjectsV2'
  | 'ListParts'
  | 'PutObject'
  | 'UploadPart';

export interface S3Request {
  readonly operation: S3Operation;
  readonly bucket: string;
  readonly key?: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Names in small letters. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Anew for each time that the request is sent. */
  readonly body?: () => Uint8Array | AsyncIterable<Uint8Array>;
  /** Bytes of the body. */
  readonly length?: number;
  /** SHA-256 of the body in hexadecimal, if somebody knows it. */
  readonly payload?: string;
  /** Milliseconds that an answer may take to begin; a minute by default. */
  readonly patience?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A client of one store. Both methods throw what `s3Error` takes, or the reason of a signal. */
export interface S3Http {
  send(request: S3Request): Promise<Answer>;
  /** Whether the bucket is one of Amazon's own. */
  isAws(bucket: string): Promise<boolean>;
}

const METHODS: Readonly<Record<S3Operation, Dispatcher.HttpMethod>> = {
  AbortMultipartUpload: 'DELETE',
  CompleteMultipartUpload: 'POST',
  CreateMultipartUpload: 'POST',
  DeleteObject: 'DELETE',
  GetObject: 'GET',
  HeadObject: 'HEAD',
  ListMultipartUploads: 'GET',
  ListObjectsV2: 'GET',
  ListParts: 'GET',
  PutObject: 'PUT',
  UploadPart: 'PUT',
};

/** Milliseconds: for a connection to be made, and without any byte on it. */
const CONNECT_TIMEOUT = 10_000;
const IDLE_TIMEOUT = 60_000;
/** What is read of an answer that is no object. */
const TEXT: Limits = { bytes: 64 * 1024 * 1024, ms: 600_000 };

/** What the requests of one client share. */
interface Client {
  readonly account: S3Account;
  readonly agent: Dispatcher;
  /** Milliseconds that the server's clock is ahead of this machine's. */
  skew: number;
}

/** The client for what the options reach. Nothing is loaded or contacted before the first request. */
export function s3Http(options: S3Options): S3Http {
  const account = s3Account(options);
  const pace = openPace(isBusy);
  let opened: Promise<Client> | undefined;
  const open = async () => {
    const { verifyTls = true } = options;
    const ca = certificatesWith(options.ca) ?? awsCertificates(process.env);
    const times = {
      connectTimeout: CONNECT_TIMEOUT,
      headersTimeout: IDLE_TIMEOUT,
      bodyTimeout: IDLE_TIMEOUT,
    };
    return { account, agent: await openAgent({ verifyTls, ...times, ...(ca && { ca }) }), skew: 0 };
  };
  return {
    send: async (request) => {
      opened ??= open();
      const client = await opened;
      return pace(() => send(client, request));
    },
    isAws: async (bucket) => (await account.place(bucket)).isAws,
  };
}

/** Loads what requests take, for those who do not want the first one to wait for it. */
export async function prepareS3(): Promise<void> {
  await import('../../undici.ts');
}

/** Rule: "SlowDown" and its like in "Error responses" of Amazon S3's API reference. */
function isBusy(thrown: unknown): boolean {
  return thrown instanceof S3Failure && [429, 503].includes(thrown.details.status);
}

/** Sends a request, and once more where the answer says how it should have been sent. */
async function send(client: Client, request: S3Request): Promise<Answer> {
  const place = await client.account.place(request.bucket);
  try {
    return await sendOnce(client, request, place);
  } catch (thrown) {
    if (!(thrown instanceof S3Failure) || !learn(client, request, place, thrown)) throw thrown;
    return sendOnce(client, request, await client.account.place(request.bucket));
  }
}

async function sendOnce(client: Client, request: S3Request, place: S3Place): Promise<Answer> {
  const { key, query, length, signal, patience } = request;
  const keys = await client.account.keys();
  const { origin, base, region, service } = place;
  const path = key === undefined ? base || '/' : `${base}/${encodedPath(key)}`;
  const text = query ? encodedQuery(query) : '';
  const body = request.body?.();
  const payload = request.payload ?? (body ? UNSIGNED_PAYLOAD : EMPTY_PAYLOAD);
  const method = METHODS[request.operation];
  const headers = signedHeaders(
    {
      method,
      host: origin.slice(origin.indexOf('//') + 2),
      path,
      query: text,
      headers: request.headers ?? {},
      payload,
    },
    { keys, region, service, now: Date.now() + client.skew },
  );
  headers['user-agent'] = USER_AGENT;
  if (length !== undefined) headers['content-length'] = String(length);
  const answer = await exchange(client.agent, {
    origin,
    path: text === '' ? path : `${path}?${text}`,
    method,
    headers,
    body: body ?? null,
    signal,
    ...(patience !== undefined && { headersTimeout: patience }),
  }).catch((thrown) => {
    throw signal?.aborted ? thrown : naming(thrown, place);
  });
  const isFine = answer.status < 300 && !mayBePage(request, answer);
  return isFine ? answer : readFailure(request, place, answer);
}

/** What fails a connection does not say to whom, if the address was given by a variable or a file of AWS's. */
function naming(thrown: unknown, { isAws, origin }: S3Place): unknown {
  return isAws || !(thrown instanceof Error) ? thrown : Object.assign(thrown, { server: origin });
}

const USER_AGENT = `fdl/${VERSION}`;

/** An object may be a page, and has a tag then. */
function mayBePage({ operation }: S3Request, { headers }: Answer): boolean {
  if (!/^text\/html\b/.test(String(headers['content-type'] ?? ''))) return false;
  return !/^(Get|Head)Object$/.test(operation) || headers['etag'] === undefined;
}

interface FailureDetails {
  /** Of HTTP. */
  readonly status: number;
  /** URL of who answered. */
  readonly server?: string;
  /** Where the bucket is, if the answer says it. */
  readonly region?: string | undefined;
  /** Milliseconds since 1970 of the server's clock; not a number where it does not say it. */
  readonly time?: number;
}

/** What a server answers that is no success, as `s3Error` takes it: its name is the code of S3. */
export class S3Failure extends Error {
  readonly details: FailureDetails;
  readonly server: string | undefined;
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(name: string, message: string, details: FailureDetails) {
    super(message);
    this.name = name;
    this.details = details;
    this.server = details.server;
    this.$metadata = { httpStatusCode: details.status };
  }
}

/** The failure that a text of XML tells of. The answer to HEAD has no text. */
export function failureIn(text: string, details: FailureDetails): S3Failure {
  const error = readElement(text, 'error') ?? {};
  const code = textOf(error['Code']) ?? NAMES[details.status] ?? `Status${details.status}`;
  const region = details.region ?? textOf(error['Region']);
  return new S3Failure(code, textOf(error['Message']) ?? '', { ...details, region });
}

const NAMES: Readonly<Record<number, string>> = {
  301: 'PermanentRedirect',
  403: 'Forbidden',
  404: 'NotFound',
};

/** A header that stands once. */
export function headerOf({ headers }: Pick<Answer, 'headers'>, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Throws what an answer tells of that is no success. */
async function readFailure(request: S3Request, { origin }: S3Place, answer: Answer): Promise<Answer> {
  const { status } = answer;
  const text = await answerText(answer, request.bucket);
  const page = pageText(text);
  const details = {
    status,
    server: origin,
    region: headerOf(answer, 'x-amz-bucket-region'),
    time: Date.parse(headerOf(answer, 'date') ?? ''),
  };
  if (page !== undefined) throw new S3Failure(PAGE, `${page} (HTTP status ${status})`, details);
  if (status >= 300) throw failureIn(text, details);
  // A server that calls all that it answers a page.
  return { ...answer, body: Buffer.from(text) };
}

/** The text of an answer. @throws StorageError where there is no end of it */
export async function answerText({ body }: Pick<Answer, 'body'>, bucket: string): Promise<string> {
  const fail = (why: string) =>
    new StorageError('storage-failed', `bucket "${bucket}" could not be used: ${why}`);
  return (Buffer.isBuffer(body) ? body : await readBounded(body, TEXT, fail)).toString('utf8');
}

/**
 * Whether a failure says what to do differently: another region of AWS, or another time of day. Nobody is sent where an
 * answer leads to.
 */
function learn(client: Client, { bucket }: S3Request, place: S3Place, failure: S3Failure): boolean {
  const { region, time = Number.NaN } = failure.details;
  if (failure.name === 'RequestTimeTooSkewed' && !Number.isNaN(time)) {
    client.skew = time - Date.now();
    return true;
  }
  if (!place.isAws || region === undefined || region === place.region) return false;
  client.account.move(bucket, region);
  return true;
}

/** The tag of an object, without its quotes; empty where the answer has none. */
export function tagOf(answer: Pick<Answer, 'headers'>): string {
  return (headerOf(answer, 'etag') ?? '').replaceAll('"', '');
}

/** Bytes of the body, if the answer says it. */
export function lengthOf(answer: Pick<Answer, 'headers'>): number | undefined {
  const text = headerOf(answer, 'content-length');
  return text === undefined ? undefined : Number(text);
}

/** An answer whose body nobody needs: its connection is free for the next request. */
export function dropped<T extends Pick<Answer, 'body'>>(answer: T): T {
  if (!Buffer.isBuffer(answer.body)) answer.body.on('error', ignore).resume();
  return answer;
}

function ignore(): void {}
