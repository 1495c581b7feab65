/** Invocations of services, from the jobs that clusters list and what those wrote. */
import { openSlots } from '../../../slots.ts';
import { objectUri } from '../../../storage/uri.ts';
import type { Invocation, InvocationStatus, ObjectRef } from '../../../workflow/invocation.ts';
import type { InvocationQuery } from '../../provider.ts';
import type { JobAnswer, JobStatus } from '../api/answers.ts';
import type { OscarStep } from '../dialect/step.ts';
import { type Located, unlessMissed } from './deps.ts';
import { type JobStory, NO_STORY, openStory } from './job-story.ts';
import { isoTime, timedLines } from './log-lines.ts';
import { inputStore } from './placement.ts';
import { unseen } from './unseen.ts';
import { type Look, writtenBy } from './written.ts';

/** Logs that are read at the same time. */
const CONCURRENCY = 6;

const STATUS: Readonly<Record<JobStatus, InvocationStatus>> = {
  Pending: 'queued',
  Suspended: 'queued',
  Running: 'running',
  Succeeded: 'succeeded',
  Failed: 'failed',
};

/** Reads the invocations of steps; asked again, it reads only what has changed since. */
export type ReadInvocations = (
  located: readonly Located[],
  query: InvocationQuery,
  look: Look,
) => Promise<readonly Invocation[]>;

export function openInvocations(signal: AbortSignal): ReadInvocations {
  const known = new Map<string, Known>();
  const slot = openSlots(CONCURRENCY);
  const read = (located: Located, job: JobAnswer, look: Look) =>
    slot(() => invocationOf(located, job, { known, look, signal }));
  return async (all, { since, missed }, look) => {
    const ofStep = async (located: Located) => {
      const jobs = await jobsOf(located, signal);
      const wanted = jobs.filter((job) => !isBefore(job, since));
      const own = await Promise.all(wanted.map((job) => read(located, job, look)));
      const all = [...own.filter((each) => !isOfMarker(each)), ...(await unseen(located, own, since, look))];
      return all;
    };
    const found = await Promise.all(all.map((each) => unlessMissed(missed, [], () => ofStep(each))));
    return found.flat().sort(inOrder);
  };
}

/**
 * Whether a job was started by the object that stands for a folder. Clusters write it again with every update of a
 * service, and whoever listens to the folder starts a job, which fails at once. Rule: OSCAR, `CreateS3Path`.
 */
function isOfMarker({ input, status, reason = '' }: Invocation): boolean {
  if (input) return input.uri.endsWith('/');
  return status === 'failed' && /IsADirectoryError|Is a directory/.test(reason);
}

/** The jobs of a service, all pages of them; none where its cluster has no such service. */
export async function jobsOf({ client, step }: Located, signal: AbortSignal): Promise<readonly JobAnswer[]> {
  const jobs: JobAnswer[] = [];
  // A service that only serves has no jobs.
  if (step.serves) return jobs;
  try {
    for await (const job of client.jobs(step.name, signal)) jobs.push(job);
  } catch (thrown) {
    if ((thrown as { code?: string }).code !== 'oscar-not-found') throw thrown;
  }
  return jobs;
}

/** A job without a time has no pod yet: it is one of now. */
export function isBefore({ started, created }: JobAnswer, since: string | undefined): boolean {
  const time = isoTime(started ?? created);
  // Clusters tell whole seconds.
  return since !== undefined && time !== undefined && Date.parse(time) + 999 < Date.parse(since);
}

function inOrder(a: Invocation, b: Invocation): number {
  const [first, second] = [a, b].map(({ startedAt = '\uffff', id }) => `${startedAt} ${id}`);
  return (first ?? '') < (second ?? '') ? -1 : 1;
}

/** What stays as it is: all of a job that is over, the input of one that runs. */
interface Known {
  readonly invocation?: Invocation;
  readonly story?: JobStory;
}

interface Reading {
  readonly known: Map<string, Known>;
  readonly look: Look;
  readonly signal: AbortSignal;
}

async function invocationOf(located: Located, job: JobAnswer, reading: Reading): Promise<Invocation> {
  const { step, client } = located;
  const key = `${step.cluster}/${step.name}/${job.name}`;
  const before = reading.known.get(key);
  if (before?.invocation) return before.invocation;
  const isOver = job.status === 'Succeeded' || job.status === 'Failed';
  const isKnown = !isOver && before?.story?.input !== undefined;
  const mayTell = isOver || job.status === 'Running';
  const story = isKnown ? before.story : mayTell ? await storyOf(located, job, reading.signal) : NO_STORY;
  const outputs = isOver ? await writtenBy(step, job, story, reading.look) : [];
  const reason = reasonOf(job, story, client.cluster);
  const invocation = { ...described(step, job, story, outputs), ...(reason && { reason }) };
  reading.known.set(key, isOver ? { invocation } : { story });
  return invocation;
}

async function storyOf({ client, step }: Located, job: JobAnswer, signal: AbortSignal): Promise<JobStory> {
  const { add, story } = openStory();
  for await (const { text } of timedLines(client.jobLog(step.name, job.name, signal))) add(text);
  return story();
}

function described(
  step: OscarStep,
  { name: id, status, created, started, finished }: JobAnswer,
  { input, tellsOutputs }: JobStory,
  outputs: readonly ObjectRef[],
): Invocation {
  const [startedAt, endedAt] = [isoTime(started ?? created), isoTime(finished)];
  const took = startedAt && endedAt ? Date.parse(endedAt) - Date.parse(startedAt) : undefined;
  return {
    id,
    step: step.id,
    status: STATUS[status] ?? 'queued',
    outputs,
    ...(outputs.length > 0 && !tellsOutputs && { outputsGuessed: true }),
    ...(input && { input: inputOf(step, input) }),
    ...(startedAt && { startedAt }),
    ...(endedAt && { endedAt }),
    ...(took !== undefined && { durationMs: took }),
  };
}

function inputOf(step: OscarStep, input: NonNullable<JobStory['input']>): ObjectRef {
  const { bucket, key, size = 0 } = input;
  return { uri: objectUri(inputStore(step, input), bucket, key), size };
}

/** Why it failed or waits. */
function reasonOf({ status, started }: JobAnswer, { error }: JobStory, cluster: string): string | undefined {
  if (status === 'Failed') return error ?? `cluster ${cluster} ended it without saying why`;
  if (status === 'Suspended')
    return `cluster ${cluster} has not let it start yet: its quota or queue may be full`;
  if (status !== 'Pending' || started !== undefined) return undefined;
  return `its container has not started on cluster ${cluster}: no node has room for it, or its image is on its way`;
}
