/** Jobs of AWS Batch that have not ended: what is in their way when something is to be removed. */
import type { JobStatus, JobSummary } from '@aws-sdk/client-batch';
import { mapBounded } from '../../../../deploy/concurrency.ts';
import type { CallContext } from '../../../../deploy/resource.ts';
import { FdlError } from '../../../../errors.ts';
import type { Connection } from '../../api/clients.ts';
import { hasAwsCode } from '../../api/errors.ts';

export type Batch = Connection<'batch'>;

/** The states that have a machine. */
export const RUNNING: readonly JobStatus[] = ['STARTING', 'RUNNING'];
/** In the order that jobs take: one that moves on while they are listed is met again, not missed. */
export const NOT_ENDED: readonly JobStatus[] = ['SUBMITTED', 'PENDING', 'RUNNABLE', ...RUNNING];

/** The jobs of a queue, by name or ARN, in one of these states; none where there is no such queue. */
export async function jobsIn(
  batch: Batch,
  queue: string,
  states: readonly JobStatus[],
  call: CallContext,
): Promise<readonly JobSummary[]> {
  const jobs = new Map<string | undefined, JobSummary>();
  try {
    for (const jobStatus of states) {
      for (const job of await listed(batch, queue, jobStatus, call)) jobs.set(job.jobId, job);
    }
  } catch (thrown) {
    if (!hasAwsCode(thrown, 'ClientException') || (await isThere(batch, queue, call))) throw thrown;
    return [];
  }
  return [...jobs.values()];
}

async function listed(
  { sdk, client }: Batch,
  jobQueue: string,
  jobStatus: JobStatus,
  { signal: abortSignal }: CallContext,
): Promise<readonly JobSummary[]> {
  const jobs: JobSummary[] = [];
  let nextToken: string | undefined;
  do {
    const input = { jobQueue, jobStatus, ...(nextToken && { nextToken }) };
    const page = await client.send(new sdk.ListJobsCommand(input), { abortSignal });
    jobs.push(...(page.jobSummaryList ?? []));
    nextToken = page.nextToken;
  } while (nextToken);
  return jobs;
}

async function isThere(
  { sdk, client }: Batch,
  queue: string,
  { signal: abortSignal }: CallContext,
): Promise<boolean> {
  const command = new sdk.DescribeJobQueuesCommand({ jobQueues: [queue] });
  return ((await client.send(command, { abortSignal })).jobQueues ?? []).length > 0;
}

/** Jobs that are described by one call. Rule: DescribeJobs takes 100. */
const BATCH = 100;

/**
 * Whether one of these jobs runs in a cluster of ECS, by its ARN, or whether that cannot be told: a job that starts has no
 * machine yet.
 */
export async function runIn(
  { sdk, client }: Batch,
  jobs: readonly JobSummary[],
  clusterArn: string,
  { signal: abortSignal }: CallContext,
): Promise<boolean> {
  const machines = `:container-instance/${clusterArn.split('/').at(-1)}/`;
  for (let start = 0; start < jobs.length; start += BATCH) {
    const ids = jobs.slice(start, start + BATCH).map(({ jobId = '' }) => jobId);
    const { jobs: found = [] } = await client.send(new sdk.DescribeJobsCommand({ jobs: ids }), {
      abortSignal,
    });
    const inside = found.some(({ container }) => container?.containerInstanceArn?.includes(machines) ?? true);
    if (inside) return true;
  }
  return false;
}

/** Calls at the same time. */
const CONCURRENCY = 8;

/** Ends jobs: those that wait are cancelled, those that run are stopped. */
export async function terminateJobs(
  { sdk, client }: Batch,
  jobs: readonly JobSummary[],
  { signal: abortSignal, progress }: CallContext,
): Promise<void> {
  if (jobs.length > 0) progress(`ending ${jobs.length} jobs`);
  await mapBounded(jobs, CONCURRENCY, async ({ jobId }) => {
    const command = new sdk.TerminateJobCommand({
      jobId,
      reason: 'the workflow is removed (fdl rm --force)',
    });
    await client.send(command, { abortSignal });
  });
}

/** The error where jobs are in the way; `what` has them: `the queue shop-resize`. */
export function jobsRunning(what: string, jobs: readonly JobSummary[]): FdlError {
  const running = jobs.filter(({ status }) => status !== undefined && RUNNING.includes(status)).length;
  const parts = [
    ...(running > 0 ? [`${running} running`] : []),
    ...(jobs.length > running ? [`${jobs.length - running} waiting`] : []),
  ];
  const count = jobs.length === 1 ? '1 job' : `${jobs.length} jobs`;
  const message = `${what} still has ${count} (${parts.join(', ')})`;
  const hint = 'Wait until they have ended (fdl status), or end them: fdl rm --force.';
  return new FdlError('jobs-running', message, { hint, details: { jobs: jobs.length, running } });
}
