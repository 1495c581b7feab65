/**
 * A function of AWS Lambda that passes events on to AWS Batch, one job for each input: the way in of steps that run as
 * jobs, and the catcher of events that a function failed on. It is a file of its own, for Lambda's Node runtime.
 */
import { FdlError, messageOf } from '../errors.ts';
import { asObject, asText, parseJson } from '../json.ts';
import { allDone, openSlots } from '../slots.ts';
import { objectUri } from '../storage/uri.ts';
import { type DelegatedAnswer, type DelegatedJob, recordLine } from '../workflow/records.ts';
import { environmentKeys } from './aws/credentials.ts';
import { type AwsSend, awsSender } from './aws/send.ts';
import type { BatchTarget, StepConfig } from './config.ts';
import { delegate } from './delegate/delegate.ts';
import { type EventPart, eventParts } from './delegate/event-parts.ts';
import { regionOf } from './delegate/overflow.ts';
import { isHttpRequest } from './event-http.ts';

/** What the gateway knows of its step: the JSON in `FDL_GATEWAY`. */
export interface GatewayConfig extends Pick<StepConfig, 'workflow' | 'step' | 'overHttp'> {
  readonly batch: BatchTarget;
}

/** What AWS Lambda gives to a handler beside the event. */
interface LambdaContext {
  readonly awsRequestId: string;
  readonly functionName: string;
}

interface GatewayDeps {
  readonly send: AwsSend;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Takes a line for the log. */
  readonly say: (line: string) => void;
}

/** Jobs that are submitted at a time. */
const CONCURRENCY = 8;

/** What AWS Lambda calls. It rejects when a job is missing, so that the event comes again; those that are there stay. */
export async function handler(event: unknown, context: LambdaContext): Promise<unknown> {
  const { env } = process;
  const config = readGateway(env['FDL_GATEWAY']);
  const send = awsSender({ env, keys: environmentKeys(env), region: regionOf(config.batch.jobQueue) });
  // One line each, as AWS Lambda keeps what is written to the console.
  const say = (line: string) => process.stdout.write(`${line}\n`);
  return gatewayAnswer(event, context, config, { send, clock: Date.now, say });
}

/**
 * Submits a job for each input of an event, or of the event that another function failed on. A request over HTTP is
 * answered as such.
 * @throws FdlError the first reason why there is not a job for every input
 */
export async function gatewayAnswer(
  event: unknown,
  context: LambdaContext,
  config: GatewayConfig,
  deps: GatewayDeps,
): Promise<unknown> {
  const http = isHttpRequest(asObject(event) ?? {});
  try {
    const answer = await passOn(event, context, config, deps);
    // Not 202: a cluster that hands a job on takes 200 alone for success. Rule: OSCAR, `DelegateJob`.
    return http ? response(200, answer) : answer;
  } catch (error) {
    const status = error instanceof FdlError && { 'event-refused': 403, 'event-invalid': 400 }[error.code];
    if (!http || !status) throw error;
    const { code, message, hint } = error;
    return response(status, { error: { code, message, hint } });
  }
}

async function passOn(
  event: unknown,
  context: LambdaContext,
  config: GatewayConfig,
  deps: GatewayDeps,
): Promise<DelegatedAnswer> {
  const { workflow, step, batch: target, overHttp = 'refuse' } = config;
  const failed = failedRequest(event);
  const { functionName = context.functionName, requestId = context.awsRequestId } = failed ?? {};
  const order = { workflow, step, target, requestId, delegatedBy: `${functionName}/${requestId}` };
  const parts = eventParts(failed ? failed.event : event, { overHttp });
  const slots = openSlots(CONCURRENCY);
  const jobs = parts.map((part) => slots(() => submit(part, order, deps)));
  return { step, status: 'delegated', jobs: await allDone(jobs) };
}

type Order = Omit<Parameters<typeof delegate>[0], 'task' | 'event'>;

/** Submits one job. Writes a line to the log, whatever comes of it. */
async function submit(part: EventPart, order: Order, deps: GatewayDeps): Promise<DelegatedJob> {
  const { workflow, step, requestId, delegatedBy } = order;
  const input = inputOf(part);
  const about = { workflow, step, ...(input !== undefined && { input }), requestId };
  try {
    const { id, name } = await delegate({ ...order, ...part }, deps);
    deps.say(recordLine('delegated', { ...about, job: id, jobName: name, delegatedBy }));
    return { id, name, ...(input !== undefined && { input }) };
  } catch (error) {
    deps.say(recordLine('undelegated', { ...about, reason: messageOf(error) }));
    throw error;
  }
}

function inputOf({ task: { source } }: EventPart): string | undefined {
  if (source.kind === 'body') return undefined;
  return objectUri(source.store ?? `${source.provider}.default`, source.bucket ?? '', source.key);
}

function readGateway(text: string | undefined): GatewayConfig {
  const config = parseJson(text ?? '')?.value;
  const fields = asObject(config);
  const target = asObject(fields?.['batch']);
  if (asText(fields?.['step']) && asText(target?.['jobQueue'])) return config as GatewayConfig;
  throw new FdlError('config-invalid', 'the variable FDL_GATEWAY of the function does not describe a step', {
    hint: 'Deploy the workflow again, which writes it anew.',
  });
}

function response(statusCode: number, content: object) {
  return {
    statusCode,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(content),
    isBase64Encoded: false,
  };
}

// Reads what AWS Lambda sends to the destination of a function's failures.

interface FailedRequest {
  /** The event that the function failed on. */
  readonly event: unknown;
  readonly functionName: string;
  /** Of the function's invocation: the same one for all its attempts. */
  readonly requestId: string;
}

/** The request that a function failed on, if that is what the event tells of. */
function failedRequest(event: unknown): FailedRequest | undefined {
  const fields = asObject(event);
  const context = asObject(fields?.['requestContext']);
  const requestId = asText(context?.['requestId']);
  const arn = asText(context?.['functionArn']);
  if (!fields || !('requestPayload' in fields) || requestId === undefined || arn === undefined)
    return undefined;
  // arn:aws:lambda:REGION:ACCOUNT:function:NAME:QUALIFIER
  return { event: fields['requestPayload'], functionName: arn.split(':')[6] ?? arn, requestId };
}
