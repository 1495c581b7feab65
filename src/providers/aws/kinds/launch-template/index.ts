/** Launch templates of EC2. A change of what machines get makes a new version, which becomes the default one. */
import type { CallContext, Observed, ResourceKind } from '../../../../deploy/resource.ts';
import type { Connection } from '../../api/clients.ts';
import { hasAwsCode, unlessMissing } from '../../api/errors.ts';
import { tagSync } from '../../api/tag-sync.ts';
import { isOwned, tagList } from '../../api/tags.ts';
import { untilAccepted } from '../../api/wait.ts';
import { awsId, type Site } from '../../site.ts';
import type { AwsDeps } from '../deps.ts';
import { ownedOf, taggedCandidates } from '../listing.ts';
import {
  dataChanges,
  type LaunchTemplateAttrs,
  type LaunchTemplateProps,
  TEMPLATE_RULES,
  templateAttrs,
  templateChanges,
  templateData,
} from './data.ts';

export type { LaunchTemplateAttrs, LaunchTemplateProps } from './data.ts';

type Ec2 = Connection<'ec2'>;
/** What a template is found by: its ARN says the id alone. */
type Key = { readonly site: Site; readonly name?: string | undefined; readonly id?: string | undefined };

const KIND = 'aws/launch-template';
const PREFIX = 'launch-template/';
const GONE = [
  'InvalidLaunchTemplateName.NotFoundException',
  'InvalidLaunchTemplateId.NotFound',
  'InvalidLaunchTemplateId.NotFoundException',
] as const;
const EXISTS = 'InvalidLaunchTemplateName.AlreadyExistsException';

export function launchTemplateKind(deps: AwsDeps): ResourceKind<LaunchTemplateProps, LaunchTemplateAttrs> {
  return {
    title: 'launch template',
    rank: 65,
    volatile: ['version'],
    read: ({ site, name }, call) => observe(deps, { site, name }, call),
    rules: TEMPLATE_RULES,
    changes: templateChanges,
    reconcile: (props, call) => reconcile(deps, props, call),
    async delete({ site, id }, call) {
      const { sdk, client } = await deps.clients('ec2', site);
      const command = new sdk.DeleteLaunchTemplateCommand({ LaunchTemplateId: id });
      await unlessMissing(client.send(command, { abortSignal: call.signal }), ...GONE);
      return undefined;
    },
    async list(_workflow, call) {
      const candidates = await taggedCandidates<Key>(deps, call, (site, { service, resource }) => {
        if (service !== 'ec2' || !resource.startsWith(PREFIX)) return undefined;
        const id = resource.slice(PREFIX.length);
        return { id: awsId(site, 'launch-template', id), props: { site, id } };
      });
      const wanted = { kind: KIND, candidates, identity: ({ id }: LaunchTemplateAttrs) => id };
      const found = await ownedOf<Key, LaunchTemplateAttrs>(wanted, deps, (key) => look(key), call);
      return found.map((each) => ({
        ...each,
        id: awsId(each.attrs.site, 'launch-template', each.attrs.name),
      }));

      function look({ site, id, name }: Key) {
        return observe(deps, id === undefined ? { site, name } : { site, id }, call);
      }
    },
  };
}

async function observe(
  { clients, workflow }: AwsDeps,
  { site, id, name = '' }: Key,
  { signal: abortSignal }: CallContext,
): Promise<Observed<LaunchTemplateAttrs> | undefined> {
  const { sdk, client } = await clients('ec2', site);
  const by = id === undefined ? { LaunchTemplateNames: [name] } : { LaunchTemplateIds: [id] };
  const found = client.send(new sdk.DescribeLaunchTemplatesCommand(by), { abortSignal });
  const template = (await unlessMissing(found, ...GONE))?.LaunchTemplates?.[0];
  if (!template) return undefined;
  const input = { LaunchTemplateId: template.LaunchTemplateId, Versions: ['$Default'] };
  const versions = client.send(new sdk.DescribeLaunchTemplateVersionsCommand(input), { abortSignal });
  const data = (await unlessMissing(versions, ...GONE))?.LaunchTemplateVersions?.[0]?.LaunchTemplateData;
  const attrs = templateAttrs(site, template, data);
  return { owned: isOwned(attrs.tags, workflow), attrs };
}

/** Milliseconds. A template that was just made or deleted is not known, or still known, for a moment. */
const SPREAD_TIMEOUT = 60_000;

async function reconcile(
  deps: AwsDeps,
  props: LaunchTemplateProps,
  call: CallContext,
): Promise<LaunchTemplateAttrs> {
  const ec2 = await deps.clients('ec2', props.site);
  const what = `the launch template ${props.name} to be known to EC2`;
  const waiting = { call, delay: deps.delay, timeoutMs: SPREAD_TIMEOUT, what };
  return untilAccepted(
    waiting,
    (thrown) => hasAwsCode(thrown, ...GONE, EXISTS),
    async () => {
      const found = (await observe(deps, props, call))?.attrs;
      if (!found) return create(ec2, props, call);
      await syncTags(ec2, found, props, call);
      const version =
        dataChanges(props, found).length > 0 ? await addVersion(ec2, found, props, call) : found.version;
      return asWanted(props, { LaunchTemplateId: found.id, DefaultVersionNumber: version });
    },
  );
}

function asWanted(
  props: LaunchTemplateProps,
  made: {
    readonly LaunchTemplateId?: string | undefined;
    readonly DefaultVersionNumber?: number | undefined;
  },
): LaunchTemplateAttrs {
  const template = { ...made, LaunchTemplateName: props.name, Tags: tagList(props.tags) };
  return templateAttrs(props.site, template, templateData(props));
}

async function create(
  { sdk, client }: Ec2,
  props: LaunchTemplateProps,
  { signal }: CallContext,
): Promise<LaunchTemplateAttrs> {
  const Tags = tagList(props.tags);
  const command = new sdk.CreateLaunchTemplateCommand({
    LaunchTemplateName: props.name,
    LaunchTemplateData: templateData(props),
    ...(Tags.length > 0 && { TagSpecifications: [{ ResourceType: 'launch-template', Tags }] }),
  });
  const { LaunchTemplate: made } = await client.send(command, { abortSignal: signal });
  return asWanted(props, { LaunchTemplateId: made?.LaunchTemplateId, DefaultVersionNumber: 1 });
}

/** A version that was made and is not the default one yet, since somebody stopped in between, does no harm. */
async function addVersion(
  { sdk, client }: Ec2,
  { id: LaunchTemplateId }: LaunchTemplateAttrs,
  props: LaunchTemplateProps,
  { signal: abortSignal }: CallContext,
): Promise<number> {
  const input = { LaunchTemplateId, LaunchTemplateData: templateData(props) };
  const made = await client.send(new sdk.CreateLaunchTemplateVersionCommand(input), { abortSignal });
  const version = made.LaunchTemplateVersion?.VersionNumber ?? 0;
  const DefaultVersion = String(version);
  await client.send(new sdk.ModifyLaunchTemplateCommand({ LaunchTemplateId, DefaultVersion }), {
    abortSignal,
  });
  return version;
}

async function syncTags(
  { sdk, client }: Ec2,
  { id, tags: found }: LaunchTemplateAttrs,
  { tags }: LaunchTemplateProps,
  { signal: abortSignal }: CallContext,
): Promise<void> {
  const { set, remove } = tagSync(tags, found);
  const Resources = [id];
  if (Object.keys(set).length > 0) {
    await client.send(new sdk.CreateTagsCommand({ Resources, Tags: tagList(set) }), { abortSignal });
  }
  if (remove.length > 0) {
    const Tags = remove.map((Key) => ({ Key }));
    await client.send(new sdk.DeleteTagsCommand({ Resources, Tags }), { abortSignal });
  }
}
