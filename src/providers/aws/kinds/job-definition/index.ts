/** Job definitions of AWS Batch. A change makes a new revision; the former ones go once no job uses them. */
import type { JobDefinition } from '@aws-sdk/client-batch';
import type { CallContext, Observed, ResourceKind } from '../../../../deploy/resource.ts';
import { isOwned, TAG } from '../../api/tags.ts';
import { awsId, type Site } from '../../site.ts';
import { type Batch, jobsIn, jobsRunning, NOT_ENDED, terminateJobs } from '../batch/jobs.ts';
import { isNotThere, syncBatchTags } from '../batch/state.ts';
import type { AwsDeps } from '../deps.ts';
import { ownedOf, taggedCandidates } from '../listing.ts';
import {
  contentChanges,
  DEFINITION_RULES,
  definitionAttrs,
  definitionChanges,
  definitionTags,
  type FormerRevisions,
  type JobDefinitionAttrs,
  type JobDefinitionProps,
  registerInput,
} from './properties.ts';

export type { JobDefinitionAttrs, JobDefinitionProps } from './properties.ts';

/** What a definition is found by. */
type Key = { readonly site: Site; readonly name: string };

export function jobDefinitionKind(deps: AwsDeps): ResourceKind<JobDefinitionProps, JobDefinitionAttrs> {
  const read = (key: Key, call: CallContext) => observe(deps, key, call);
  return {
    title: 'job definition',
    rank: 54,
    volatile: ['arn', 'revision', 'formerImages'],
    read,
    rules: DEFINITION_RULES,
    changes: definitionChanges,
    reconcile: (props, call) => reconcile(deps, props, call),
    async delete({ site, name }, call) {
      await remove(deps, { site, name }, call);
      return undefined;
    },
    async list(_workflow, call) {
      const candidates = await taggedCandidates<Key>(deps, call, (site, { service, resource }) => {
        // Each revision has an ARN of its own, also those that are not active any more.
        const name = service === 'batch' && /^job-definition\/([^:]+)/.exec(resource)?.[1];
        return name ? { id: awsId(site, 'job-definition', name), props: { site, name } } : undefined;
      });
      const identity = ({ arn }: JobDefinitionAttrs) => arn;
      return ownedOf({ kind: 'aws/job-definition', candidates, identity }, deps, read, call);
    },
  };
}

/** The active revisions, the last one first. */
async function revisionsOf(
  { sdk, client }: Batch,
  jobDefinitionName: string,
  { signal: abortSignal }: CallContext,
): Promise<readonly JobDefinition[]> {
  const found: JobDefinition[] = [];
  let nextToken: string | undefined;
  do {
    const input = { jobDefinitionName, status: 'ACTIVE', ...(nextToken && { nextToken }) };
    const page = await client.send(new sdk.DescribeJobDefinitionsCommand(input), { abortSignal });
    found.push(...(page.jobDefinitions ?? []));
    nextToken = page.nextToken;
  } while (nextToken);
  return found.sort((a, b) => (b.revision ?? 0) - (a.revision ?? 0));
}

async function observe(
  deps: AwsDeps,
  { site, name }: Key,
  call: CallContext,
): Promise<Observed<JobDefinitionAttrs> | undefined> {
  const batch = await deps.clients('batch', site);
  const [last, ...former] = await revisionsOf(batch, name, call);
  if (!last) return undefined;
  const attrs = definitionAttrs(site, last, await formerOf(deps, batch, former, call));
  return { owned: isOwned(attrs.tags, deps.workflow), attrs };
}

/** Of these revisions those that are ours: the ones that no job uses, and the images that the others run. */
async function formerOf(
  { workflow }: AwsDeps,
  batch: Batch,
  revisions: readonly JobDefinition[],
  call: CallContext,
): Promise<FormerRevisions> {
  const ours = revisions.filter(({ tags }) => isOwned(tags, workflow));
  const jobs = new Set((await jobsWith(batch, ours, call)).map(({ jobDefinition }) => jobDefinition));
  const isUsed = ({ jobDefinitionArn }: JobDefinition) => jobs.has(jobDefinitionArn);
  const unused = ours
    .filter((each) => !isUsed(each))
    .map(({ revision, jobDefinitionArn = '' }) => [String(revision), jobDefinitionArn]);
  const formerImages = ours.filter(isUsed).flatMap(({ tags }) => tags?.[TAG.image] ?? []);
  return { unused: Object.fromEntries(unused), formerImages: [...new Set(formerImages)].sort() };
}

/** The jobs that have not ended and use one of these revisions, in the queues that the revisions name. */
async function jobsWith(batch: Batch, revisions: readonly JobDefinition[], call: CallContext) {
  const arns = revisions.map(({ jobDefinitionArn }) => jobDefinitionArn);
  const queues = new Set(revisions.flatMap(({ tags }) => tags?.[TAG.queue] ?? []));
  const jobs = await Promise.all([...queues].map((queue) => jobsIn(batch, queue, NOT_ENDED, call)));
  return jobs.flat().filter(({ jobDefinition }) => arns.includes(jobDefinition));
}

async function reconcile(
  deps: AwsDeps,
  props: JobDefinitionProps,
  call: CallContext,
): Promise<JobDefinitionAttrs> {
  const batch = await deps.clients('batch', props.site);
  const found = (await observe(deps, props, call))?.attrs;
  const tags = definitionTags(props);
  if (found) await syncBatchTags(batch, found, tags, call);
  const kept = found && contentChanges(props, found).length === 0;
  const now = kept ? found : await register(deps, batch, props, call);
  for (const arn of Object.values(now.unused)) await deregister(batch, arn, call);
  return { ...now, tags, unused: {} };
}

/** Makes the next revision, and answers it with those that no job uses any more. */
async function register(
  deps: AwsDeps,
  batch: Batch,
  props: JobDefinitionProps,
  call: CallContext,
): Promise<JobDefinitionAttrs> {
  const { sdk, client } = batch;
  const input = registerInput(props);
  const command = new sdk.RegisterJobDefinitionCommand(input);
  const made = await client.send(command, { abortSignal: call.signal });
  const all = await revisionsOf(batch, props.name, call);
  const former = all.filter(({ jobDefinitionArn }) => jobDefinitionArn !== made.jobDefinitionArn);
  const others = await formerOf(deps, batch, former, call);
  return definitionAttrs(props.site, { ...input, ...made } as JobDefinition, others);
}

async function deregister(
  { sdk, client }: Batch,
  jobDefinition: string,
  { signal: abortSignal }: CallContext,
): Promise<void> {
  try {
    await client.send(new sdk.DeregisterJobDefinitionCommand({ jobDefinition }), { abortSignal });
  } catch (thrown) {
    if (!isNotThere(thrown)) throw thrown;
  }
}

/** Deregisters all revisions of ours. Throws `FdlError` `jobs-running` where jobs use one, unless they may be ended. */
async function remove(deps: AwsDeps, { site, name }: Key, call: CallContext): Promise<void> {
  const batch = await deps.clients('batch', site);
  const all = await revisionsOf(batch, name, call);
  const ours = all.filter(({ tags }) => isOwned(tags, deps.workflow));
  const jobs = await jobsWith(batch, ours, call);
  if (jobs.length > 0 && !deps.force) throw jobsRunning(`the job definition ${name}`, jobs);
  await terminateJobs(batch, jobs, call);
  for (const { jobDefinitionArn = '' } of ours) await deregister(batch, jobDefinitionArn, call);
}
