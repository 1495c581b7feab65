/** Log groups. One that is there already is used as it is. */
import type { CallContext, Observed, ResourceKind } from '../../../../deploy/resource.ts';
import { comparisonOf, IDENTITY, type Rules } from '../../../../deploy/rules.ts';
import type { Connection } from '../../api/clients.ts';
import { hasAwsCode, unlessMissing } from '../../api/errors.ts';
import { remembered } from '../../api/memory.ts';
import { isOwned, settableTags, type Tags, tagSync } from '../../api/tags.ts';
import { untilAccepted, waitUntil } from '../../api/wait.ts';
import { awsId, type Site, siteKey } from '../../site.ts';
import { changesOf } from '../changes.ts';
import type { AwsDeps } from '../deps.ts';
import { ownedOf, taggedCandidates } from '../listing.ts';

export type LogGroupProps = {
  readonly site: Site;
  readonly name: string;
  /** One of the numbers that CloudWatch Logs takes; for ever where there is none. */
  readonly retentionDays?: number | undefined;
  readonly tags: Tags;
};

export type LogGroupAttrs = LogGroupProps & { readonly arn: string };

const RULES: Rules<LogGroupProps> = {
  site: IDENTITY,
  name: IDENTITY,
  retentionDays: { by: 'retention' },
  tags: { by: 'tags' },
};

const KIND = 'aws/log-group';
const PREFIX = 'log-group:';
const GONE = 'ResourceNotFoundException';

export function logGroupKind(deps: AwsDeps): ResourceKind<LogGroupProps, LogGroupAttrs> {
  return {
    title: 'log group',
    rank: 70,
    foreign: 'use',
    read: (props, call) => observe(deps, props, call),
    rules: RULES,
    changes: (props, attrs) => changesOf(props, attrs, comparisonOf(RULES)),
    reconcile: (props, call) => reconcile(deps, props, call),
    async delete({ site, name }, call) {
      const { sdk, client } = await deps.clients('logs', site);
      const command = new sdk.DeleteLogGroupCommand({ logGroupName: name });
      await unlessMissing(client.send(command, { abortSignal: call.signal }), GONE);
      return undefined;
    },
    async list(_workflow, call) {
      const candidates = await taggedCandidates<LogGroupProps>(
        deps,
        call,
        (site, { service, resource }, tags) => {
          if (service !== 'logs' || !resource.startsWith(PREFIX)) return undefined;
          const name = resource.slice(PREFIX.length).replace(/:\*$/, '');
          return { id: awsId(site, 'log-group', name), props: { site, name, tags } };
        },
      );
      const read = (props: LogGroupProps) => observe(deps, props, call);
      return ownedOf({ kind: KIND, candidates, identity: ({ arn }) => arn }, deps, read, call);
    },
  };
}

type Key = Pick<LogGroupProps, 'site' | 'name'>;

function observe(deps: AwsDeps, key: Key, call: CallContext): Promise<Observed<LogGroupAttrs> | undefined> {
  return remembered(deps, call, `log group ${siteKey(key.site)} ${key.name}`, () => ask(deps, key, call));
}

async function ask(
  { clients, workflow }: AwsDeps,
  { site, name }: Key,
  call: CallContext,
): Promise<Observed<LogGroupAttrs> | undefined> {
  const logs = await clients('logs', site);
  const group = await findGroup(logs, name, call);
  if (!group) return undefined;
  const command = new logs.sdk.ListTagsForResourceCommand({ resourceArn: group.arn });
  const answer = await unlessMissing(logs.client.send(command, { abortSignal: call.signal }), GONE);
  if (!answer) return undefined;
  const tags = settableTags(answer.tags ?? {});
  return { owned: isOwned(tags, workflow), attrs: { site, name, ...group, tags } };
}

/** Names can only be looked up by how they begin. */
async function findGroup(
  { sdk, client }: Connection<'logs'>,
  name: string,
  { signal }: CallContext,
): Promise<{ readonly arn: string; readonly retentionDays: number | undefined } | undefined> {
  let nextToken: string | undefined;
  do {
    const input = { logGroupNamePrefix: name, ...(nextToken && { nextToken }) };
    const page = await client.send(new sdk.DescribeLogGroupsCommand(input), { abortSignal: signal });
    const found = page.logGroups?.find(({ logGroupName }) => logGroupName === name);
    // Tags are asked for by the ARN without the `:*` for its streams.
    if (found) return { arn: (found.arn ?? '').replace(/:\*$/, ''), retentionDays: found.retentionInDays };
    nextToken = page.nextToken;
  } while (nextToken);
  return undefined;
}

/** Milliseconds. A group that was just deleted, or is changed elsewhere, refuses changes for a while. */
const CONFLICT_TIMEOUT = 60_000;

async function reconcile(deps: AwsDeps, props: LogGroupProps, call: CallContext): Promise<LogGroupAttrs> {
  const { site, name, retentionDays, tags } = props;
  const logs = await deps.clients('logs', site);
  const waiting = { call, delay: deps.delay, timeoutMs: CONFLICT_TIMEOUT, what: `the log group ${name}` };
  let absent = call.absent;
  return untilAccepted(
    waiting,
    (thrown) => hasAwsCode(thrown, 'OperationAbortedException', 'ResourceAlreadyExistsException'),
    async () => {
      const found = absent ? undefined : await observe(deps, props, call);
      absent = false;
      if (!found) await create(logs, props, call);
      const group = found?.attrs ?? (await waitUntil(waiting, () => findGroup(logs, name, call)));
      if (group.retentionDays !== retentionDays) await setRetention(logs, name, retentionDays, call);
      if (found) await syncTags(logs, found.attrs, tags, call);
      return { site, name, retentionDays, tags, arn: group.arn };
    },
  );
}

async function create(
  { sdk, client }: Connection<'logs'>,
  { name, tags }: LogGroupProps,
  { signal }: CallContext,
): Promise<void> {
  const command = new sdk.CreateLogGroupCommand({ logGroupName: name, tags });
  await client.send(command, { abortSignal: signal });
}

async function setRetention(
  { sdk, client }: Connection<'logs'>,
  logGroupName: string,
  days: number | undefined,
  { signal }: CallContext,
): Promise<void> {
  const options = { abortSignal: signal };
  if (days === undefined) await client.send(new sdk.DeleteRetentionPolicyCommand({ logGroupName }), options);
  else await client.send(new sdk.PutRetentionPolicyCommand({ logGroupName, retentionInDays: days }), options);
}

async function syncTags(
  { sdk, client }: Connection<'logs'>,
  { arn: resourceArn, tags: found }: LogGroupAttrs,
  wanted: Tags,
  { signal }: CallContext,
): Promise<void> {
  const options = { abortSignal: signal };
  const { set: tags, remove: tagKeys } = tagSync(wanted, found);
  if (Object.keys(tags).length > 0)
    await client.send(new sdk.TagResourceCommand({ resourceArn, tags }), options);
  if (tagKeys.length > 0)
    await client.send(new sdk.UntagResourceCommand({ resourceArn, tagKeys: [...tagKeys] }), options);
}
