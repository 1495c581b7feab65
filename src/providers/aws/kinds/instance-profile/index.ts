/** Instance profiles of IAM: how machines come by a role. The path says whose they are. */
import type { CallContext, Observed, Ref, ResourceKind } from '../../../../deploy/resource.ts';
import { comparisonOf, IDENTITY, type Rules } from '../../../../deploy/rules.ts';
import type { Connection } from '../../api/clients.ts';
import { hasAwsCode, unlessMissing } from '../../api/errors.ts';
import { fromTagList, settableTags, type Tags, tagList, tagSync } from '../../api/tags.ts';
import { untilAccepted } from '../../api/wait.ts';
import { awsId, type Site } from '../../site.ts';
import { changesOf } from '../changes.ts';
import { type AwsDeps, resolved } from '../deps.ts';
import { type Candidate, ownedOf } from '../listing.ts';
import { accountsOf, GONE, siteOfPath, workflowPath } from '../role/read.ts';

export type InstanceProfileProps = {
  readonly site: Site;
  readonly name: string;
  /** `/fdl/WORKFLOW/REGION/`. */
  readonly path: string;
  /** Name of the role. */
  readonly role: Ref | string;
  /** Left as they are where there are none. */
  readonly tags?: Tags | undefined;
};

export type InstanceProfileAttrs = {
  readonly site: Site;
  readonly arn: string;
  readonly name: string;
  readonly path: string;
  /** IAM lets a profile have one role; absent where it has none yet. */
  readonly role?: string | undefined;
  readonly tags: Tags;
};

const RULES: Rules<InstanceProfileProps> = {
  site: IDENTITY,
  name: IDENTITY,
  path: { by: 'replace' },
  role: { by: 'role' },
  tags: { by: 'tags' },
};

type Iam = Connection<'iam'>;
/** What a profile is found by. */
type Key = { readonly site: Site; readonly name: string };

export function instanceProfileKind(deps: AwsDeps): ResourceKind<InstanceProfileProps, InstanceProfileAttrs> {
  return {
    title: 'instance profile',
    rank: 79,
    read: (props, call) => observe(deps, props, call),
    rules: RULES,
    changes: profileChanges,
    reconcile: (props, call) => reconcile(deps, props, call),
    async delete(attrs, call) {
      await remove(deps, attrs, call);
      return undefined;
    },
    async list(_workflow, call) {
      const accounts = accountsOf(deps.sites);
      const candidates = (await Promise.all(accounts.map((site) => profilesAt(deps, site, call)))).flat();
      const wanted = {
        ...{ kind: 'aws/instance-profile', candidates },
        identity: ({ arn }: InstanceProfileAttrs) => arn,
      };
      return ownedOf<Key, InstanceProfileAttrs>(wanted, deps, (key) => observe(deps, key, call), call);
    },
  };
}

function profileChanges(props: InstanceProfileProps, attrs: InstanceProfileAttrs) {
  return changesOf({ ...props, tags: props.tags ?? attrs.tags }, attrs, comparisonOf(RULES));
}

async function observe(
  { clients, workflow }: AwsDeps,
  { site, name }: Key,
  { signal }: CallContext,
): Promise<Observed<InstanceProfileAttrs> | undefined> {
  const { sdk, client } = await clients('iam', site);
  const command = new sdk.GetInstanceProfileCommand({ InstanceProfileName: name });
  const found = (await unlessGone(client.send(command, { abortSignal: signal })))?.InstanceProfile;
  if (!found) return undefined;
  const { Arn: arn = '', Path: path = '/', Roles = [], Tags } = found;
  const attrs = { site, arn, name, path, role: Roles[0]?.RoleName, tags: settableTags(fromTagList(Tags)) };
  return { owned: path.startsWith(workflowPath(workflow)), attrs };
}

function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  return unlessMissing(answer, GONE, `${GONE}Exception`);
}

/** Milliseconds. IAM takes some seconds until it knows a new role or profile everywhere. */
const SPREAD_TIMEOUT = 60_000;

async function reconcile(
  deps: AwsDeps,
  props: InstanceProfileProps,
  call: CallContext,
): Promise<InstanceProfileAttrs> {
  const iam = await deps.clients('iam', props.site);
  const what = `the instance profile ${props.name} to be known to IAM`;
  return untilAccepted({ call, delay: deps.delay, timeoutMs: SPREAD_TIMEOUT, what }, passes, async () => {
    const found = (await observe(deps, props, call))?.attrs ?? (await create(iam, props, call));
    const { tags = found.tags } = props;
    const role = resolved(props.role);
    await setRole(iam, found, role, call);
    await syncTags(iam, found, tags, call);
    return { ...found, role, tags };
  });
}

function passes(thrown: unknown): boolean {
  const conflicts = ['ConcurrentModification', 'ConcurrentModificationException'];
  return hasAwsCode(thrown, GONE, `${GONE}Exception`, ...conflicts, 'EntityAlreadyExists');
}

async function create(
  { sdk, client }: Iam,
  { site, name, path, tags = {} }: InstanceProfileProps,
  { signal }: CallContext,
): Promise<InstanceProfileAttrs> {
  const input = { InstanceProfileName: name, Path: path, Tags: tagList(tags) };
  const command = new sdk.CreateInstanceProfileCommand(input);
  const { InstanceProfile } = await client.send(command, { abortSignal: signal });
  return { site, arn: InstanceProfile?.Arn ?? '', name, path, tags };
}

async function setRole(
  { sdk, client }: Iam,
  { name: InstanceProfileName, role: found }: InstanceProfileAttrs,
  RoleName: string,
  { signal: abortSignal }: CallContext,
): Promise<void> {
  if (found === RoleName) return;
  if (found !== undefined) {
    const former = { InstanceProfileName, RoleName: found };
    await client.send(new sdk.RemoveRoleFromInstanceProfileCommand(former), { abortSignal });
  }
  const command = new sdk.AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName });
  await client.send(command, { abortSignal });
}

async function syncTags(
  { sdk, client }: Iam,
  { name: InstanceProfileName, tags }: InstanceProfileAttrs,
  wanted: Tags,
  { signal: abortSignal }: CallContext,
): Promise<void> {
  const { set, remove: TagKeys } = tagSync(wanted, tags);
  if (Object.keys(set).length > 0) {
    const input = { InstanceProfileName, Tags: tagList(set) };
    await client.send(new sdk.TagInstanceProfileCommand(input), { abortSignal });
  }
  if (TagKeys.length > 0) {
    const input = { InstanceProfileName, TagKeys: [...TagKeys] };
    await client.send(new sdk.UntagInstanceProfileCommand(input), { abortSignal });
  }
}

/** Takes the role off a profile and deletes it; one of the same name with another path is another profile. */
async function remove(deps: AwsDeps, attrs: InstanceProfileAttrs, call: CallContext): Promise<void> {
  const { sdk, client } = await deps.clients('iam', attrs.site);
  const abort = { abortSignal: call.signal };
  const found = (await observe(deps, attrs, call))?.attrs;
  if (found?.arn !== attrs.arn) return;
  const InstanceProfileName = found.name;
  if (found.role !== undefined) {
    const input = { InstanceProfileName, RoleName: found.role };
    await unlessGone(client.send(new sdk.RemoveRoleFromInstanceProfileCommand(input), abort));
  }
  await unlessGone(client.send(new sdk.DeleteInstanceProfileCommand({ InstanceProfileName }), abort));
}

async function profilesAt(
  { clients, workflow }: AwsDeps,
  site: Site,
  { signal }: CallContext,
): Promise<readonly Candidate<Key>[]> {
  const { sdk, client } = await clients('iam', site);
  const PathPrefix = workflowPath(workflow);
  const found: Candidate<Key>[] = [];
  let Marker: string | undefined;
  do {
    const command = new sdk.ListInstanceProfilesCommand({ PathPrefix, ...(Marker && { Marker }) });
    const page = await client.send(command, { abortSignal: signal });
    for (const { InstanceProfileName: name = '', Path = '' } of page.InstanceProfiles ?? []) {
      const at = siteOfPath(site, Path);
      found.push({ id: awsId(at, 'instance-profile', name), props: { site: at, name } });
    }
    Marker = page.Marker;
  } while (Marker);
  return found;
}
