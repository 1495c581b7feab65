/** Steps as they are set up on AWS: whether they are there, in what state, and at which address. */
import { mapBounded } from '../../../deploy/concurrency.ts';
import { digestOf } from '../../../image/digest.ts';
import { isOfScript } from '../../../workflow/key.ts';
import type { Workflow } from '../../../workflow/model.ts';
import type { DeployedStep } from '../../runtime.ts';
import { scriptBytes } from '../../script.ts';
import { apiParts, apiUrl, functionUrl as readFunctionUrl } from '../addresses.ts';
import type { Clients } from '../api/clients.ts';
import { unlessMissing } from '../api/errors.ts';
import { stateOf } from '../api/function.ts';
import { isOwned, TAG } from '../api/tags.ts';
import type { AwsStep } from '../dialect/step.ts';
import type { Site } from '../site.ts';
import { awsSteps, runsFunction, runsJobs } from '../step.ts';
import { jobGroups, obstacle, queueState } from './job-queues.ts';
import type { SiteOf } from './sources.ts';

/** What looking at AWS takes. */
export interface Look {
  readonly clients: Clients;
  readonly siteOf: SiteOf;
  readonly signal: AbortSignal;
}

const CONCURRENCY = 4;

/** The steps of a workflow that are there and belong to it. */
export async function deployedSteps(workflow: Workflow, look: Look): Promise<readonly DeployedStep[]> {
  const found = await mapBounded(awsSteps(workflow), CONCURRENCY, (step) =>
    deployedStep(workflow, step, look),
  );
  return found.flatMap((step) => step ?? []);
}

async function deployedStep(
  workflow: Workflow,
  step: AwsStep,
  look: Look,
): Promise<DeployedStep | undefined> {
  const site = await look.siteOf(step);
  const found = await ownFunction(workflow.name, { site, name: step.name }, look);
  if (found === undefined) return undefined;
  const ofFunction = stateText(stateOf(found.Configuration));
  const ofJobs = runsJobs(step) && ofFunction === 'ready' ? await jobState(workflow, step, look) : undefined;
  const state = ofJobs === undefined ? ofFunction : `not ready: ${ofJobs}`;
  const url = await stepUrl(workflow.name, addressed(step), site, look);
  return {
    ...{ step: step.id, provider: 'aws', mode: step.mode, state, ...(url !== undefined && { url }) },
    ...(hasOtherScript(step, found.Tags?.[TAG.key]) && { scriptDiffers: true }),
  };
}

/** Whether what is deployed has another script than the file, as far as a tag tells. */
function hasOtherScript(step: AwsStep, key: string | undefined): boolean {
  if (key === undefined || !runsFunction(step)) return false;
  const script = step.script && scriptBytes(step.script);
  // One that cannot be read is no other one.
  if (step.script && !script) return false;
  return !isOfScript(key, script && digestOf(script));
}

/** What keeps the jobs of a step from running, in words. */
async function jobState(workflow: Workflow, step: AwsStep, look: Look): Promise<string | undefined> {
  const [group] = await jobGroups(workflow, step.id, look.siteOf);
  if (!group) return undefined;
  const { sdk, client } = await look.clients('batch', group.site);
  const command = new sdk.DescribeJobDefinitionsCommand({ jobDefinitionName: step.name, status: 'ACTIVE' });
  const { jobDefinitions = [] } = await client.send(command, { abortSignal: look.signal });
  if (jobDefinitions.length === 0) return 'the definition of its jobs is not there';
  return obstacle(await queueState(group, look));
}

/** Where a function is. */
interface FunctionPlace {
  readonly site: Site;
  readonly name: string;
}

/** The state of a function in words, or nothing where the workflow has no such function. */
export async function functionState(
  workflow: string,
  place: FunctionPlace,
  look: Pick<Look, 'clients' | 'signal'>,
): Promise<string | undefined> {
  const found = await ownFunction(workflow, place, look);
  return found && stateText(stateOf(found.Configuration));
}

/** A function with its tags, or nothing where the workflow has no such function. */
async function ownFunction(
  workflow: string,
  { site, name }: FunctionPlace,
  { clients, signal }: Pick<Look, 'clients' | 'signal'>,
) {
  const { sdk, client } = await clients('lambda', site);
  const answer = client.send(new sdk.GetFunctionCommand({ FunctionName: name }), { abortSignal: signal });
  const found = await unlessMissing(answer, 'ResourceNotFoundException');
  const { Configuration, Tags } = found ?? {};
  return Configuration && isOwned(Tags, workflow) ? { Configuration, Tags } : undefined;
}

/** `Active` and `Inactive` (asleep; a call wakes it) both mean that it takes events. */
function stateText(state: string): string {
  if (state === 'Active' || state === 'Inactive') return 'ready';
  const [word = '', ...reason] = state.split(':');
  const text = word.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return [text, ...reason].join(':');
}

/** What a step may be reached by over HTTP. */
interface Addressed {
  /** Id of the step, and name of its function. */
  readonly id: string;
  readonly name: string;
  readonly functionUrl: boolean;
  readonly api: boolean;
}

/** What the file says of addresses. */
export function addressed({ id, name, settings }: AwsStep): Addressed {
  return {
    id,
    name,
    functionUrl: settings.lambda?.function_url === true,
    api: Boolean(settings.api_gateway?.name),
  };
}

/** The address over HTTP that a step has; of two, the one that waits longer for an answer. */
export async function stepUrl(
  workflow: string,
  { id, name, functionUrl, api }: Addressed,
  site: Site,
  look: Pick<Look, 'clients' | 'signal'>,
): Promise<string | undefined> {
  const asking = { clients: look.clients, workflow };
  const call = { signal: look.signal, progress: () => {} };
  const found = functionUrl ? await readFunctionUrl(asking, { site, name }, call) : undefined;
  if (found || !api) return found?.url;
  const parts = await apiParts(asking, { site, step: id }, call);
  return parts && (apiUrl(parts) || undefined);
}
