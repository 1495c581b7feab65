/** Encrypted parameters of Systems Manager: the secrets of a step. The stored value itself is compared. */
import type { CallContext, Observed, ResourceKind } from '../../../../deploy/resource.ts';
import { comparisonOf, IDENTITY, type Rules } from '../../../../deploy/rules.ts';
import { Secret } from '../../../../secret.ts';
import type { Connection } from '../../api/clients.ts';
import { hasAwsCode, unlessMissing } from '../../api/errors.ts';
import { remembered } from '../../api/memory.ts';
import { fromTagList, isOwned, isSynced, settableTags, type Tags, tagList, tagSync } from '../../api/tags.ts';
import { untilAccepted } from '../../api/wait.ts';
import { awsId, type Site, siteKey } from '../../site.ts';
import { changesOf } from '../changes.ts';
import type { AwsDeps } from '../deps.ts';
import { type Candidate, ownedOf } from '../listing.ts';

export type ParameterProps = {
  readonly site: Site;
  readonly name: string;
  readonly value: Secret;
  readonly tags: Tags;
};

export type ParameterAttrs = ParameterProps & {
  readonly arn: string;
  /** `SecureString`, unless somebody else made it. */
  readonly type: string;
};

const RULES: Rules<ParameterProps & Pick<ParameterAttrs, 'type'>> = {
  site: IDENTITY,
  name: IDENTITY,
  type: { by: 'replace' },
  value: { by: 'value' },
  tags: { by: 'tags' },
};

type Ssm = Connection<'ssm'>;

const KIND = 'aws/parameter';
const GONE = 'ParameterNotFound';
const TYPE = 'SecureString';
/** Bytes that the value of a usual parameter may have. Rule: quotas of Parameter Store. */
const STANDARD_BYTES = 4096;

export function parameterKind(deps: AwsDeps): ResourceKind<ParameterProps, ParameterAttrs> {
  return {
    title: 'parameter',
    rank: 75,
    read: (props, call) => observe(deps, props, call),
    rules: RULES,
    changes: (props, attrs) => changesOf({ ...props, type: TYPE }, attrs, comparisonOf(RULES)),
    reconcile: (props, call) => reconcile(deps, props, call),
    async delete({ site, name }, call) {
      const { sdk, client } = await deps.clients('ssm', site);
      const command = new sdk.DeleteParameterCommand({ Name: name });
      await unlessMissing(client.send(command, { abortSignal: call.signal }), GONE);
      return undefined;
    },
    async list(_workflow, call) {
      const bySite = await Promise.all(deps.sites.map((site) => parametersAt(deps, site, call)));
      const read = (props: ParameterProps) => observe(deps, props, call);
      return ownedOf({ kind: KIND, candidates: bySite.flat(), identity: ({ arn }) => arn }, deps, read, call);
    },
  };
}

function sizeOf(value: Secret): number {
  return Buffer.byteLength(value.reveal());
}

type Key = Pick<ParameterProps, 'site' | 'name'>;

function observe(deps: AwsDeps, key: Key, call: CallContext): Promise<Observed<ParameterAttrs> | undefined> {
  return remembered(deps, call, `parameter ${siteKey(key.site)} ${key.name}`, () => ask(deps, key, call));
}

async function ask(
  { clients, workflow }: AwsDeps,
  { site, name }: Key,
  { signal }: CallContext,
): Promise<Observed<ParameterAttrs> | undefined> {
  const { sdk, client } = await clients('ssm', site);
  const options = { abortSignal: signal };
  const get = client.send(new sdk.GetParameterCommand({ Name: name, WithDecryption: true }), options);
  const found = (await unlessMissing(get, GONE))?.Parameter;
  if (!found) return undefined;
  const list = new sdk.ListTagsForResourceCommand({ ResourceType: 'Parameter', ResourceId: name });
  const answer = await unlessMissing(client.send(list, options), 'InvalidResourceId');
  if (!answer) return undefined;
  const tags = settableTags(fromTagList(answer.TagList));
  const value = new Secret(found.Value ?? '');
  const attrs = { site, name, arn: found.ARN ?? '', type: found.Type ?? '', value, tags };
  return { owned: isOwned(tags, workflow), attrs };
}

/** Milliseconds for another change of the parameter to end. */
const CONFLICT_TIMEOUT = 60_000;

async function reconcile(deps: AwsDeps, props: ParameterProps, call: CallContext): Promise<ParameterAttrs> {
  const { site, name, value, tags } = props;
  const ssm = await deps.clients('ssm', site);
  const what = `the parameter ${name}`;
  return untilAccepted(
    { call, delay: deps.delay, timeoutMs: CONFLICT_TIMEOUT, what },
    (thrown) => hasAwsCode(thrown, 'TooManyUpdates'),
    async () => {
      const there = call.absent ? undefined : (await observe(deps, props, call))?.attrs;
      const found = there ?? (await create(deps, ssm, props, call));
      if (!value.equals(found.value)) await overwrite(ssm, props, call);
      await syncTags(ssm, found, tags, call);
      return { site, name, arn: found.arn, type: TYPE, value, tags };
    },
  );
}

/** The parameter as it is then: an earlier call whose answer was lost may have made it. */
async function create(
  deps: AwsDeps,
  ssm: Ssm,
  props: ParameterProps,
  call: CallContext,
): Promise<ParameterAttrs> {
  let conflict: unknown;
  try {
    await put(ssm, props, { Tags: tagList(props.tags) }, call);
  } catch (thrown) {
    if (!hasAwsCode(thrown, 'ParameterAlreadyExists')) throw thrown;
    conflict = thrown;
  }
  const made = await observe(deps, props, call);
  if (conflict && !made?.owned) throw conflict;
  return made?.attrs ?? { ...props, arn: '', type: TYPE };
}

interface PutOptions {
  readonly Overwrite?: true;
  readonly Tags?: { Key: string; Value: string }[];
  readonly Tier?: 'Advanced';
}

async function put(
  { sdk, client }: Ssm,
  { name, value }: ParameterProps,
  options: PutOptions,
  { signal }: CallContext,
): Promise<void> {
  const tier = sizeOf(value) > STANDARD_BYTES ? { Tier: 'Advanced' as const } : {};
  const input = { Name: name, Type: TYPE, Value: value.reveal(), ...tier, ...options } as const;
  await client.send(new sdk.PutParameterCommand(input), { abortSignal: signal });
}

/** A parameter that was advanced once stays so, and does not take a value without being called so. */
async function overwrite(ssm: Ssm, props: ParameterProps, call: CallContext): Promise<void> {
  try {
    await put(ssm, props, { Overwrite: true }, call);
  } catch (thrown) {
    if (!hasAwsCode(thrown, 'ValidationException')) throw thrown;
    await put(ssm, props, { Overwrite: true, Tier: 'Advanced' }, call);
  }
}

async function syncTags(
  { sdk, client }: Ssm,
  { name: ResourceId, tags: found }: ParameterAttrs,
  wanted: Tags,
  { signal }: CallContext,
): Promise<void> {
  const sync = tagSync(wanted, found);
  if (isSynced(sync)) return;
  const options = { abortSignal: signal };
  const subject = { ResourceType: 'Parameter', ResourceId } as const;
  const Tags = tagList(sync.set);
  if (Tags.length > 0) await client.send(new sdk.AddTagsToResourceCommand({ ...subject, Tags }), options);
  if (sync.remove.length === 0) return;
  await client.send(
    new sdk.RemoveTagsFromResourceCommand({ ...subject, TagKeys: [...sync.remove] }),
    options,
  );
}

/** By the path of the workflow. */
async function parametersAt(
  { clients, workflow }: AwsDeps,
  site: Site,
  { signal }: CallContext,
): Promise<readonly Candidate<ParameterProps>[]> {
  const { sdk, client } = await clients('ssm', site);
  const names: string[] = [];
  let NextToken: string | undefined;
  do {
    const input = { Path: `/fdl/${workflow}`, Recursive: true, ...(NextToken && { NextToken }) };
    const page = await client.send(new sdk.GetParametersByPathCommand(input), { abortSignal: signal });
    names.push(...(page.Parameters ?? []).map(({ Name = '' }) => Name));
    NextToken = page.NextToken;
  } while (NextToken);
  return names.map((name) => ({
    id: awsId(site, 'parameter', name),
    props: { site, name, value: new Secret(''), tags: {} },
  }));
}
