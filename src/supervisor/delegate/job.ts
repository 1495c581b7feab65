/** A job of AWS Batch for one input: what it is called, and what it is given. */
import { createHash } from 'node:crypto';
import { asObject, asText, parseJson } from '../../json.ts';
import { CallError } from '../aws/call-error.ts';
import type { AwsSend } from '../aws/send.ts';
import type { BatchTarget } from '../config.ts';
import type { Task } from '../task.ts';

/** What is to be worked on by a job. */
export interface JobOrder {
  readonly workflow: string;
  readonly step: string;
  readonly target: BatchTarget;
  readonly task: Task;
  /** The event for the job as JSON text. */
  readonly event: string;
  /** Id of the request that brought the event: the same one when it is delivered again. */
  readonly requestId: string;
  /** Who passes it on, where its own log is looked for: `function/request id`. */
  readonly delegatedBy: string;
}

/** Names that follow from the input alone, so that whoever gets the same event again finds what is there. */
export interface JobNames {
  readonly jobName: string;
  /** Keys in the deployment bucket. */
  readonly marker: string;
  readonly event: string;
}

/** Characters. AWS Batch takes names of 128; the hash is 32 of them. */
const LONGEST_STEP = 40;
const LONGEST_FILE = 54;
const HASH = 32;

/** The names for an order. Letters, digits, hyphens and underscores are what a job may be called with. */
export function jobNames(order: JobOrder): JobNames {
  const { workflow, step, target, task } = order;
  const hash = hashOf(identity(order)).slice(0, HASH);
  const file = task.source.kind === 'object' ? task.source.key.replace(/^.*\//s, '') : 'call';
  const parts = [legal(step, LONGEST_STEP), legal(file, LONGEST_FILE), hash];
  const key = (folder: string) =>
    [target.prefix, folder, workflow, step, hash].filter((part) => part).join('/');
  return {
    // The first character has to be a letter or a digit.
    jobName: parts
      .filter((part) => part !== '')
      .join('-')
      .replace(/^[-_]+/, ''),
    marker: key('markers'),
    event: `${key('events')}.json`,
  };
}

function legal(text: string, longest: number): string {
  return text
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .slice(0, longest)
    .replace(/^-+|-+$/g, '');
}

/** What makes two deliveries the same: the state of the object, or the request where the event does not tell that. */
function identity({ task: { source, event }, requestId }: JobOrder): string {
  // Two messages of a queue may say the same.
  if (source.kind === 'body') return JSON.stringify(['call', requestId, hashOf(source.bytes), hashOf(event)]);
  const { bucket = '', key, version = '', sequencer = '', eventTime = '' } = source;
  const state = version === '' && sequencer === '' ? [requestId, eventTime, event] : [version, sequencer];
  return JSON.stringify([source.store ?? source.provider, bucket, key, ...state]);
}

function hashOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** What `SubmitJob` is sent. `event` is the event itself, or where it is. */
export function submission(order: JobOrder, names: JobNames, event: 'inline' | 'stored'): string {
  const { target, requestId, delegatedBy } = order;
  const given =
    event === 'inline'
      ? { FDL_EVENT: order.event }
      : { FDL_EVENT_URI: `s3://${target.bucket}/${names.event}` };
  const variables = { ...given, FDL_REQUEST_ID: requestId, FDL_DELEGATED_BY: delegatedBy };
  const environment = Object.entries(variables).map(([name, value]) => ({ name, value }));
  return JSON.stringify({
    jobName: names.jobName,
    jobQueue: target.jobQueue,
    jobDefinition: target.jobDefinition,
    ...overridesOf({ environment }, target.nodes === true),
  });
}

/** Rule: `containerOverrides` and `nodeOverrides` of SubmitJob in AWS Batch's API. */
function overridesOf(containerOverrides: object, nodes: boolean): object {
  if (!nodes) return { containerOverrides };
  return { nodeOverrides: { nodePropertyOverrides: [{ targetNodes: '0:', containerOverrides }] } };
}

/** Bytes. AWS Batch takes overrides of more than 8,192 characters, and then the job fails. */
const LONGEST_SUBMISSION = 6 * 1024;

/** Whether an event is too long to be given to a job directly. */
export function isTooLongFor(order: JobOrder, names: JobNames): boolean {
  return Buffer.byteLength(submission(order, names, 'inline')) > LONGEST_SUBMISSION;
}

// The two calls to AWS Batch that passing work on takes.

export interface BatchApi {
  /** Submits a job: the body of `SubmitJob`. Answers the job's id. */
  submit(submission: string): Promise<string>;
  /** The id of a job of this name in the queue, whatever its state. */
  find(jobName: string, jobQueue: string): Promise<string | undefined>;
}

/** AWS Batch. All methods reject as `AwsSend` does. */
export function openBatch(send: AwsSend, signal: AbortSignal | undefined): BatchApi {
  const call = async (operation: string, body: string, repeatable: boolean) => {
    const path = `/v1/${operation.toLowerCase()}`;
    const headers = { 'content-type': 'application/json' };
    const reply = await send({ service: 'batch', operation, path, headers, body, repeatable, signal });
    return asObject(parseJson(reply.body)?.value) ?? {};
  };
  return {
    submit: async (submission) => {
      const jobId = asText((await call('SubmitJob', submission, false))['jobId']);
      if (jobId !== undefined) return jobId;
      const verdict = { awsCode: 'NoJobId', status: 200, retryable: false, uncertain: true };
      throw new CallError('batch SubmitJob answered without the id of a job', verdict);
    },
    find: async (jobName, jobQueue) => {
      const filters = [{ name: 'JOB_NAME', values: [jobName] }];
      const { jobSummaryList } = await call('ListJobs', JSON.stringify({ jobQueue, filters }), true);
      const jobs = Array.isArray(jobSummaryList) ? jobSummaryList.map(asObject) : [];
      // The service does not look at upper and lower case.
      return asText(jobs.find((job) => job?.['jobName'] === jobName)?.['jobId']);
    },
  };
}
