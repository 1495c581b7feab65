/** S3 and AWS Batch in memory, as far as passing work on needs them. */
import { CallError, refusedError } from '../../../src/supervisor/aws/call-error.ts';
import type { AwsCall, AwsSend } from '../../../src/supervisor/aws/send.ts';

export interface FakeJob {
  readonly jobId: string;
  readonly jobName: string;
  readonly jobQueue: string;
  readonly jobDefinition: string;
  /** The variables that the job is given. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface FakeAws {
  readonly send: AwsSend;
  readonly jobs: FakeJob[];
  /** Contents by `bucket/key`. */
  readonly objects: Map<string, string>;
  /** Operations in the order in which they came. */
  readonly calls: string[];
  /** Makes the next call of an operation fail, before or after it has its effect. */
  failNext(operation: string, error: Error, when?: 'before' | 'after'): void;
}

/** An empty account. */
export function fakeAws(): FakeAws {
  const jobs: FakeJob[] = [];
  const objects = new Map<string, string>();
  const calls: string[] = [];
  const failures: { readonly operation: string; readonly error: Error; readonly when: string }[] = [];
  const fail = (operation: string, when: string) => {
    const index = failures.findIndex((failure) => failure.operation === operation && failure.when === when);
    if (index >= 0) throw failures.splice(index, 1)[0]?.error;
  };
  const send: AwsSend = async (call) => {
    const { operation } = call;
    calls.push(operation);
    call.signal?.throwIfAborted();
    fail(operation, 'before');
    const answer = call.service === 's3' ? objectCall(call, objects) : batchCall(call, jobs);
    fail(operation, 'after');
    return answer;
  };
  return {
    send,
    jobs,
    objects,
    calls,
    failNext: (operation, error, when = 'before') => failures.push({ operation, error, when }),
  };
}

/** A failure after which nobody knows whether the call had its effect. */
export function lostAnswer(): CallError {
  return new CallError('no answer', { awsCode: 'ECONNRESET', status: 0, retryable: false, uncertain: true });
}

/** A refusal as AWS answers it. */
export function refusal(status: number, code: string): CallError {
  return refusedError('service Operation', { status, headers: {}, body: JSON.stringify({ __type: code }) });
}

function objectCall(
  { method, bucket, path, headers = {}, body = '' }: AwsCall,
  objects: Map<string, string>,
) {
  const key = `${bucket}${decodeURIComponent(path)}`;
  const before = objects.get(key);
  const etag = (content: string) => `"${Buffer.from(content).toString('base64')}"`;
  if (method === 'GET') {
    if (before === undefined) throw refusal(404, 'NoSuchKey');
    return { status: 200, headers: { etag: etag(before) }, body: before };
  }
  if (headers['if-none-match'] === '*' && before !== undefined) throw refusal(412, 'PreconditionFailed');
  const wanted = headers['if-match'];
  if (wanted !== undefined && (before === undefined || wanted !== etag(before)))
    throw refusal(before === undefined ? 404 : 412, 'PreconditionFailed');
  objects.set(key, body);
  return { status: 200, headers: { etag: etag(body) }, body: '' };
}

function batchCall({ path, body = '' }: AwsCall, jobs: FakeJob[]) {
  const sent = JSON.parse(body);
  if (path === '/v1/submitjob') {
    const { jobName, jobQueue, jobDefinition, containerOverrides } = sent;
    const pairs = containerOverrides.environment.map(({ name, value }: Record<string, string>) => [
      name,
      value,
    ]);
    const jobId = `job-${jobs.length + 1}`;
    jobs.push({ jobId, jobName, jobQueue, jobDefinition, variables: Object.fromEntries(pairs) });
    return { status: 200, headers: {}, body: JSON.stringify({ jobId, jobName }) };
  }
  const [wanted] = sent.filters[0].values;
  const jobSummaryList = jobs.filter(({ jobName }) => jobName.toLowerCase() === wanted.toLowerCase());
  return { status: 200, headers: {}, body: JSON.stringify({ jobSummaryList }) };
}
