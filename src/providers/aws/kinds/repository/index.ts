/** Repositories of ECR: one for a workflow, with an image for each step. */

import { isDeepStrictEqual } from 'node:util';
import type { Repository } from '@aws-sdk/client-ecr';
import type { CallContext, Observed, ResourceKind } from '../../../../deploy/resource.ts';
import { comparisonOf, IDENTITY, type Rules } from '../../../../deploy/rules.ts';
import type { Connection } from '../../api/clients.ts';
import { hasAwsCode, unlessMissing } from '../../api/errors.ts';
import { remembered } from '../../api/memory.ts';
import { type Arn, parseArn } from '../../api/tagged.ts';
import { fromTagList, isOwned, settableTags, type Tags, tagList, tagSync } from '../../api/tags.ts';
import { awsId, type Site, siteKey } from '../../site.ts';
import { changesOf } from '../changes.ts';
import type { AwsDeps } from '../deps.ts';
import { ownedOf, taggedCandidates } from '../listing.ts';

export type RepositoryProps = {
  readonly site: Site;
  readonly name: string;
  /** The images stay when the workflow is removed. */
  readonly keepImages: boolean;
  readonly tags: Tags;
};

export type RepositoryAttrs = RepositoryProps & {
  readonly arn: string;
  /** Host and name: what images are called before the tag. */
  readonly uri: string;
  /** The host. */
  readonly registry: string;
  /** AWS Lambda may pull its images. */
  readonly lambdaMayPull: boolean;
  /** The policy as it is, as JSON. */
  readonly policy?: string | undefined;
};

const RULES: Rules<RepositoryProps & Pick<RepositoryAttrs, 'lambdaMayPull'>> = {
  site: IDENTITY,
  name: IDENTITY,
  keepImages: { by: 'tags' },
  tags: { by: 'tags' },
  lambdaMayPull: { by: 'policy' },
};

type Key = Pick<RepositoryProps, 'site' | 'name'>;

/** A tag of ours that outlives the file: whoever removes the workflow must know. */
const KEEP_IMAGES = 'fdl:keep-images';

const MISSING = 'RepositoryNotFoundException';

/** A repository goes with its images, unless they are to be kept. */
export function repositoryKind(deps: AwsDeps): ResourceKind<RepositoryProps, RepositoryAttrs> {
  const read = (key: Key, call: CallContext) => readRepository(deps, key, call);
  return {
    title: 'image repository',
    rank: 85,
    read,
    rules: RULES,
    changes(props, attrs) {
      const found = { ...attrs, tags: withoutOurs(attrs.tags) };
      const wanted = { ...props, tags: withoutOurs(props.tags), lambdaMayPull: true };
      return changesOf(wanted, found, comparisonOf(RULES));
    },
    reconcile: (props, call) => reconcile(deps, props, call),
    async delete({ site, name: repositoryName, keepImages }, call) {
      const { sdk, client } = await deps.clients('ecr', site);
      const command = new sdk.DeleteRepositoryCommand({ repositoryName, force: !keepImages });
      try {
        await unlessMissing(client.send(command, { abortSignal: call.signal }), MISSING);
        return undefined;
      } catch (thrown) {
        if (!hasAwsCode(thrown, 'RepositoryNotEmptyException')) throw thrown;
        return { kept: 'its images are to be kept (ecr.delete_image: false)' };
      }
    },
    stays: async ({ keepImages }) =>
      keepImages ? { why: 'if there are images in it (ecr.delete_image: false)', isSure: false } : undefined,
    async list(_workflow, call) {
      const candidates = await taggedCandidates<Key>(deps, call, (site, { service, resource }) => {
        const name = service === 'ecr' && /^repository\/(.+)$/.exec(resource)?.[1];
        return name ? { id: awsId(site, 'repository', name), props: { site, name } } : undefined;
      });
      return ownedOf({ kind: 'aws/repository', candidates, identity: ({ arn }) => arn }, deps, read, call);
    },
  };
}

function withoutOurs(tags: Tags): Tags {
  return Object.fromEntries(Object.entries(settableTags(tags)).filter(([name]) => name !== KEEP_IMAGES));
}

/** The tags of a repository that is as desired. */
function wantedTags({ tags, keepImages }: RepositoryProps): Tags {
  return keepImages ? { ...tags, [KEEP_IMAGES]: 'true' } : tags;
}

function readRepository(
  deps: AwsDeps,
  key: Key,
  call: CallContext,
): Promise<Observed<RepositoryAttrs> | undefined> {
  return remembered(deps, call, `repository ${siteKey(key.site)} ${key.name}`, () => ask(deps, key, call));
}

async function ask(
  deps: AwsDeps,
  { site, name }: Key,
  call: CallContext,
): Promise<Observed<RepositoryAttrs> | undefined> {
  const { sdk, client } = await deps.clients('ecr', site);
  const abort = { abortSignal: call.signal };
  const describe = new sdk.DescribeRepositoriesCommand({ repositoryNames: [name] });
  const described = await unlessMissing(client.send(describe, abort), MISSING);
  const repository = described?.repositories?.[0];
  if (!repository) return undefined;
  const { repositoryArn: arn = '' } = repository;
  const policyCommand = new sdk.GetRepositoryPolicyCommand({ repositoryName: name });
  const [{ tags: list }, policy] = await Promise.all([
    client.send(new sdk.ListTagsForResourceCommand({ resourceArn: arn }), abort),
    unlessMissing(client.send(policyCommand, abort), 'RepositoryPolicyNotFoundException'),
  ]);
  const tags = fromTagList(list);
  const attrs = repositoryAttrs(site, name, repository, { tags, policy: policy?.policyText });
  return { owned: isOwned(tags, deps.workflow), attrs };
}

function repositoryAttrs(
  site: Site,
  name: string,
  { repositoryArn: arn = '', repositoryUri: uri = '' }: Repository = {},
  { tags, policy }: { readonly tags: Tags; readonly policy?: string | undefined },
): RepositoryAttrs {
  return {
    ...{ site, name, arn, uri, tags, policy },
    registry: uri.replace(/\/.*$/, ''),
    keepImages: tags[KEEP_IMAGES] === 'true',
    lambdaMayPull: allowsPull(policy, parseArn(arn)),
  };
}

async function reconcile(deps: AwsDeps, props: RepositoryProps, call: CallContext): Promise<RepositoryAttrs> {
  const ecr = await deps.clients('ecr', props.site);
  const there = call.absent ? undefined : await readRepository(deps, props, call);
  const attrs = there?.attrs ?? (await create(deps, props, ecr, call));
  const tags = await syncTags(props, attrs, ecr, call);
  const policy = await allowPull(attrs, ecr, call);
  return { ...attrs, tags, keepImages: props.keepImages, lambdaMayPull: true, policy };
}

async function create(
  deps: AwsDeps,
  props: RepositoryProps,
  { sdk, client }: Connection<'ecr'>,
  call: CallContext,
): Promise<RepositoryAttrs> {
  const { site, name } = props;
  const tags = wantedTags(props);
  const command = new sdk.CreateRepositoryCommand({ repositoryName: name, tags: tagList(tags) });
  try {
    const { repository } = await client.send(command, { abortSignal: call.signal });
    return repositoryAttrs(site, name, repository, { tags });
  } catch (thrown) {
    // An earlier call whose answer was lost may have made it.
    if (!hasAwsCode(thrown, 'RepositoryAlreadyExistsException')) throw thrown;
    const there = await readRepository(deps, props, call);
    if (!there?.owned) throw thrown;
    return there.attrs;
  }
}

/** Answers the tags that it has then. */
async function syncTags(
  props: RepositoryProps,
  { arn: resourceArn, tags }: RepositoryAttrs,
  { sdk, client }: Connection<'ecr'>,
  { signal: abortSignal }: CallContext,
): Promise<Tags> {
  const wanted = wantedTags(props);
  const sync = tagSync(wanted, tags);
  if (Object.keys(sync.set).length > 0) {
    await client.send(new sdk.TagResourceCommand({ resourceArn, tags: tagList(sync.set) }), { abortSignal });
  }
  if (sync.remove.length > 0) {
    const command = new sdk.UntagResourceCommand({ resourceArn, tagKeys: [...sync.remove] });
    await client.send(command, { abortSignal });
  }
  const others = Object.entries(tags).filter(([tag]) => !sync.remove.includes(tag));
  return { ...Object.fromEntries(others), ...wanted };
}

/** Answers the policy that it has then. */
async function allowPull(
  { name: repositoryName, arn, lambdaMayPull, policy }: RepositoryAttrs,
  { sdk, client }: Connection<'ecr'>,
  { signal: abortSignal }: CallContext,
): Promise<string | undefined> {
  if (lambdaMayPull) return policy;
  const policyText = withPull(policy, parseArn(arn));
  await client.send(new sdk.SetRepositoryPolicyCommand({ repositoryName, policyText }), { abortSignal });
  return policyText;
}

interface Statement {
  readonly Sid?: string;
  readonly [field: string]: unknown;
}

interface Policy {
  readonly Version?: string;
  readonly Statement?: readonly Statement[] | Statement;
  readonly [field: string]: unknown;
}

const SID = 'FdlLambdaPull';

/** Rule: what AWS Lambda needs to run an image of a repository in its own account and region. */
function pullStatement({ partition, region, account }: Arn): Statement {
  return {
    Sid: SID,
    Effect: 'Allow',
    Principal: { Service: 'lambda.amazonaws.com' },
    Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
    Condition: {
      StringLike: { 'aws:sourceArn': `arn:${partition}:lambda:${region}:${account}:function:*` },
    },
  };
}

/** Whether the policy has our statement, given the ARN of the repository. */
export function allowsPull(policy: string | undefined, repository: Arn): boolean {
  const wanted = arranged(pullStatement(repository));
  return statementsOf(read(policy)).some((statement) => isDeepStrictEqual(arranged(statement), wanted));
}

/** The policy with our statement in it, and all others as they are. */
export function withPull(policy: string | undefined, repository: Arn): string {
  const found = read(policy);
  const others = statementsOf(found).filter(({ Sid }) => Sid !== SID);
  return JSON.stringify({
    Version: '2012-10-17',
    ...found,
    Statement: [...others, pullStatement(repository)],
  });
}

function read(policy: string | undefined): Policy {
  return policy === undefined || policy === '' ? {} : JSON.parse(policy);
}

function statementsOf({ Statement = [] }: Policy): readonly Statement[] {
  return [Statement].flat() as readonly Statement[];
}

/** AWS gives a list of one as its only element, and lists in any order. */
function arranged(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 1 ? value[0] : [...value].sort();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, arranged(each)]));
}
