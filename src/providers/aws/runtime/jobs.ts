/** Jobs as AWS Batch tells of them. */
import type { JobDetail, JobStatus, JobSummary } from '@aws-sdk/client-batch';
import { objectUri } from '../../../storage/uri.ts';
import { readEvent } from '../../../supervisor/event.ts';
import type { Clients } from '../api/clients.ts';
import { hasAwsCode } from '../api/errors.ts';
import { parseArn } from '../api/tagged.ts';
import type { Site } from '../site.ts';
import type { JobGroup } from './job-queues.ts';

/** A job. Times are in milliseconds since 1970. */
export interface Job {
  readonly id: string;
  /** Id of the step. */
  readonly step: string;
  readonly status: JobStatus;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly stoppedAt?: number;
  readonly exitCode?: number;
  /** Why it waits, or why it ended as it did: what Batch says of the container, else of the job. */
  readonly reason?: string;
}

/** What only a closer look at a job tells. */
export interface JobDetails {
  readonly status: JobStatus;
  readonly exitCode?: number;
  readonly reason?: string;
  readonly stoppedAt?: number;
  /** URI of the object, where the event of the job names one. */
  readonly input?: string;
  /** Names of its log streams, one for each attempt. */
  readonly streams: readonly string[];
}

interface JobReader {
  /** The jobs in a queue that were submitted from some time on, or all that Batch still knows. */
  list(group: JobGroup, since: number | undefined): Promise<readonly Job[]>;
  /** By the ids of jobs. Those that Batch does not know are left out. */
  describe(site: Site, ids: readonly string[]): Promise<ReadonlyMap<string, JobDetails>>;
}

/** Rule: DescribeJobs takes up to 100 ids. */
const MOST = 100;

export function openJobs(clients: Clients, signal: AbortSignal): JobReader {
  const abort = { abortSignal: signal };
  const describeAll = async (site: Site, ids: readonly string[]) => {
    if (ids.length === 0) return [];
    const { sdk, client } = await clients('batch', site);
    const found: JobDetail[] = [];
    for (let start = 0; start < ids.length; start += MOST) {
      const command = new sdk.DescribeJobsCommand({ jobs: ids.slice(start, start + MOST) });
      found.push(...((await client.send(command, abort)).jobs ?? []));
    }
    return found;
  };
  return {
    async list({ site, queue, steps }, since = 0) {
      const { sdk, client } = await clients('batch', site);
      const filters = [{ name: 'AFTER_CREATED_AT', values: [String(Math.max(0, since - 1))] }];
      const found: JobSummary[] = [];
      let nextToken: string | undefined;
      do {
        const input = { jobQueue: queue, filters, ...(nextToken && { nextToken }) };
        const answer = client.send(new sdk.ListJobsCommand(input), abort);
        const page = await answer.catch((thrown: unknown) => {
          // A queue that is not there has no jobs; whether it is, the state of its steps tells.
          if (hasAwsCode(thrown, 'ClientException')) return undefined;
          throw thrown;
        });
        found.push(...(page?.jobSummaryList ?? []));
        nextToken = page?.nextToken;
      } while (nextToken);
      return found.flatMap((summary) => jobOf(summary, steps) ?? []);
    },
    async describe(site, ids) {
      const found = await describeAll(site, ids);
      // A job of several machines has the log and the exit code of the one that leads it.
      const mains = await describeAll(site, found.flatMap(mainNode));
      const ofMain = new Map(mains.map((detail) => [detail.jobId, detailsOf(detail)]));
      return new Map(
        found.map((detail) => {
          const main = ofMain.get(mainNode(detail)[0]);
          const own = detailsOf(detail);
          return [detail.jobId ?? '', main ? { ...main, ...own, streams: main.streams } : own];
        }),
      );
    },
  };
}

/** The id of the node that leads a job, if it has several. Rule: "Multi-node parallel jobs" in AWS Batch's user guide. */
function mainNode({ jobId, nodeProperties: nodes }: JobDetail): readonly string[] {
  return nodes?.nodeRangeProperties ? [`${jobId}#${nodes.mainNode ?? 0}`] : [];
}

/** Answers the log streams of a job. What is no id of a job has none. */
export type StreamsOf = (site: Site, jobId: string) => Promise<readonly string[]>;

/** Reads log streams of jobs. Further attempts of a job have its id with their number. */
export function openStreams(clients: Clients, signal: AbortSignal): StreamsOf {
  const { describe } = openJobs(clients, signal);
  return async (site, jobId) => {
    const id = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(jobId)?.[0];
    return id === undefined ? [] : ((await describe(site, [id])).get(id)?.streams ?? []);
  };
}

/** Nothing for jobs of others. */
function jobOf(summary: JobSummary, steps: ReadonlyMap<string, string>): Job | undefined {
  const { jobId: id = '', status = 'SUBMITTED', createdAt = 0, startedAt, stoppedAt, container } = summary;
  const definition = parseArn(summary.jobDefinition ?? '').resource;
  const step = steps.get(definition.replace(/^job-definition\//, '').replace(/:\d+$/, ''));
  if (step === undefined) return undefined;
  const reason = reasonOf(status, container?.reason, summary.statusReason);
  const { exitCode } = container ?? {};
  return {
    id,
    step,
    status,
    createdAt,
    ...(startedAt && { startedAt }),
    ...(stoppedAt && { stoppedAt }),
    ...(exitCode !== undefined && { exitCode }),
    ...(reason && { reason }),
  };
}

/** What Batch says of every job whose container ended. */
const ROUTINE = 'Essential container in task exited';

/** What it says of the job is the cause where a container was killed for it, else that of the container is more exact. */
function reasonOf(
  status: JobStatus,
  ofContainer: string | undefined,
  ofJob: string | undefined,
): string | undefined {
  if (status !== 'FAILED') return ofJob;
  const why = ofJob === ROUTINE ? undefined : ofJob;
  return [why, ofContainer].filter((text) => text).join(': ') || undefined;
}

function detailsOf(detail: JobDetail): JobDetails {
  const { status = 'SUBMITTED', stoppedAt, container, attempts = [], nodeProperties: nodes } = detail;
  const given = container ?? nodes?.nodeRangeProperties?.[0]?.container;
  const reason = reasonOf(status, container?.reason, detail.statusReason);
  const streams = [...attempts.map((attempt) => attempt.container?.logStreamName), container?.logStreamName];
  const input = inputOf(given?.environment?.find(({ name }) => name === 'FDL_EVENT')?.value);
  return {
    status,
    ...(stoppedAt && { stoppedAt }),
    ...(container?.exitCode !== undefined && { exitCode: container.exitCode }),
    ...(reason && { reason }),
    ...(input && { input }),
    streams: [...new Set(streams.filter((name) => name !== undefined))],
  };
}

/** Events that are too long for a job are elsewhere: whoever passed them on has noted what they are about. */
function inputOf(event: string | undefined): string | undefined {
  if (event === undefined) return undefined;
  try {
    const [task] = readEvent(event);
    if (task?.source.kind !== 'object') return undefined;
    const { store, provider, bucket = '', key } = task.source;
    return objectUri(store ?? `${provider}.default`, bucket, key);
  } catch {
    return undefined;
  }
}
