/**
 * Jobs: submitted, listed, described, ended. Rules: SubmitJob, ListJobs, DescribeJobs, TerminateJob and CancelJob in
 * Batch's API reference.
 */
import { json, type Params, type Rules } from '../core/api.ts';
import type { Definitions } from './definitions.ts';
import { details, type Job, newJob, nodeDetails, summary } from './job.ts';
import type { Scheduler } from './scheduler.ts';
import { client, page, type Shelf, statusOf, type Thing } from './things.ts';

export interface JobParts {
  readonly queues: Shelf<Thing>;
  readonly definitions: Definitions;
  readonly scheduler: Scheduler;
}

export function jobRules({ queues, definitions, scheduler }: JobParts): Rules {
  const find = (id: string) => scheduler.all().find((job) => job.id === id || job.arn === id);
  const described = (id: string) => {
    const [whole = '', node] = id.split('#');
    const job = find(whole);
    if (!job || node === undefined) return job ? [details(job)] : [];
    return Number(node) < (job.nodes?.count ?? 0) ? [nodeDetails(job, Number(node))] : [];
  };
  return {
    'batch:SubmitJob': async ({ region, params }) => {
      const queue = queues.need(region, params['jobQueue']);
      if (['CREATING', 'DELETING'].includes(statusOf(queue)))
        throw client(`Job Queue ${queue.arn} is not VALID`);
      const job = newJob(region, params, queue, definitions.need(region, params['jobDefinition']));
      scheduler.submit(job);
      return json({ jobArn: job.arn, jobId: job.id, jobName: job.name });
    },
    'batch:ListJobs': async ({ region, params }) => {
      if (!params['jobQueue']) throw client('jobQueue, arrayJobId or multiNodeJobId must be given');
      const queue = queues.need(region, params['jobQueue']);
      const mine = scheduler.all().filter((job) => job.queue === queue);
      const found = filtered(mine, params).sort((a, b) => b.createdAt - a.createdAt);
      return json(page('jobSummaryList', found.map(summary), params));
    },
    'batch:DescribeJobs': async ({ params }) => {
      const wanted: readonly string[] = params['jobs'] ?? [];
      if (wanted.length > 100) throw client('jobs has at most 100 items');
      return json({ jobs: wanted.flatMap(described) });
    },
    'batch:TerminateJob': async ({ params }) => {
      const job = find(params['jobId']);
      if (!params['reason']) throw client('reason must be given');
      if (job) scheduler.terminate(job, params['reason']);
      return json({});
    },
    'batch:CancelJob': async ({ params }) => {
      const job = find(params['jobId']);
      if (!params['reason']) throw client('reason must be given');
      // Jobs that have begun go on.
      if (job && ['SUBMITTED', 'PENDING', 'RUNNABLE'].includes(job.status))
        scheduler.terminate(job, params['reason']);
      return json({});
    },
  };
}

/** With a filter the status counts for nothing; without, it is RUNNING by default. Rule: ListJobs in the API reference. */
function filtered(
  jobs: readonly Job[],
  { filters = [], jobStatus = 'RUNNING' }: Params,
): readonly Job[] & Job[] {
  if (filters.length === 0) return jobs.filter(({ status }) => status === jobStatus);
  if (filters.length > 1) throw client('Only one filter can be used at a time');
  const [{ name, values = [] }] = filters;
  const conditions: Readonly<Record<string, (job: Job, value: string) => boolean>> = {
    JOB_NAME: (job, value) => matches(job.name, value),
    JOB_DEFINITION: (job, value) => matches(job.definition.name, value) || job.definition.arn === value,
    BEFORE_CREATED_AT: (job, value) => job.createdAt < Number(value),
    AFTER_CREATED_AT: (job, value) => job.createdAt > Number(value),
  };
  const condition = conditions[name];
  if (!condition) throw client(`filter ${name} is not valid`);
  return jobs.filter((job) => values.some((value: string) => condition(job, value)));
}

/** Case does not matter, and a star at the end stands for anything. */
function matches(text: string, pattern: string): boolean {
  const [lower, wanted] = [text.toLowerCase(), pattern.toLowerCase()];
  return wanted.endsWith('*') ? lower.startsWith(wanted.slice(0, -1)) : lower === wanted;
}
