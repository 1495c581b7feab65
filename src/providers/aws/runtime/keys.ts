/** What steps run with as they are deployed: the key that their records carry. */
import { mapBounded } from '../../../deploy/concurrency.ts';
import { wholeKey } from '../../../workflow/key.ts';
import type { Workflow } from '../../../workflow/model.ts';
import { getFunction } from '../api/function.ts';
import { latestDefinition } from '../api/job-definition.ts';
import { isOwned, TAG } from '../api/tags.ts';
import { KEY_VARIABLE } from '../dialect/lambda-variables.ts';
import type { AwsStep } from '../dialect/step.ts';
import { awsSteps, runsFunction } from '../step.ts';
import type { Look } from './steps.ts';

const CONCURRENCY = 4;

/** The keys of the steps of a workflow on AWS; none of a step that is not there, or was deployed before there were keys. */
export async function deployedKeys(workflow: Workflow, look: Look): Promise<ReadonlyMap<string, string>> {
  const found = await mapBounded(awsSteps(workflow), CONCURRENCY, async (step) => {
    const key = await (runsFunction(step) ? keyOfFunction : keyOfJobs)(workflow.name, step, look);
    return key === undefined ? [] : [[step.id, key] as const];
  });
  return new Map(found.flat());
}

async function keyOfFunction(
  workflow: string,
  step: AwsStep,
  { clients, siteOf, signal }: Look,
): Promise<string | undefined> {
  const site = await siteOf(step);
  const found = await getFunction({ clients }, { site, name: step.name }, { signal });
  if (!isOwned(found?.Tags, workflow)) return undefined;
  return wholeKey(found?.Tags?.[TAG.key], found?.Configuration?.Environment?.Variables?.[KEY_VARIABLE]);
}

async function keyOfJobs(
  workflow: string,
  step: AwsStep,
  { clients, siteOf, signal }: Look,
): Promise<string | undefined> {
  const { tags, container } = await latestDefinition(step.name, await siteOf(step), { clients, signal });
  if (!isOwned(tags, workflow)) return undefined;
  const variables = container?.environment?.find(({ name }) => name === KEY_VARIABLE)?.value;
  return wholeKey(tags?.[TAG.key], variables);
}
