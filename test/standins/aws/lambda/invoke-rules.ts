/** The Invoke operation: at once, later, or not at all. Rules: Invoke in Lambda's API reference. */
import { randomUUID } from 'node:crypto';
import type { Invoked } from '../../lambda-host.ts';
import { type ApiRequest, empty, type Reply, type Rules } from '../core/api.ts';
import { AwsFault } from '../core/fault.ts';
import { type AsyncParts, enqueue } from './asynchronous.ts';
import { needReady, stateOf } from './functions.ts';

/** Bytes of an event. */
const MOST_SYNC = 6 * 1024 * 1024;
const MOST_ASYNC = 1024 * 1024;
/** Bytes of the log in an answer. */
const TAIL = 4096;

export function invokeRules(parts: AsyncParts): Rules {
  return { 'lambda:Invoke': (request) => invoke(parts, request) };
}

async function invoke(parts: AsyncParts, request: ApiRequest): Promise<Reply> {
  const { region, params, headers } = request;
  const known = parts.functions.need(region, params['FunctionName']);
  const type = headers['x-amz-invocation-type'] ?? 'RequestResponse';
  const event = eventOf(await request.body(), type === 'Event' ? MOST_ASYNC : MOST_SYNC);
  if (type === 'DryRun') return empty(204);
  needReady(known);
  if (stateOf(known) === 'Failed') {
    const message =
      'The operation cannot be performed at this time. The function is currently in the following state: Failed';
    throw new AwsFault('ResourceConflictException', message, 409);
  }
  if (type === 'Event') {
    const requestId = randomUUID();
    enqueue(parts, known, event, requestId);
    return empty(202, { 'x-amzn-requestid': requestId });
  }
  return answerOf(await run(parts, { known, event, impatient: true }), headers['x-amz-log-type'] === 'Tail');
}

/** Runs a function at once, counted as work. */
export function run({ world, invoker }: AsyncParts, order: Parameters<AsyncParts['invoker']['run']>[0]) {
  const outcome = invoker.run(order);
  world.work.start(() => outcome);
  return outcome;
}

function eventOf(body: Buffer, most: number): unknown {
  if (body.length > most) {
    const message = `Request must be smaller than ${most} bytes for the InvokeFunction operation`;
    throw new AwsFault('RequestTooLargeException', message, 413);
  }
  try {
    return body.length === 0 ? {} : JSON.parse(body.toString());
  } catch {
    const message = 'Could not parse request body into json: Could not parse payload into json';
    throw new AwsFault('InvalidRequestContentException', message);
  }
}

function answerOf(outcome: Invoked & { readonly requestId: string }, tail: boolean): Reply {
  const failed = outcome.status === 'failed';
  const body = Buffer.from(failed ? JSON.stringify(outcome.error) : outcome.payload);
  const log = Buffer.from(outcome.logs).subarray(-TAIL).toString('base64');
  const headers = {
    'content-type': 'application/json',
    'x-amz-executed-version': '$LATEST',
    'x-amzn-requestid': outcome.requestId,
    ...(failed && { 'x-amz-function-error': 'Unhandled' }),
    ...(tail && { 'x-amz-log-result': log }),
  };
  return { status: 200, headers, body };
}
