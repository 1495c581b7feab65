/** Invocations of services: the status of the jobs that clusters list, and what those jobs wrote. */
import { openSlots } from '../../../slots.ts';
import { objectUri } from '../../../storage/uri.ts';
import type { Invocation, InvocationStatus, ObjectRef } from '../../../workflow/invocation.ts';
import type { Workflow } from '../../../workflow/model.ts';
import type { InvocationQuery } from '../../runtime.ts';
import type { JobAnswer, JobStatus } from '../api/answers.ts';
import type { OscarStep } from '../dialect/step.ts';
import { type Located, unlessMissed } from './deps.ts';
import { isoTime, type JobSummary, mayBeOf, NO_SUMMARY, openSummary, timedLines } from './job-log.ts';
import { inputStore, type ObjectLookup, takes, writtenBy } from './job-objects.ts';

/** Logs that are read at the same time. */
const CONCURRENCY = 6;

/** The status of a job, as that of an invocation. */
const STATUS: Readonly<Record<JobStatus, InvocationStatus>> = {
  Pending: 'queued',
  Suspended: 'queued',
  Running: 'running',
  Succeeded: 'succeeded',
  Failed: 'failed',
};

/** Reads the invocations of steps; asked again, it reads only what has changed since. */
type ReadInvocations = (
  located: readonly Located[],
  query: InvocationQuery,
  lookup: ObjectLookup,
) => Promise<readonly Invocation[]>;

export function openInvocations(signal: AbortSignal): ReadInvocations {
  const known = new Map<string, Known>();
  const slot = openSlots(CONCURRENCY);
  const read = (located: Located, job: JobAnswer, lookup: ObjectLookup) =>
    slot(() => invocationOf(located, job, { known, lookup, signal }));
  return async (all, { since, missed }, lookup) => {
    const ofStep = async (located: Located) => {
      const jobs = await jobsOf(located, signal);
      const wanted = jobs.filter((job) => !isBefore(job, since));
      const own = await Promise.all(wanted.map((job) => read(located, job, lookup)));
      const all = [
        ...own.filter((each) => !isOfMarker(each)),
        ...(await invocationsFromOutputs(located, own, since, lookup)),
      ];
      return all;
    };
    const found = await Promise.all(all.map((each) => unlessMissed(missed, [], () => ofStep(each))));
    return [...found.flat(), ...handedOn(all, found)].sort(inOrder);
  };
}

/**
 * What services of the file handed to others of it, whose jobs have the names that the first gave them. A job that is in both
 * places, since its cluster went on with it as well, was not handed on. Rule: OSCAR since 4.1.0, `DelegationHeader`.
 */
function handedOn(all: readonly Located[], found: readonly (readonly Invocation[])[]): readonly Invocation[] {
  return all.flatMap(({ step: { id: step, name, cluster, standIns = [] } }, index) => {
    const own = new Set(found[index]?.map(({ id }) => id));
    return all.flatMap(({ step: member }, at) => {
      const jobs = standIns.includes(member.id) ? (found[at] ?? []) : [];
      const others = jobs.filter(({ id }) => mayBeOf(id, name) && !own.has(id));
      return others.map(({ id, input, startedAt }): Invocation => {
        const reason = `${member.id} on cluster ${member.cluster} goes on with it`;
        const known = { ...(input && { input }), ...(startedAt && { startedAt }) };
        return { id: `${id}@${cluster}`, step, status: 'delegated', outputs: [], ...known, job: id, reason };
      });
    });
  });
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
  readonly summary?: JobSummary;
}

interface Reading {
  readonly known: Map<string, Known>;
  readonly lookup: ObjectLookup;
  readonly signal: AbortSignal;
}

async function invocationOf(located: Located, job: JobAnswer, reading: Reading): Promise<Invocation> {
  const { step, client, workflow } = located;
  const key = `${step.cluster}/${step.name}/${job.name}`;
  const before = reading.known.get(key);
  if (before?.invocation) return before.invocation;
  const isOver = job.status === 'Succeeded' || job.status === 'Failed';
  const isKnown = !isOver && before?.summary?.input !== undefined;
  const mayTell = isOver || job.status === 'Running';
  const summary = isKnown
    ? before.summary
    : mayTell
      ? await summaryOf(located, job, reading.signal)
      : NO_SUMMARY;
  const outputs = isOver ? await writtenBy(step, job, summary, reading.lookup) : [];
  const reason = reasonOf(job, summary, client.cluster);
  const invocation = { ...described(step, workflow, job, summary, outputs), ...(reason && { reason }) };
  reading.known.set(key, isOver ? { invocation } : { summary });
  return invocation;
}

async function summaryOf(
  { client, step }: Located,
  job: JobAnswer,
  signal: AbortSignal,
): Promise<JobSummary> {
  const { add, summary } = openSummary();
  for await (const { text } of timedLines(client.jobLog(step.name, job.name, signal))) add(text);
  return summary();
}

function described(
  step: OscarStep,
  workflow: Workflow,
  { name: id, status, created, started, finished }: JobAnswer,
  { input, namesOutputs }: JobSummary,
  outputs: readonly ObjectRef[],
): Invocation {
  const [startedAt, endedAt] = [isoTime(started ?? created), isoTime(finished)];
  const took = startedAt && endedAt ? Date.parse(endedAt) - Date.parse(startedAt) : undefined;
  return {
    id,
    step: step.id,
    status: Object.hasOwn(STATUS, status) ? STATUS[status] : 'queued',
    outputs,
    ...(outputs.length > 0 && !namesOutputs && { outputsGuessed: true }),
    ...(input && { input: inputOf(step, workflow, input) }),
    ...(startedAt && { startedAt }),
    ...(endedAt && { endedAt }),
    ...(took !== undefined && { durationMs: took }),
  };
}

function inputOf(step: OscarStep, workflow: Workflow, input: NonNullable<JobSummary['input']>): ObjectRef {
  const { bucket, key, size = 0 } = input;
  return { uri: objectUri(inputStore(step, workflow, input), bucket, key), size };
}

/** Why it failed or waits. */
function reasonOf(
  { status, started }: JobAnswer,
  { error }: JobSummary,
  cluster: string,
): string | undefined {
  if (status === 'Failed') return error ?? `cluster ${cluster} ended it without saying why`;
  if (status === 'Suspended')
    return `cluster ${cluster} has not let it start yet: its quota or queue may be full`;
  if (status !== 'Pending' || started !== undefined) return undefined;
  return `its container has not started on cluster ${cluster}: no node has room for it, or its image is on its way`;
}

/**
 * Outputs that no listed job has written, each as an invocation that succeeded: what jobs have done that a cluster does not
 * show. A job that another service's output starts belongs to the user whose keys wrote that, which are the cluster's own;
 * users see jobs of their own only, but all that is in their buckets. Rule: OSCAR, `MakeJobHandler` and
 * `MakeJobsInfoHandler`.
 */
async function invocationsFromOutputs(
  { step, workflow, isAdmin }: Located,
  seen: readonly Invocation[],
  since: string | undefined,
  lookup: ObjectLookup,
): Promise<readonly Invocation[]> {
  if (isAdmin || since === undefined || !isFedByServices(step, workflow)) return [];
  const known = new Set(seen.flatMap(({ outputs }) => outputs.map(({ uri }) => uri)));
  const found = await Promise.all(
    step.outputs.map(async (output) => {
      const objects = await lookup.list(output);
      return objects.flatMap(({ key, size, modified }): readonly Invocation[] => {
        const uri = objectUri(output.store, output.bucket, key);
        const isNew = modified.toISOString() >= since;
        if (!isNew || key.endsWith('/') || known.has(uri) || !takes(output, key)) return [];
        const at = modified.toISOString();
        const reason = 'its job belongs to another user of the cluster, and is known by what it wrote';
        const times = { startedAt: at, endedAt: at };
        return [
          {
            id: `${uri}@${at}`,
            step: step.id,
            status: 'succeeded',
            outputs: [{ uri, size }],
            ...times,
            reason,
          },
        ];
      });
    }),
  );
  return found.flat();
}

function isFedByServices(step: OscarStep, { links, steps }: Workflow): boolean {
  const services = new Set(steps.flatMap(({ id, provider }) => (provider === 'oscar' ? [id] : [])));
  return links.some(({ from, to }) => to === step.id && services.has(from));
}
