/** Launch templates: what machines get before anything runs on them, what is there of it, and what differs. Pure. */
import type {
  LaunchTemplate,
  RequestLaunchTemplateData,
  ResponseLaunchTemplateData,
} from '@aws-sdk/client-ec2';
import type { Change } from '../../../../deploy/resource.ts';
import { IDENTITY, pathsBy, type Rules } from '../../../../deploy/rules.ts';
import { settableTags } from '../../api/tag-sync.ts';
import { fromTagList, type Tags, tagList } from '../../api/tags.ts';
import type { Site } from '../../site.ts';
import { changesOf } from '../changes.ts';

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
/** One hop ends at the machine: containers behind a bridge do not get at the machine's role. */
const FIXED = { volumeType: 'gp3', httpTokens: 'required', hopLimit: 1 } as const;
type FixedData = typeof FIXED & Pick<LaunchTemplateAttrs, 'machineTags'>;

/** `version`: a new version of the template. */
export const TEMPLATE_RULES: Rules<LaunchTemplateProps & FixedData, 'version' | 'tags'> = {
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
export function templateAttrs(
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

export function templateChanges(props: LaunchTemplateProps, attrs: LaunchTemplateAttrs): readonly Change[] {
  const { machineTags: _, ...rest } = attrs;
  return [
    ...dataChanges(props, attrs),
    ...changesOf({ tags: props.tags }, { tags: rest.tags }, { fields: pathsBy(TEMPLATE_RULES, 'tags') }),
  ];
}

/** What takes a new version. */
export function dataChanges(props: LaunchTemplateProps, attrs: LaunchTemplateAttrs): readonly Change[] {
  return changesOf({ ...FIXED, ...props, machineTags: props.tags }, attrs, {
    fields: pathsBy(TEMPLATE_RULES, 'version'),
  });
}
