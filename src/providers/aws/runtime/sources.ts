/** Where the logs of a step are. */

import { allDone } from '../../../slots.ts';
import type { Workflow } from '../../../workflow/model.ts';
import type { AwsStep } from '../dialect/step.ts';
import { catcherName, jobLogGroupName, logGroupName } from '../names.ts';
import type { Site } from '../site.ts';
import { awsSteps, runsFunction, runsJobs } from '../step.ts';

/** A log group in which a step writes, and what is known of those who write there. */
export interface LogSource {
  /** Id of the step. */
  readonly step: string;
  readonly workflow: string;
  readonly site: Site;
  readonly group: string;
  /** Milliseconds that an invocation may take there; without an end after that, it has none. */
  readonly longestMs: number;
  /** Jobs write there: AWS Batch knows what becomes of them. */
  readonly jobs?: boolean;
}

/** Answers where a step is deployed to. */
export type SiteOf = (step: AwsStep) => Promise<Site>;

/** Milliseconds: the longest timeout of a function, and some time for its lines to arrive. Rule: AWS Lambda's quotas. */
const LONGEST_FUNCTION = 900_000 + 60_000;

/** All sources of the steps that are asked for. */
export async function logSources(
  workflow: Workflow,
  step: string | undefined,
  siteOf: SiteOf,
): Promise<readonly LogSource[]> {
  const found = awsSteps(workflow, step).map(async (each) =>
    stepSources(workflow.name, each, await siteOf(each)),
  );
  return (await allDone(found)).flat();
}

/** Milliseconds: how far back the start of a job without a timeout is looked for. */
const LONG_JOB = 24 * 3_600_000;

function stepSources(workflow: string, step: AwsStep, site: Site): readonly LogSource[] {
  const { id, name } = step;
  const source = { step: id, workflow, site };
  const ofFunction = (group: string) => ({ ...source, group, longestMs: LONGEST_FUNCTION });
  const own = ofFunction(logGroupName(name));
  if (!runsJobs(step)) return [own];
  const caught = runsFunction(step) ? [ofFunction(logGroupName(catcherName(name)))] : [];
  const jobs = { ...source, group: jobLogGroupName(workflow, name), longestMs: longestJob(step), jobs: true };
  return [own, ...caught, jobs];
}

function longestJob({ settings: { batch } }: AwsStep): number {
  return batch?.timeout === undefined ? LONG_JOB : batch.timeout * 1000 * ((batch.retries ?? 0) + 1);
}
