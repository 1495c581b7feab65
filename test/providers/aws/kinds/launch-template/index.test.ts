import { describe, expect, it } from 'vitest';
import type { AwsDeps } from '../../../../../src/providers/aws/kinds/deps.ts';
import {
  type LaunchTemplateProps,
  launchTemplateKind,
  templateData,
} from '../../../../../src/providers/aws/kinds/launch-template/index.ts';
import { type Answer, awsFailure, fakeCall, fakeClients, fakeDeps, SITE } from '../../fake-clients.ts';

const CALL = fakeCall();
const PROPS: LaunchTemplateProps = {
  ...{ site: SITE, name: 'shop-a', rootVolumeGb: 50, userData: 'MIME-Version: 1.0\n\ntext' },
  tags: { 'fdl:workflow': 'shop' },
};
const TAGS = [{ Key: 'fdl:workflow', Value: 'shop' }];
const TEMPLATE = {
  LaunchTemplateName: 'shop-a',
  LaunchTemplateId: 'lt-1',
  DefaultVersionNumber: 3,
  Tags: TAGS,
};

function missing(): never {
  throw awsFailure('InvalidLaunchTemplateName.NotFoundException');
}

/** The template as it is to be, unless `answers` say something else. */
function ec2(answers: Readonly<Record<string, Answer>> = {}, deps: Partial<AwsDeps> = {}) {
  const fake = fakeClients({
    ec2: {
      DescribeLaunchTemplates: { LaunchTemplates: [TEMPLATE] },
      DescribeLaunchTemplateVersions: {
        LaunchTemplateVersions: [{ LaunchTemplateData: templateData(PROPS) }],
      },
      CreateLaunchTemplate: { LaunchTemplate: { ...TEMPLATE, DefaultVersionNumber: 1 } },
      CreateLaunchTemplateVersion: { LaunchTemplateVersion: { VersionNumber: 5 } },
      ...{ ModifyLaunchTemplate: {}, CreateTags: {}, DeleteTags: {}, DeleteLaunchTemplate: {} },
      ...answers,
    },
  });
  return { ...fake, kind: launchTemplateKind(fakeDeps({ clients: fake.clients, ...deps })) };
}

async function attrs(data: object = templateData(PROPS)) {
  const { kind } = ec2({
    DescribeLaunchTemplateVersions: { LaunchTemplateVersions: [{ LaunchTemplateData: data }] },
  });
  const observed = await kind.read(PROPS, CALL);
  if (!observed) throw new Error('There is no template.');
  return observed.attrs;
}

describe('a launch template', () => {
  it('has its disk, who may ask for the role of the machine, user data and tags', () => {
    expect(templateData(PROPS)).toEqual({
      BlockDeviceMappings: [
        {
          DeviceName: '/dev/xvda',
          Ebs: { VolumeSize: 50, VolumeType: 'gp3', DeleteOnTermination: true },
        },
      ],
      MetadataOptions: { HttpEndpoint: 'enabled', HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
      UserData: Buffer.from(PROPS.userData).toString('base64'),
      TagSpecifications: [
        { ResourceType: 'instance', Tags: TAGS },
        { ResourceType: 'volume', Tags: TAGS },
      ],
    });
  });

  it('is its default version', async () => {
    const { kind, inputs } = ec2();
    const observed = await kind.read(PROPS, CALL);
    expect(observed).toMatchObject({ owned: true, attrs: { id: 'lt-1', version: 3 } });
    expect(inputs('DescribeLaunchTemplateVersions')).toEqual([
      { LaunchTemplateId: 'lt-1', Versions: ['$Default'] },
    ]);
    expect(await ec2({ DescribeLaunchTemplates: missing }).kind.read(PROPS, CALL)).toBeUndefined();
  });

  it('differs by what is set, also by what is the same for all', async () => {
    const { changes } = ec2().kind;
    expect(changes(PROPS, await attrs())).toEqual([]);
    const open = { ...templateData(PROPS), MetadataOptions: { HttpTokens: 'optional' } };
    expect(changes({ ...PROPS, rootVolumeGb: 60, userData: 'x' }, await attrs(open))).toEqual([
      { path: 'rootVolumeGb', before: 50, after: 60 },
      { path: 'userData', before: PROPS.userData, after: 'x' },
      { path: 'httpTokens', before: 'optional', after: 'required' },
      { path: 'hopLimit', before: undefined, after: 1 },
    ]);
    expect(changes({ ...PROPS, tags: {} }, await attrs()).map(({ path }) => path)).toEqual([
      'machineTags.fdl:workflow',
      'tags.fdl:workflow',
    ]);
  });

  it('is made with its tags', async () => {
    const { kind, calls, inputs } = ec2({ DescribeLaunchTemplates: missing });
    const made = await kind.reconcile(PROPS, CALL);
    expect(made).toMatchObject({ id: 'lt-1', version: 1 });
    expect(kind.changes(PROPS, made)).toEqual([]);
    expect(calls({ all: false })).toEqual(['ec2 CreateLaunchTemplate']);
    expect(inputs('CreateLaunchTemplate')[0].TagSpecifications).toEqual([
      { ResourceType: 'launch-template', Tags: TAGS },
    ]);
  });

  it('gets a new version for a change, which becomes the default one', async () => {
    const { kind, calls, inputs } = ec2();
    const changed = { ...PROPS, rootVolumeGb: 60 };
    const made = await kind.reconcile(changed, CALL);
    expect(made.version).toBe(5);
    expect(kind.changes(changed, made)).toEqual([]);
    expect(kind.volatile).toContain('version');
    expect(calls({ all: false })).toEqual(['ec2 CreateLaunchTemplateVersion', 'ec2 ModifyLaunchTemplate']);
    expect(inputs('ModifyLaunchTemplate')).toEqual([{ LaunchTemplateId: 'lt-1', DefaultVersion: '5' }]);
  });

  it('is left alone where nothing differs', async () => {
    const { kind, calls } = ec2();
    await kind.reconcile(PROPS, CALL);
    expect(calls({ all: false })).toEqual([]);
  });

  it('is tagged anew, with its machines', async () => {
    const { kind, calls } = ec2();
    await kind.reconcile({ ...PROPS, tags: { team: 'vision' } }, CALL);
    expect(calls({ all: false })).toEqual([
      'ec2 CreateTags',
      'ec2 DeleteTags',
      'ec2 CreateLaunchTemplateVersion',
      'ec2 ModifyLaunchTemplate',
    ]);
  });

  it('is taken up where an answer was lost', async () => {
    const DescribeLaunchTemplates = (_: unknown, before: number) =>
      before === 0 ? missing() : { LaunchTemplates: [TEMPLATE] };
    const CreateLaunchTemplate = () => {
      throw awsFailure('InvalidLaunchTemplateName.AlreadyExistsException');
    };
    const { kind } = ec2({ DescribeLaunchTemplates, CreateLaunchTemplate });
    expect(await kind.reconcile(PROPS, CALL)).toMatchObject({ id: 'lt-1', version: 3 });
  });

  it('is deleted by its id, and may be gone', async () => {
    const DeleteLaunchTemplate = () => {
      throw awsFailure('InvalidLaunchTemplateId.NotFound');
    };
    const { kind, inputs } = ec2({ DeleteLaunchTemplate });
    await kind.delete(await attrs(), CALL);
    expect(inputs('DeleteLaunchTemplate')).toEqual([{ LaunchTemplateId: 'lt-1' }]);
  });

  it('is found by the id in its ARN, and listed by its name', async () => {
    const arns = ['launch-template/lt-1', 'launch-template/lt-gone', 'instance/i-1'];
    const tagged = async () =>
      arns.map((resource) => ({ arn: `arn:aws:ec2:eu-west-1:1:${resource}`, tags: PROPS.tags }));
    const DescribeLaunchTemplates = ({ LaunchTemplateIds: [id] = [] }: { LaunchTemplateIds?: string[] }) => {
      if (id === 'lt-1') return { LaunchTemplates: [TEMPLATE] };
      throw awsFailure('InvalidLaunchTemplateId.NotFoundException');
    };
    const { kind } = ec2({ DescribeLaunchTemplates }, { tagged });
    expect((await kind.list('shop', CALL)).map(({ id }) => id)).toEqual([
      'aws/eu-west-1/launch-template/shop-a',
    ]);
  });
});
