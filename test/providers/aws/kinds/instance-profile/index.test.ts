import { describe, expect, it } from 'vitest';
import { ref } from '../../../../../src/deploy/resource.ts';
import { instanceProfileKind } from '../../../../../src/providers/aws/kinds/instance-profile/index.ts';
import { type Answer, awsFailure, fakeCall, fakeClients, fakeDeps, SITE } from '../../fake-clients.ts';

const CALL = fakeCall();
const TAGS = { 'fdl:workflow': 'shop' };
const PROPS = {
  site: SITE,
  name: 'shop-instances',
  path: '/fdl/shop/eu-west-1/',
  role: 'machines',
  tags: TAGS,
};
const PROFILE = {
  InstanceProfileName: 'shop-instances',
  Arn: 'arn:profile',
  Path: PROPS.path,
  Roles: [{ RoleName: 'machines' }],
  Tags: [{ Key: 'fdl:workflow', Value: 'shop' }],
};

function missing(): never {
  throw awsFailure('NoSuchEntityException', 404);
}

/** The profile as it is to be, unless `answers` say something else. */
function iam(answers: Readonly<Record<string, Answer>> = {}) {
  const done = ['AddRoleTo', 'RemoveRoleFrom', 'Tag', 'Untag', 'Delete'];
  const fake = fakeClients({
    iam: {
      ...Object.fromEntries(done.map((name) => [`${name}InstanceProfile`, {}])),
      GetInstanceProfile: { InstanceProfile: PROFILE },
      CreateInstanceProfile: { InstanceProfile: PROFILE },
      ...answers,
    },
  });
  const sites = [SITE, { region: 'us-east-1' }];
  return { ...fake, kind: instanceProfileKind(fakeDeps({ clients: fake.clients, sites })) };
}

async function attrs(profile: object = PROFILE) {
  const observed = await iam({ GetInstanceProfile: { InstanceProfile: profile } }).kind.read(PROPS, CALL);
  if (!observed) throw new Error('There is no profile.');
  return observed.attrs;
}

describe('an instance profile', () => {
  it('is ours by its path', async () => {
    expect(await iam().kind.read(PROPS, CALL)).toMatchObject({ owned: true, attrs: { arn: 'arn:profile' } });
    const Path = '/fdl/shopping/eu-west-1/';
    const foreign = iam({ GetInstanceProfile: { InstanceProfile: { ...PROFILE, Path } } });
    expect(await foreign.kind.read(PROPS, CALL)).toMatchObject({ owned: false });
    expect(await iam({ GetInstanceProfile: missing }).kind.read(PROPS, CALL)).toBeUndefined();
  });

  it('differs by its role and its tags, which nobody has to give', async () => {
    const { changes } = iam().kind;
    const found = await attrs();
    expect(changes(PROPS, found)).toEqual([]);
    expect(changes({ ...PROPS, tags: undefined }, found)).toEqual([]);
    const role = ref('aws/eu-west-1/role/new', 'name');
    expect(changes({ ...PROPS, role, tags: {} }, found).map(({ path }) => path)).toEqual([
      'role',
      'tags.fdl:workflow',
    ]);
    expect(changes({ ...PROPS, path: '/fdl/shop/x/' }, found)).toMatchObject([{ replace: true }]);
  });

  it('is made with its role, as soon as IAM knows both', async () => {
    const AddRoleToInstanceProfile = (_: unknown, before: number) => (before < 2 ? missing() : {});
    const GetInstanceProfile = (_: unknown, before: number) =>
      before === 0 ? missing() : { InstanceProfile: { ...PROFILE, Roles: [] } };
    const { kind, calls, inputs } = iam({ GetInstanceProfile, AddRoleToInstanceProfile });
    const made = await kind.reconcile(PROPS, CALL);
    expect(kind.changes(PROPS, made)).toEqual([]);
    expect(calls({ all: false })).toEqual([
      'iam CreateInstanceProfile',
      ...Array(3).fill('iam AddRoleToInstanceProfile'),
    ]);
    expect(inputs('CreateInstanceProfile')[0]).toMatchObject({ Path: PROPS.path, Tags: PROFILE.Tags });
  });

  it('is left alone where nothing differs, and else gets what does', async () => {
    const same = iam();
    await same.kind.reconcile(PROPS, CALL);
    expect(same.calls({ all: false })).toEqual([]);
    const { kind, calls } = iam();
    await kind.reconcile({ ...PROPS, role: 'others', tags: { team: 'vision' } }, CALL);
    expect(calls({ all: false })).toEqual([
      'iam RemoveRoleFromInstanceProfile',
      'iam AddRoleToInstanceProfile',
      'iam TagInstanceProfile',
      'iam UntagInstanceProfile',
    ]);
  });

  it('is deleted without its role, and not where another one has its name', async () => {
    const { kind, calls } = iam();
    await kind.delete(await attrs(), CALL);
    expect(calls({ all: false })).toEqual(['iam RemoveRoleFromInstanceProfile', 'iam DeleteInstanceProfile']);
    for (const answer of [missing, { InstanceProfile: { ...PROFILE, Arn: 'arn:other' } }]) {
      const other = iam({ GetInstanceProfile: answer });
      await other.kind.delete(await attrs(), CALL);
      expect(other.calls({ all: false })).toEqual([]);
    }
  });

  it('is found below the path of the workflow, at the region that its own path names', async () => {
    const us = { ...PROFILE, InstanceProfileName: 'us', Arn: 'arn:us', Path: '/fdl/shop/us-east-1/' };
    const ListInstanceProfiles = ({ Marker }: { Marker?: string }) =>
      Marker ? { InstanceProfiles: [us] } : { InstanceProfiles: [PROFILE], Marker: 'more' };
    const GetInstanceProfile = ({ InstanceProfileName = '' }) => ({
      InstanceProfile: InstanceProfileName === 'us' ? us : PROFILE,
    });
    const { kind, inputs } = iam({ ListInstanceProfiles, GetInstanceProfile });
    expect((await kind.list('shop', CALL)).map(({ id }) => id)).toEqual([
      'aws/eu-west-1/instance-profile/shop-instances',
      'aws/us-east-1/instance-profile/us',
    ]);
    // Both regions are of one account.
    expect(inputs('ListInstanceProfiles')).toEqual([
      { PathPrefix: '/fdl/shop/' },
      { PathPrefix: '/fdl/shop/', Marker: 'more' },
    ]);
  });
});
