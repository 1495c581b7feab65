/** Invocations that are jobs: what their logs say, and what AWS Batch knows of those that have not said anything. Pure. */

import { mapBounded } from '../../../deploy/concurrency.ts';
import type { Invocation, ObjectRef } from '../../../workflow/invocation.ts';
import type { Workflow } from '../../../workflow/model.ts';
import type { Clients } from '../api/clients.ts';
import { awsSteps } from '../step.ts';
import { withBills } from './bills.ts';
import { type JobGroup, jobGroups, type QueueState, queueState, waitingReason } from './job-queues.ts';
import { type Job, type JobDetails, openJobs } from './jobs.ts';
import type { SiteOf } from './sources.ts';

/** What is known of jobs besides their logs. */
export interface KnownJobs {
  readonly jobs: readonly Job[];
  /** By the ids of jobs. */
  readonly details: ReadonlyMap<string, JobDetails>;
  /** Why a job waits of which Batch says nothing. */
  waiting(job: Job): string;
  /** Steps of which AWS Lambda passes on to Batch what their functions fail on. */
  readonly catching: ReadonlySet<string>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Milliseconds that the last lines of a job may take to arrive after it has ended. */
const LATE = 30_000;

/** Whether an invocation is a job's own, rather than that of a function which passed its input on. */
function isJobs({ job, status }: Invocation): boolean {
  return job !== undefined && status !== 'delegated';
}

/** Jobs of which a closer look is needed: what they work on is not known, or whether they still run. */
export function unclearJobs(invocations: readonly Invocation[], jobs: readonly Job[]): readonly string[] {
  const own = invocations.filter(isJobs);
  const listed = new Set(jobs.map(({ id }) => id));
  const named = new Set(invocations.flatMap(({ job, input }) => (job !== undefined && input ? [job] : [])));
  const lost = own.filter(({ job = '', status }) => !listed.has(job) && !isOver(status));
  return [
    ...new Set([
      ...jobs.map(({ id }) => id).filter((id) => !named.has(id)),
      ...lost.map(({ job = '' }) => job),
    ]),
  ];
}

function isOver(status: Invocation['status']): boolean {
  return status !== 'queued' && status !== 'running';
}

/**
 * All invocations with those of jobs as they are now, in the order in which they were asked for: waiting ones with the
 * reason, and such as ended without a word with how they ended.
 */
export function withJobs(invocations: readonly Invocation[], known: KnownJobs): readonly Invocation[] {
  const inputs = inputsOf(invocations, known);
  const begun = byJob(invocations.filter((each) => isJobs(each) && each.status !== 'queued'));
  const ofJobs = known.jobs.flatMap((job) =>
    attemptsOf(job, begun.get(job.id) ?? [], { known, input: inputs.get(job.id) }),
  );
  const listed = new Set(known.jobs.map(({ id }) => id));
  // What was noted when a job was submitted is of no use once it has begun.
  const isStale = ({ job = '', status }: Invocation) =>
    listed.has(job) || (status === 'queued' && begun.has(job));
  const others = invocations.filter((each) => !isJobs(each) || !isStale(each));
  const given = others.map((each) => caught(unlisted(each, known), known, inputs));
  return withBills([...given, ...ofJobs].sort(byStart), invocations).map(withoutStart);
}

type Inputs = ReadonlyMap<string, ObjectRef>;

/** By the ids of jobs: as somebody noted it, with its size, else as the job was given it. */
function inputsOf(invocations: readonly Invocation[], { details }: KnownJobs): Inputs {
  const given = [...details].flatMap(([id, { input: uri }]) =>
    uri ? [[id, { uri, size: 0 }] as const] : [],
  );
  const noted = invocations.flatMap(({ job, input }) => (job && input ? [[job, input] as const] : []));
  return new Map([...given, ...noted]);
}

function byJob(invocations: readonly Invocation[]): ReadonlyMap<string, readonly Invocation[]> {
  const grouped = new Map<string, Invocation[]>();
  for (const each of invocations) {
    const known = grouped.get(each.job ?? '');
    if (known) known.push(each);
    else grouped.set(each.job ?? '', [each]);
  }
  return grouped;
}

interface Attempted {
  readonly known: KnownJobs;
  readonly input: ObjectRef | undefined;
}

const ENDED: readonly Job['status'][] = ['SUCCEEDED', 'FAILED'];

/** The attempts of a job that have begun, and the one that is to come. What Batch says is newer than the log. */
function attemptsOf(job: Job, logged: readonly Invocation[], attempted: Attempted): readonly Invocation[] {
  const last = logged.at(-1);
  if (!last) return [unheard(job, job.id, attempted)];
  const before = logged.slice(0, -1).map(abandoned);
  if (ENDED.includes(job.status)) return [...before, concluded(job, last, attempted)];
  const isNext = job.status !== 'RUNNING' || (job.startedAt ?? 0) > Date.parse(last.endedAt ?? '');
  if (!isNext || last.status === 'succeeded') return [...before, last];
  const next = unheard(job, `${job.id}-${logged.length + 1}`, attempted);
  return [...before, abandoned(last), { ...next, ...after(next, last) }];
}

/** What comes after an attempt is asked for by its end. */
function after({ startedAt = '' }: Invocation, { endedAt = '' }: Invocation): Pick<Invocation, 'startedAt'> {
  return { startedAt: startedAt < endedAt ? endedAt : startedAt };
}

/** An attempt without an end, after which there was another one. */
function abandoned(attempt: Invocation): Invocation {
  if (isOver(attempt.status)) return attempt;
  return { ...attempt, status: 'failed', reason: 'its machine was lost, and AWS Batch tried it again' };
}

/** A job of which the log says nothing, or nothing of this attempt. */
function unheard(job: Job, id: string, { known, input }: Attempted): Invocation {
  const { step, status, createdAt, startedAt } = job;
  const asked = new Date(createdAt).toISOString();
  const common = { id, step, ...(input && { input }), outputs: [], job: job.id };
  if (status === 'SUCCEEDED' || status === 'FAILED') {
    const begun = { ...common, status: 'running' as const, startedAt: startedAt ? iso(startedAt) : asked };
    return concluded(job, begun, { known, input });
  }
  if (status === 'RUNNING')
    return { ...common, status: 'running', startedAt: startedAt ? iso(startedAt) : asked };
  const reason = status === 'STARTING' ? 'its machine fetches the image' : (job.reason ?? known.waiting(job));
  // When it was asked for decides about its place; it has not started.
  return { ...common, status: 'queued', startedAt: asked, reason };
}

/** What became of an invocation whose job has ended. Its last lines may still be on their way. */
function concluded(job: Job, last: Invocation, { known }: Attempted): Invocation {
  if (isOver(last.status)) return last;
  const { status, stoppedAt = known.now, startedAt, reason = '', exitCode } = job;
  if (startedAt !== undefined && known.now - stoppedAt < LATE) return last;
  const endedAt = iso(stoppedAt);
  const durationMs = Math.max(0, stoppedAt - Date.parse(last.startedAt ?? endedAt));
  const ended = { ...last, endedAt, durationMs, ...(exitCode !== undefined && { exitCode }) };
  return status === 'SUCCEEDED'
    ? { ...ended, status: 'succeeded' }
    : { ...ended, ...failure(reason, exitCode) };
}

function failure(reason: string, exitCode: number | undefined): Pick<Invocation, 'status' | 'reason'> {
  const status = /exceeded timeout/i.test(reason) ? 'timed-out' : 'failed';
  const code = exitCode === undefined ? 'without an exit code' : `with exit code ${exitCode}`;
  return { status, reason: reason === '' ? `its job ended ${code}` : `its job ended ${code}: ${reason}` };
}

/** Of jobs that were submitted before the time that is asked for, only those that seem to run are looked at. */
function unlisted(invocation: Invocation, { details, now }: KnownJobs): Invocation {
  if (!isJobs(invocation) || isOver(invocation.status)) return invocation;
  const found = details.get(invocation.job ?? '');
  if (!found)
    return { ...invocation, status: 'failed', reason: 'AWS Batch knows nothing of its job any more' };
  const { status, reason = '', exitCode, stoppedAt = now } = found;
  if (status !== 'FAILED' || now - stoppedAt < LATE) return invocation;
  return { ...invocation, endedAt: iso(stoppedAt), ...failure(reason, exitCode) };
}

/** Milliseconds that AWS Lambda may take to pass on what a function failed on. */
const CATCHING = 60_000;
/** Milliseconds that clocks of AWS may differ. */
const SKEW = 2000;

/** Of what a function failed on, it is not over yet: a job will do it. */
function caught(invocation: Invocation, known: KnownJobs, inputs: Inputs): Invocation {
  const { step, status, job, endedAt, durationMs: _, ...rest } = invocation;
  const isFailed = status === 'failed' || status === 'timed-out';
  if (!isFailed || job !== undefined || endedAt === undefined || !known.catching.has(step)) return invocation;
  if (known.now - Date.parse(endedAt) > CATCHING || isTaken(invocation, known, inputs)) return invocation;
  const reason = `AWS Lambda passes it on to AWS Batch: ${rest.reason ?? 'it failed'}`;
  return { ...rest, step, status: 'running', reason };
}

/** Whether there is a job since then for the same input; there may be one of an earlier event, too. */
function isTaken({ step, input, startedAt = '' }: Invocation, { jobs }: KnownJobs, inputs: Inputs): boolean {
  if (input === undefined) return false;
  const since = Date.parse(startedAt) - SKEW;
  return jobs.some(
    (job) => job.step === step && job.createdAt >= since && inputs.get(job.id)?.uri === input.uri,
  );
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function byStart({ startedAt: a = '' }: Invocation, { startedAt: b = '' }: Invocation): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function withoutStart(invocation: Invocation): Invocation {
  if (invocation.status !== 'queued') return invocation;
  const { startedAt: _, ...waiting } = invocation;
  return waiting;
}

interface JobLookDeps {
  readonly clients: Clients;
  readonly siteOf: SiteOf;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** Which jobs of a workflow. */
interface JobQuery {
  /** Id of a step; all by default. */
  readonly step?: string | undefined;
  /** Milliseconds since 1970. */
  readonly since?: number | undefined;
}

/** Completes what logs say of invocations with what AWS Batch knows of jobs. Asks nothing where no step has jobs. */
type CompleteByJobs = (
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
