/** Takes jobs from queues through all states, as soon as their environments have room. */
import { setTimeout as wait } from 'node:timers/promises';
import type { World } from '../core/world.ts';
import { type Attempt, isRetried, type Job, type JobStatus, vcpusOf } from './job.ts';
import type { Thing } from './things.ts';

export interface Running {
  readonly ended: Promise<Attempt>;
  /** Ends the container: asks first, then kills. */
  stop(): void;
}

export interface SchedulerParts {
  readonly world: World;
  readonly canRun: (queue: Thing) => boolean;
  readonly capacityOf: (queue: Thing) => number;
  /** Starts one attempt; nothing where no containers can be run. */
  readonly start?: (job: Job, attempt: number) => Running;
}

export interface Scheduler {
  submit(job: Job): void;
  all(): readonly Job[];
  /** Ends a job that is not done. */
  terminate(job: Job, reason: string): void;
  /** Keeps jobs in RUNNABLE, for a reason, until it is called without one. */
  hold(reason: string | undefined): void;
}

const DONE: ReadonlySet<JobStatus> = new Set(['SUCCEEDED', 'FAILED']);
/** Milliseconds between two looks for room. */
const POLL = 20;

export function openScheduler(parts: SchedulerParts): Scheduler {
  const jobs: Job[] = [];
  const running = new Map<Job, Running>();
  let held: string | undefined;
  let parked: Job[] = [];
  const context: Context = {
    ...parts,
    jobs,
    running,
    held: () => held,
    park: (job) => void parked.push(job),
  };
  const go = (job: Job) => parts.world.work.start(() => follow(context, job));
  parts.world.onStop(async () => {
    held = 'The stand-in is stopped.';
    for (const each of running.values()) each.stop();
    await Promise.all([...running.values()].map(({ ended }) => ended));
  });
  return {
    all: () => [...jobs],
    submit: (job) => {
      jobs.push(job);
      go(job);
    },
    terminate: (job, reason) => {
      if (DONE.has(job.status)) return;
      job.terminated = reason;
      const container = running.get(job);
      if (container) container.stop();
      else end(job, 'FAILED', reason);
    },
    hold: (reason) => {
      held = reason;
      if (reason !== undefined) return;
      const waiting = parked;
      parked = [];
      for (const job of waiting) go(job);
    },
  };
}

interface Context extends SchedulerParts {
  readonly jobs: readonly Job[];
  readonly running: Map<Job, Running>;
  readonly held: () => string | undefined;
  /** Puts a job aside that nothing will start. */
  readonly park: (job: Job) => void;
}

function end(job: Job, status: JobStatus, reason?: string): void {
  job.status = status;
  job.stoppedAt = Date.now();
  if (reason !== undefined) job.statusReason = reason;
}

async function follow(context: Context, job: Job): Promise<void> {
  const { clock, settings } = context.world;
  const pause = async () => {
    const due = clock.now() + settings.delays.batch;
    while (clock.now() < due) await wait(POLL);
  };
  await pause();
  if (!(await dependenciesMet(context, job))) return;
  while (!DONE.has(job.status)) {
    if (!(await placed(context, job))) return;
    job.status = 'STARTING';
    await pause();
    // It may have been terminated meanwhile.
    if (job.terminated === undefined) await attempt(context, job);
  }
}

/** Waits for the jobs that come first. */
async function dependenciesMet({ jobs }: Context, job: Job): Promise<boolean> {
  const before = jobs.filter(({ id }) => job.dependsOn.includes(id));
  while (!DONE.has(job.status)) {
    if (before.every(({ status }) => status === 'SUCCEEDED')) return true;
    if (before.some(({ status }) => status === 'FAILED')) end(job, 'FAILED', 'Dependent Job failed');
    else job.status = 'PENDING';
    await wait(POLL);
  }
  return false;
}

/** Waits until the queue's environments have room; false if the job is done or put aside. */
async function placed(context: Context, job: Job): Promise<boolean> {
  while (!DONE.has(job.status)) {
    job.status = 'RUNNABLE';
    const reason = context.held() ?? stuck(context, job);
    delete job.statusReason;
    if (reason !== undefined || !context.start) {
      if (reason) job.statusReason = reason;
      context.park(job);
      return false;
    }
    if (context.canRun(job.queue) && hasRoom(context, job)) return true;
    await wait(POLL);
  }
  return false;
}

function stuck({ capacityOf }: Context, job: Job): string | undefined {
  const fits = vcpusOf(job) <= capacityOf(job.queue);
  return fits ? undefined : 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT';
}

function hasRoom({ capacityOf, jobs, world }: Context, job: Job): boolean {
  const busy = jobs.filter((each) => each.status === 'STARTING' || each.status === 'RUNNING');
  const used = busy.filter(({ queue }) => queue === job.queue).reduce((sum, each) => sum + vcpusOf(each), 0);
  return busy.length < world.settings.runtimes && used + vcpusOf(job) <= capacityOf(job.queue);
}

async function attempt(context: Context, job: Job): Promise<void> {
  if (job.oversized) return end(job, 'FAILED', 'Container Overrides length must be at most 8192');
  const container = context.start?.(job, job.attempts.length + 1);
  if (!container) return;
  context.running.set(job, container);
  job.status = 'RUNNING';
  job.startedAt ??= Date.now();
  const result = await container.ended;
  context.running.delete(job);
  job.attempts = [...job.attempts, result];
  if (job.terminated !== undefined) end(job, 'FAILED', job.terminated);
  else if (result.exitCode === 0 && result.reason === undefined)
    end(job, 'SUCCEEDED', 'Essential container in task exited');
  else if (isRetried(job)) job.status = 'RUNNABLE';
  else end(job, 'FAILED', result.statusReason);
}
