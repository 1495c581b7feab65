/** Launch templates of EC2. A change of what machines get makes a new version, which becomes the default one. */

import type {
  LaunchTemplate,
  RequestLaunchTemplateData,
  ResponseLaunchTemplateData,
} from '@aws-sdk/client-ec2';
import type { CallContext, Change, Observed, ResourceKind } from '../../../../deploy/resource.ts';
import { IDENTITY, pathsBy, type Rules } from '../../../../deploy/rules.ts';
import type { Connection } from '../../api/clients.ts';
import { hasAwsCode, unlessMissing } from '../../api/errors.ts';
import { fromTagList, isOwned, settableTags, type Tags, tagList, tagSync } from '../../api/tags.ts';
import { untilAccepted } from '../../api/wait.ts';
import { awsId, type Site } from '../../site.ts';
import { changesOf } from '../changes.ts';
import type { AwsDeps } from '../deps.ts';
import { ownedOf, taggedCandidates } from '../listing.ts';

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

export type LaunchTemplateProps = {
  readonly site: Site;
  readonly name: string;
  /** GiB of the disk that the system, images and files of jobs share. */
  readonly rootVolumeGb: number;
  /** What a machine reads at its start: MIME text, not encoded. */
  readonly userData: string;
  /** Of the template, its machines and their disks. */
  readonly tags: Tags;
};

/** What the default version says, and which one that is. */
export type LaunchTemplateAttrs = Omit<LaunchTemplateProps, 'rootVolumeGb'> & {
  readonly id: string;
  readonly version: number;
  readonly rootVolumeGb?: number | undefined;
  readonly volumeType?: string | undefined;
  /** `required`: machines tell of themselves only to who got a token before. */
  readonly httpTokens?: string | undefined;
  /** How many hops away a token may be asked for. */
  readonly hopLimit?: number | undefined;
  /** Of machines and disks. */
  readonly machineTags: Tags;
};

/** The root device of Amazon Linux 2023. Rule: EC2's documentation, "Device names for volumes". */
const ROOT_DEVICE = '/dev/xvda';
/**
 * One hop ends at the machine, so that containers behind a bridge do not get at the machine's role. Jobs of AWS Batch are
 * not behind one: they share the network of their machine and can take its role, which is why that role may so little.
 * Rules: "NetworkMode" of Batch's user guide, where jobs on EC2 have `host`; ECS's developer guide, where
 * `ECS_AWSVPC_BLOCK_IMDS` is for the mode `awsvpc` alone. A rule of a firewall cannot tell the agent, a container with the
 * network of the machine, too, from a job.
 */
const FIXED = { volumeType: 'gp3', httpTokens: 'required', hopLimit: 1 } as const;
type FixedData = typeof FIXED & Pick<LaunchTemplateAttrs, 'machineTags'>;

/** `version`: a new version of the template. */
const TEMPLATE_RULES: Rules<LaunchTemplateProps & FixedData, 'version' | 'tags'> = {
  site: IDENTITY,
  name: IDENTITY,
  rootVolumeGb: { by: 'version' },
  userData: { by: 'version' },
  volumeType: { by: 'version' },
  httpTokens: { by: 'version' },
  hopLimit: { by: 'version' },
  machineTags: { by: 'version' },
  tags: { by: 'tags' },
};

/** The content of a version. */
export function templateData({ rootVolumeGb, userData, tags }: LaunchTemplateProps) {
  const Tags = tagList(tags);
  return {
    BlockDeviceMappings: [
      {
        DeviceName: ROOT_DEVICE,
        Ebs: { VolumeSize: rootVolumeGb, VolumeType: FIXED.volumeType, DeleteOnTermination: true },
      },
    ],
    MetadataOptions: {
      HttpEndpoint: 'enabled',
      HttpTokens: FIXED.httpTokens,
      HttpPutResponseHopLimit: FIXED.hopLimit,
    },
    UserData: Buffer.from(userData).toString('base64'),
    ...(Tags.length > 0 && {
      TagSpecifications: [
        { ResourceType: 'instance', Tags },
        { ResourceType: 'volume', Tags },
      ],
    }),
  } satisfies RequestLaunchTemplateData;
}

/** What a template and its default version say. */
function templateAttrs(
  site: Site,
  template: LaunchTemplate,
  data: ResponseLaunchTemplateData = {},
): LaunchTemplateAttrs {
  const root = data.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === ROOT_DEVICE)?.Ebs;
  const machine = data.TagSpecifications?.find(({ ResourceType }) => ResourceType === 'instance');
  return {
    site,
    name: template.LaunchTemplateName ?? '',
    id: template.LaunchTemplateId ?? '',
    version: template.DefaultVersionNumber ?? 0,
    rootVolumeGb: root?.VolumeSize,
    volumeType: root?.VolumeType,
    userData: Buffer.from(data.UserData ?? '', 'base64').toString(),
    httpTokens: data.MetadataOptions?.HttpTokens,
    hopLimit: data.MetadataOptions?.HttpPutResponseHopLimit,
    machineTags: fromTagList(machine?.Tags),
    tags: settableTags(fromTagList(template.Tags)),
  };
}

function templateChanges(props: LaunchTemplateProps, attrs: LaunchTemplateAttrs): readonly Change[] {
  const { machineTags: _, ...rest } = attrs;
  return [
    ...dataChanges(props, attrs),
    ...changesOf({ tags: props.tags }, { tags: rest.tags }, { fields: pathsBy(TEMPLATE_RULES, 'tags') }),
  ];
}

/** What takes a new version. */
function dataChanges(props: LaunchTemplateProps, attrs: LaunchTemplateAttrs): readonly Change[] {
  return changesOf({ ...FIXED, ...props, machineTags: props.tags }, attrs, {
    fields: pathsBy(TEMPLATE_RULES, 'version'),
  });
}
