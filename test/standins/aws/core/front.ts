/**
 * The server: recognises, logs and answers calls by the rules, with moto behind them. Rule: InternalFailure of the common
 * errors in the API references, where the stand-in itself fails.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { openCase } from '../judges/docket.ts';
import { type ApiRequest, type Call, type Reply, type Rule, type Rules, settled } from './api.ts';
import type { Failure, Failures } from './failures.ts';
import { AwsFault, codeOf, faultReply } from './fault.ts';
import type { Moto } from './moto-client.ts';
import { isMutating, recognise } from './recognise.ts';

/** Answers what is no call of an API; nothing if it is not meant. */
export type Door = (request: IncomingMessage, response: ServerResponse) => Promise<void> | undefined;

export interface FrontOptions {
  readonly moto: Moto;
  readonly failures: Failures;
  readonly doors: readonly Door[];
  /** Where an operation has several, the first one is the outermost. */
  readonly rules: readonly Rules[];
  /** Milliseconds that every call takes at least. */
  readonly latency: () => number;
}

export interface Front {
  readonly url: string;
  calls(): readonly Call[];
  forget(): void;
  close(): Promise<void>;
}

/** Starts the server on a free port. */
export async function startFront(options: FrontOptions): Promise<Front> {
  let calls: Call[] = [];
  const log = (call: Call) => {
    const index = calls.push(call) - 1;
    const book = calls;
    return (ended: Partial<Call>) => {
      book[index] = { ...call, ...ended, endedAt: Date.now() };
    };
  };
  const server = createServer((request, response) => {
    handle(options, log, request, response).catch(() => response.destroy());
  });
  // On a busy machine a client would use a connection that was just given up.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => [...calls],
    forget: () => {
      calls = [];
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Log = (call: Call) => (ended: Partial<Call>) => void;

async function handle(
  options: FrontOptions,
  log: Log,
  raw: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  for (const door of options.doors) {
    const answered = door(raw, response);
    if (answered) return answered;
  }
  let request: ApiRequest;
  try {
    request = await recognise(raw);
  } catch (thrown) {
    if (thrown instanceof AwsFault)
      return sendReply(response, faultReply(thrown, unsignedService(raw), raw.method ?? ''));
    throw thrown;
  }
  await answerCall(options, log, request, response);
}

/** Requests without a signature are taken for S3's, unless they look like another service's. */
function unsignedService({ headers, url = '' }: IncomingMessage): string {
  const rest = /^\/(\d{4}-\d\d-\d\d|v1|v2)\//.test(url);
  return headers['x-amz-target'] ? 'json' : rest ? 'lambda' : 's3';
}

async function answerCall(
  options: FrontOptions,
  log: Log,
  request: ApiRequest,
  response: ServerResponse,
): Promise<void> {
  const { service, operation, region, caller, params } = request;
  const mutating = isMutating(operation);
  const call: Call = { service, operation, region, mutating, caller, params, startedAt: Date.now() };
  const end = log(call);
  const close = await openCase(request);
  await wait(options.latency());
  const failure = options.failures.take(call);
  const reply = await replyTo(options, request, failure);
  close(reply?.status);
  if (!reply) {
    end({ error: failure?.code ?? 'dropped' });
    response.destroy();
    return;
  }
  const whole = reply.status >= 300 ? await settled(reply) : reply;
  const error = reply.status >= 400 && { error: codeOf(await settled(whole)) };
  await sendReply(response, whole);
  end({ status: reply.status, ...error });
}

/** The answer to a call; nothing where the connection is to be cut. */
async function replyTo(
  options: FrontOptions,
  request: ApiRequest,
  failure: Failure | undefined,
): Promise<Reply | undefined> {
  const { service, method } = request;
  try {
    if (failure && !failure.after) throw asFault(failure);
    const reply = await byRules(options, request);
    if (failure) {
      await settled(reply);
      throw asFault(failure);
    }
    return reply;
  } catch (thrown) {
    if (thrown instanceof AwsFault) return failure?.drop ? undefined : faultReply(thrown, service, method);
    const fault = new AwsFault('InternalFailure', `The stand-in failed: ${(thrown as Error).stack}`, 500);
    return faultReply(fault, service, method);
  }
}

function asFault({ code, message = 'This call fails in a test', status = 400 }: Failure): AwsFault {
  return new AwsFault(code, message, status);
}

async function byRules({ rules, moto }: FrontOptions, request: ApiRequest): Promise<Reply> {
  const key = `${request.service}:${request.operation}`;
  const mine = rules.flatMap((each): Rule[] =>
    [each[`${request.service}:*`], each[key]].filter((rule) => !!rule),
  );
  const from = (index: number, body?: Buffer): Promise<Reply> => {
    const rule = mine[index];
    if (!rule) return moto.forward(request, body);
    const asked = body === undefined ? request : { ...request, body: async () => body };
    return rule(asked, (changed) => from(index + 1, changed ?? body));
  };
  return from(0);
}

/** Sends an answer; a body that is no use to anyone is not waited for. */
export async function sendReply(response: ServerResponse, { status, headers, body }: Reply): Promise<void> {
  if (!Buffer.isBuffer(body)) {
    response.writeHead(status, headers);
    await pipeline(body, response);
    return;
  }
  const length = headers['content-length'] ?? String(body.length);
  const kept =
    body.length > 0
      ? { ...headers, 'content-length': String(body.length) }
      : { ...headers, 'content-length': length };
  response.writeHead(status, kept).end(body);
}
