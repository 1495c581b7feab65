/** The image that a step runs now. */

import type { Workflow } from '../../../workflow/model.ts';
import { type Asking, getFunction } from '../api/function.ts';
import { isOwned, TAG, type Tags } from '../api/tags.ts';
import type { AwsStep } from '../dialect/step.ts';
import type { DeployedImage } from '../facts.ts';
import type { Site } from '../site.ts';
import { runsFunction } from '../step.ts';

type ReadDeps = Asking & { readonly signal: AbortSignal };

/** What is deployed of a step; nothing where what runs it is not there, is not ours, or runs an image of others. */
export async function deployedImage(
  workflow: Workflow,
  step: AwsStep,
  site: Site,
  deps: ReadDeps,
): Promise<DeployedImage | undefined> {
  const read = runsFunction(step) ? ofFunction : ofJobs;
  const { tags, uri } = await read(step.name, site, deps);
  const { [TAG.image]: tag, [TAG.base]: base, [TAG.runtime]: runtime } = tags ?? {};
  if (!isOwned(tags, workflow.name) || !uri || !tag || !base || !runtime) return undefined;
  return { uri, tag, base, runtime };
}

interface Running {
  readonly tags?: Tags | undefined;
  readonly uri?: string | undefined;
}

async function ofFunction(name: string, site: Site, { signal, ...deps }: ReadDeps): Promise<Running> {
  const found = await getFunction(deps, { site, name }, { signal, planning: true });
  return { tags: found?.Tags, uri: found?.Code?.ImageUri };
}

async function ofJobs(
  jobDefinitionName: string,
  site: Site,
  { clients, signal }: ReadDeps,
): Promise<Running> {
  const { sdk, client } = await clients('batch', site);
  const command = new sdk.DescribeJobDefinitionsCommand({ jobDefinitionName, status: 'ACTIVE' });
  const { jobDefinitions = [] } = await client.send(command, { abortSignal: signal });
  const [latest] = jobDefinitions.toSorted((a, b) => (b.revision ?? 0) - (a.revision ?? 0));
  return { tags: latest?.tags, uri: latest?.containerProperties?.image };
}
