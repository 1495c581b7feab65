/** Direct calls that become jobs: waiting for them to end, and what came of them. */

import type { Delay } from '../../../retry.ts';
import { delegatedJobs, readRecord } from '../../../workflow/records.ts';
import type { CallResult } from '../../runtime.ts';
import type { Clients } from '../api/clients.ts';
import { pause } from '../api/wait.ts';
import type { Site } from '../site.ts';
import { type JobDetails, openJobs } from './jobs.ts';
import type { ReadEvents } from './reader.ts';
import type { LogSource } from './sources.ts';

interface JobCallDeps {
  readonly clients: Clients;
  readonly signal: AbortSignal;
  readonly read: ReadEvents;
  readonly delay?: Delay | undefined;
}

/** Milliseconds between two looks: the first, the longest, and how much each is longer than the one before. */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 10_000;
const GROWTH = 1.4;

/** The ids of the jobs that a call was passed on to, as a gateway or a function answers them; nothing for other answers. */
export function jobsIn({ status, body }: CallResult): readonly string[] {
  return status === 'succeeded' ? delegatedJobs(Buffer.from(body).toString('utf8')) : [];
}

/**
 * Waits until jobs have ended. The result is what their scripts wrote, the call failed if one of them did. `source`: where
 * their logs are.
 */
export async function jobResult(
  ids: readonly string[],
  source: LogSource,
  called: CallResult,
  deps: JobCallDeps,
): Promise<CallResult> {
  const jobs = await ended(ids, source.site, deps);
  const lines = await linesOf(jobs, source, deps.read);
  const requestId = ids[0];
  const common = { requestId, log: lines.join('\n') };
  const failed = ids.map((id) => ({ id, job: jobs.get(id) })).find(({ job }) => job?.status !== 'SUCCEEDED');
  if (!failed) return { ...called, ...common, body: Buffer.from(lines.map((line) => `${line}\n`).join('')) };
  return { status: 'failed', body: new Uint8Array(), ...common, reason: reasonOf(failed.id, failed.job) };
}

function reasonOf(id: string, job: JobDetails | undefined): string {
  if (!job) return `AWS Batch knows nothing of the job ${id} any more`;
  const { exitCode, reason } = job;
  const code = exitCode === undefined ? '' : ` with exit code ${exitCode}`;
  return `the job ${id} failed${code}${reason ? `: ${reason}` : ''}`;
}

async function ended(
  ids: readonly string[],
  site: Site,
  { clients, signal, delay = pause }: JobCallDeps,
): Promise<ReadonlyMap<string, JobDetails>> {
  const reader = openJobs(clients, signal);
  for (let next = FIRST_PAUSE; ; next = Math.min(LONGEST_PAUSE, next * GROWTH)) {
    const found = await reader.describe(site, ids);
    if ([...found.values()].every(({ status }) => status === 'SUCCEEDED' || status === 'FAILED'))
      return found;
    await delay(next, signal);
  }
}

/** What scripts wrote, without what the supervisor says for machines. */
async function linesOf(
  jobs: ReadonlyMap<string, JobDetails>,
  source: LogSource,
  read: ReadEvents,
): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const { streams } of jobs.values()) {
    const stream = streams.at(-1);
    if (stream === undefined) continue;
    for await (const { message } of read(source, { stream })) {
      const text = message.replace(/[\r\n]+$/, '');
      if (!readRecord(text)) lines.push(text);
    }
  }
  return lines;
}
