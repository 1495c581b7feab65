/** Everything that is set up in a region, whatever file it came from. */
import { mapBounded } from '../../../deploy/concurrency.ts';
import type { DeployedStep, DeployedWorkflow } from '../../runtime.ts';
import { parseArn } from '../api/tagged.ts';
import { CATCHER, fromTagList, TAG, type Tags } from '../api/tags.ts';
import type { Site } from '../site.ts';
import { functionState, type Look, stepUrl } from './steps.ts';

/** A function that carries the tag of a workflow. */
interface Tagged {
  readonly workflow: string;
  readonly step: string;
  /** Of the function. */
  readonly name: string;
  /** Of the step. */
  readonly mode: string;
  /** There is an API of the step, too. */
  readonly api: boolean;
}

type Region = Pick<Look, 'clients' | 'signal'> & { readonly site: Site };

const CONCURRENCY = 4;

/** All functions that carry the tag of a workflow, in the order of names. What is tagged and gone is left out. */
export async function deployedWorkflows(region: Region): Promise<readonly DeployedWorkflow[]> {
  const tagged = taggedFunctions(await taggedResources(region));
  const found = await mapBounded(tagged, CONCURRENCY, async (each) => {
    const step = await deployedStep(each, region);
    return step ? [{ workflow: each.workflow, step }] : [];
  });
  const workflows = new Map<string, DeployedStep[]>();
  for (const { workflow, step } of found.flat()) {
    workflows.set(workflow, [...(workflows.get(workflow) ?? []), step]);
  }
  return [...workflows]
    .map(([workflow, steps]) => ({ workflow, steps: steps.sort((a, b) => (a.step < b.step ? -1 : 1)) }))
    .sort((a, b) => (a.workflow < b.workflow ? -1 : 1));
}

async function deployedStep(
  { workflow, step, name, mode, api }: Tagged,
  { site, ...look }: Region,
): Promise<DeployedStep | undefined> {
  const state = await functionState(workflow, { site, name }, look);
  if (state === undefined) return undefined;
  const url = await stepUrl(workflow, { id: step, name, functionUrl: true, api }, site, look);
  return { step, provider: 'aws', mode, state, ...(url !== undefined && { url }) };
}

interface Resource {
  readonly service: string;
  /** As in its ARN: `function:resize`. */
  readonly resource: string;
  readonly tags: Tags;
}

const FUNCTION = 'function:';

function taggedFunctions(resources: readonly Resource[]): readonly Tagged[] {
  const key = (tags: Tags) => `${tags[TAG.workflow]} ${tags[TAG.step]}`;
  const apis = new Set(
    resources.flatMap(({ service, tags }) => (service === 'apigateway' ? [key(tags)] : [])),
  );
  return resources.flatMap(({ service, resource, tags }) => {
    if (service !== 'lambda' || !resource.startsWith(FUNCTION)) return [];
    const name = resource.slice(FUNCTION.length);
    const { [TAG.workflow]: workflow = '', [TAG.mode]: mode = 'lambda' } = tags;
    if (mode === CATCHER) return [];
    return [{ workflow, step: tags[TAG.step] ?? name, name, mode, api: apis.has(key(tags)) }];
  });
}

async function taggedResources({ site, clients, signal }: Region): Promise<readonly Resource[]> {
  const { sdk, client } = await clients('tagging', site);
  const found: Resource[] = [];
  let token: string | undefined;
  do {
    const command = new sdk.GetResourcesCommand({
      TagFilters: [{ Key: TAG.workflow }],
      ResourceTypeFilters: ['lambda:function', 'apigateway'],
      ...(token && { PaginationToken: token }),
    });
    const page = await client.send(command, { abortSignal: signal });
    for (const { ResourceARN = '', Tags } of page.ResourceTagMappingList ?? []) {
      const { service, resource } = parseArn(ResourceARN);
      found.push({ service, resource, tags: fromTagList(Tags) });
    }
    token = page.PaginationToken;
  } while (token);
  return found;
}
