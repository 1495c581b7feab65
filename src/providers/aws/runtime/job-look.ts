/** Looks at the jobs of a workflow: as often as somebody follows it, without asking twice for what does not change. */
import { mapBounded } from '../../../deploy/concurrency.ts';
import type { Invocation } from '../../../workflow/invocation.ts';
import type { Workflow } from '../../../workflow/model.ts';
import type { Clients } from '../api/clients.ts';
import { awsSteps } from '../step.ts';
import { type JobGroup, jobGroups } from './job-groups.ts';
import { unclearJobs, withJobs } from './job-invocations.ts';
import { type QueueState, queueState, waitingReason } from './job-waiting.ts';
import { type Job, type JobDetails, openJobs } from './jobs.ts';
import type { SiteOf } from './sources.ts';

export interface JobLookDeps {
  readonly clients: Clients;
  readonly siteOf: SiteOf;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** Which jobs of a workflow. */
export interface JobQuery {
  /** Id of a step; all by default. */
  readonly step?: string | undefined;
  /** Milliseconds since 1970. */
  readonly since?: number | undefined;
}

/** Completes what logs say of invocations with what AWS Batch knows of jobs. Asks nothing where no step has jobs. */
export type CompleteByJobs = (
  workflow: Workflow,
  query: JobQuery,
  logged: readonly Invocation[],
) => Promise<readonly Invocation[]>;

/** Queues that are looked at together. */
const CONCURRENCY = 4;

/** Jobs that wait for machines, or for something that keeps machines from starting. */
const WAITING: readonly Job['status'][] = ['SUBMITTED', 'PENDING', 'RUNNABLE'];

interface Looked {
  readonly jobs: readonly Job[];
  readonly details: ReadonlyMap<string, JobDetails>;
  readonly state: QueueState | undefined;
}

/** Opens the jobs of a workflow. */
export function openJobLook(deps: JobLookDeps): CompleteByJobs {
  const { clients, siteOf, signal, clock } = deps;
  const reader = openJobs(clients, signal);
  const remembered = new Map<string, JobDetails>();
  const describe = async ({ site }: JobGroup, unclear: readonly string[], jobs: readonly Job[]) => {
    const listed = new Set(jobs.map(({ id }) => id));
    // Of a job that is listed, only its input is looked for, which stays the same.
    const wanted = unclear.filter((id) => !listed.has(id) || !remembered.has(id));
    for (const [id, details] of await reader.describe(site, wanted)) remembered.set(id, details);
  };
  const look = async (
    group: JobGroup,
    since: number | undefined,
    logged: readonly Invocation[],
  ): Promise<Looked> => {
    const jobs = await reader.list(group, since);
    const ids = new Set(group.steps.values());
    await describe(
      group,
      unclearJobs(
        logged.filter(({ step }) => ids.has(step)),
        jobs,
      ),
      jobs,
    );
    const waits = jobs.some(({ status, reason }) => WAITING.includes(status) && reason === undefined);
    return { jobs, details: remembered, state: waits ? await queueState(group, deps) : undefined };
  };
  return async (workflow, { step, since }, logged) => {
    const groups = await jobGroups(workflow, step, siteOf);
    if (groups.length === 0) return logged;
    const found = await mapBounded(groups, CONCURRENCY, (group) => look(group, since, logged));
    const states = new Map(found.flatMap(({ jobs, state }) => jobs.map(({ id }) => [id, state] as const)));
    return withJobs(logged, {
      jobs: found.flatMap(({ jobs }) => jobs),
      details: remembered,
      waiting: ({ id }) => waitingReason(states.get(id) ?? {}),
      catching: new Set(awsSteps(workflow).flatMap(({ id, mode }) => (mode === 'lambda-batch' ? [id] : []))),
      now: clock(),
    });
  };
}
