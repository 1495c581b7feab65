/**
 * The server side of AWS Lambda's Runtime API: hands events to one runtime and keeps it to the rules. Rules: "Using
 * the Lambda runtime API" in Lambda's developer guide.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Bytes of the longest answer that AWS Lambda takes: 6 MB and a little. */
export const MOST_BYTES = 6 * 1024 * 1024 + 100;

export interface LambdaError {
  readonly errorType: string;
  readonly errorMessage: string;
}

/** How an invocation ended. After one that is `last`, the runtime is of no use any more. */
export type Outcome =
  | { readonly status: 'succeeded'; readonly payload: string }
  | { readonly status: 'failed'; readonly error: LambdaError; readonly last?: true };

export interface Delivery {
  /** A JSON value. */
  readonly event: unknown;
  /** Milliseconds that the function has, from the moment that the event is taken. */
  readonly deadlineMs: number;
  readonly requestId?: string;
  readonly traceId?: string;
  readonly functionArn?: string;
}

const STANDIN = 'arn:aws:lambda:us-east-1:123456789012:function:standin';

export interface RuntimeApiServer {
  /** `host:port`. */
  readonly address: string;
  /** Ends when the runtime has answered and asked for the next event, or when its time is up. */
  invoke(delivery: Delivery): Promise<Outcome>;
  /** Ends when the runtime reports that it cannot start. */
  initFailed(): Promise<LambdaError>;
  /** Ends when the runtime asks for its first event. */
  ready(): Promise<void>;
  /** Forgets the runtime: another one will come. */
  reset(): void;
  close(): Promise<void>;
}

type State = 'starting' | 'idle' | 'busy' | 'answered';

interface Current {
  readonly id: string;
  readonly delivery: Delivery;
  readonly end: (outcome: Outcome) => void;
  outcome?: Outcome;
  timer?: NodeJS.Timeout;
}

/** Where one runtime stands. */
interface Life {
  state: State;
  /** The open request for the next event. */
  waiting?: ServerResponse;
  current?: Current;
  readonly init: ReturnType<typeof promise<LambdaError>>;
  readonly ready: ReturnType<typeof promise<void>>;
}

const PREFIX = '/2018-06-01/runtime';

/** Starts the server on a free port of this machine. */
export async function startRuntimeApi(): Promise<RuntimeApiServer> {
  let life = newLife();
  const server = createServer((request, response) => {
    handle(life, request, response).catch((error) =>
      send(response, refusal(500, 'ServerError', String(error))),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    invoke: (delivery) => {
      if (life.current) throw new Error('One invocation at a time.');
      const ended = promise<Outcome>();
      life.current = { id: delivery.requestId ?? randomUUID(), delivery, end: ended.resolve };
      deliver(life);
      return ended.promise;
    },
    initFailed: () => life.init.promise,
    ready: () => life.ready.promise,
    reset: () => {
      clearTimeout(life.current?.timer);
      life.waiting?.destroy();
      life = newLife();
    },
    close: async () => {
      clearTimeout(life.current?.timer);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function newLife(): Life {
  return { state: 'starting', init: promise<LambdaError>(), ready: promise<void>() };
}

function promise<T>() {
  let resolve: (value: T) => void = () => {};
  const made = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise: made, resolve };
}

interface Reply {
  readonly status: number;
  readonly body: object;
}

const ACCEPTED: Reply = { status: 202, body: { status: 'OK' } };

async function handle(life: Life, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  const path = `${request.method} ${request.url}`;
  const [, id, kind] = new RegExp(`^POST ${PREFIX}/invocation/([^/]+)/(response|error)$`).exec(path) ?? [];
  let reply: Reply | undefined;
  if (path === `GET ${PREFIX}/invocation/next`) reply = takeNext(life, response);
  else if (path === `POST ${PREFIX}/init/error`) reply = takeInitError(life, body);
  else if (id !== undefined) reply = takeAnswer(life, { id, failed: kind === 'error', body });
  else reply = refusal(404, 'NotFound', `nothing is at ${path}`);
  if (reply) send(response, reply);
}

function send(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function refusal(status: number, errorType: string, errorMessage: string): Reply {
  return { status, body: { errorType, errorMessage } };
}

function forbidden(state: State, step: string): Reply {
  return refusal(403, 'InvalidStateTransition', `"${step}" is not allowed while the runtime is ${state}`);
}

/** Keeps the request open until there is an event, unless it may not be made now. */
function takeNext(life: Life, response: ServerResponse): Reply | undefined {
  if (life.state === 'idle' || life.state === 'busy') return forbidden(life.state, 'next');
  const { current } = life;
  if (life.state === 'answered' && current?.outcome) {
    clearTimeout(current.timer);
    delete life.current;
    current.end(current.outcome);
  }
  life.state = 'idle';
  life.waiting = response;
  life.ready.resolve();
  deliver(life);
  return undefined;
}

/** Gives the event to the runtime as soon as both are there. */
function deliver(life: Life): void {
  const { waiting, current } = life;
  if (!waiting || !current) return;
  const { event, deadlineMs, traceId = `Root=1-${randomUUID()}`, functionArn = STANDIN } = current.delivery;
  delete life.waiting;
  life.state = 'busy';
  current.timer = setTimeout(() => current.end(timedOut(current)), deadlineMs);
  waiting.writeHead(200, {
    'content-type': 'application/json',
    'lambda-runtime-aws-request-id': current.id,
    'lambda-runtime-deadline-ms': Date.now() + deadlineMs,
    'lambda-runtime-trace-id': traceId,
    'lambda-runtime-invoked-function-arn': functionArn,
  });
  waiting.end(JSON.stringify(event));
}

function timedOut({ id, delivery }: Current): Outcome {
  const seconds = (delivery.deadlineMs / 1000).toFixed(2);
  const errorMessage = `${new Date().toISOString()} ${id} Task timed out after ${seconds} seconds`;
  return { status: 'failed', error: { errorType: 'Sandbox.Timedout', errorMessage }, last: true };
}

function takeInitError(life: Life, body: string): Reply {
  if (life.state !== 'starting') return forbidden(life.state, 'init/error');
  life.init.resolve(JSON.parse(body));
  return ACCEPTED;
}

interface GivenAnswer {
  readonly id: string;
  readonly failed: boolean;
  readonly body: string;
}

function takeAnswer(life: Life, { id, failed, body }: GivenAnswer): Reply {
  const { current } = life;
  if (current && current.id !== id) return refusal(400, 'InvalidRequestID', 'Invalid request ID');
  if (!current || life.state !== 'busy') return forbidden(life.state, failed ? 'error' : 'response');
  life.state = 'answered';
  const bytes = Buffer.byteLength(body);
  if (!failed && bytes > MOST_BYTES) {
    const errorMessage = `Response payload size (${bytes} bytes) exceeded maximum allowed payload size (${MOST_BYTES} bytes).`;
    const error = { errorType: 'Function.ResponseSizeTooLarge', errorMessage };
    current.outcome = { status: 'failed', error };
    return refusal(413, 'RequestEntityTooLarge', errorMessage);
  }
  current.outcome = failed
    ? { status: 'failed', error: JSON.parse(body) }
    : { status: 'succeeded', payload: body };
  return ACCEPTED;
}
