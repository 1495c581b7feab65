/** The image that a step runs now. */
import type { Workflow } from '../../../workflow/model.ts';
import { getFunction } from '../api/function.ts';
import { isOwned, TAG, type Tags } from '../api/tags.ts';
import { runsFunction } from '../desired/placed.ts';
import type { AwsStep } from '../dialect/step.ts';
import type { AwsDeps } from '../kinds/deps.ts';
import type { Site } from '../site.ts';

/** An image of ours that is deployed, as what runs it tells of it: a function, or the definition of jobs. */
export type DeployedImage = {
  /** With its digest. */
  readonly uri: string;
  /** In the workflow's repository. */
  readonly tag: string;
  /** The user's image, with its digest. */
  readonly base: string;
  /** Digest of the image that Node was taken from. */
  readonly runtime: string;
};

type ReadDeps = Pick<AwsDeps, 'clients' | 'memory'> & { readonly signal: AbortSignal };

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
