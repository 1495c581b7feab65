import { describe, expect, it } from 'vitest';
import { ref } from '../../../../../src/deploy/resource.ts';
import type { AwsDeps } from '../../../../../src/providers/aws/kinds/deps.ts';
import { type RoleProps, roleKind } from '../../../../../src/providers/aws/kinds/role/index.ts';
import {
  policyDocument,
  trustDocument,
} from '../../../../../src/providers/aws/kinds/role/policy-document.ts';
import { type Answer, awsFailure, fakeCall, fakeClients, fakeDeps, SITE } from '../../fake-clients.ts';

const CALL = fakeCall();
const ARN = 'arn:aws:iam::1:role/fdl/shop/eu-west-1/shop-resize';
const KEY = 'arn:aws:kms:eu-west-1:1:key/k';
const LOGS = { Sid: 'Logs', Effect: 'Allow', Action: ['logs:PutLogEvents'], Resource: ['a', 'b'] } as const;
const PROPS: RoleProps = {
  site: SITE,
  name: 'shop-resize',
  path: '/fdl/shop/eu-west-1/',
  trust: ['lambda.amazonaws.com'],
  statements: [LOGS],
  tags: { 'fdl:workflow': 'shop' },
};
const ROLE = {
  Arn: ARN,
  RoleName: 'shop-resize',
  Path: PROPS.path,
  AssumeRolePolicyDocument: encodeURIComponent(trustDocument(PROPS)),
  Tags: [{ Key: 'fdl:workflow', Value: 'shop' }],
};

function missing(): never {
  throw awsFailure('NoSuchEntity', 404, 'The role with name shop-resize cannot be found.');
}

/** The role as it is to be, unless `answers` say something else. */
function iam(answers: Readonly<Record<string, Answer>> = {}, more: Partial<AwsDeps> = {}) {
  const done = ['CreateRole', 'PutRolePolicy', 'DeleteRolePolicy', 'AttachRolePolicy', 'DetachRolePolicy'];
  const others = ['UpdateAssumeRolePolicy', 'PutRolePermissionsBoundary', 'DeleteRolePermissionsBoundary'];
  const all = [...done, ...others, 'TagRole', 'UntagRole', 'DeleteRole'];
  const fake = fakeClients({
    iam: {
      ...Object.fromEntries(all.map((name) => [name, {}])),
      GetRole: { Role: ROLE },
      GetRolePolicy: { PolicyDocument: encodeURIComponent(policyDocument([LOGS])) },
      ListAttachedRolePolicies: {},
      ListRolePolicies: { PolicyNames: ['fdl'] },
      CreateRole: { Role: ROLE },
      ...answers,
    },
  });
  return { ...fake, kind: roleKind(fakeDeps({ clients: fake.clients, ...more })) };
}

const attrsOf = async (answers: Readonly<Record<string, Answer>> = {}) => {
  const observed = await iam(answers).kind.read(PROPS, CALL);
  if (!observed) throw new Error('The role is not there.');
  return observed.attrs;
};
const changed = async (props: Partial<RoleProps>, answers = {}) =>
  iam().kind.changes({ ...PROPS, ...props }, await attrsOf(answers));

describe('a role', () => {
  it('is ours by its path', async () => {
    expect(await iam().kind.read(PROPS, CALL)).toMatchObject({ owned: true, attrs: { arn: ARN } });
    const elsewhere = iam({ GetRole: { Role: { ...ROLE, Path: '/fdl/shopping/eu-west-1/' } } });
    expect(await elsewhere.kind.read(PROPS, CALL)).toMatchObject({ owned: false });
    expect(await iam({ GetRole: missing }).kind.read(PROPS, CALL)).toBeUndefined();
  });

  it('does not differ by the order of what it permits', async () => {
    expect(await changed({ statements: [{ ...LOGS, Resource: ['b', 'a'] }] })).toEqual([]);
  });

  it('differs by statements, named by their ids', async () => {
    const before = ['a', 'b'];
    expect(await changed({ statements: [{ ...LOGS, Resource: ['a'] }] })).toEqual([
      { path: 'statements.Logs.Resource', before, after: ['a'] },
    ]);
    expect((await changed({ keys: [[KEY]] })).map(({ path }) => path)).toEqual([
      'statements.BucketKeys.Action',
      'statements.BucketKeys.Effect',
      'statements.BucketKeys.Resource',
    ]);
  });

  it('is not compared by keys that nobody knows yet', async () => {
    const keys = [ref('aws/eu-west-1/bucket/new', 'keys'), [KEY]];
    expect(await changed({ keys })).toEqual([]);
  });

  it('must be made anew for another path', async () => {
    expect(await changed({ path: '/fdl/shop/us-east-1/' })).toEqual([
      { path: 'path', before: '/fdl/shop/eu-west-1/', after: '/fdl/shop/us-east-1/', replace: true },
    ]);
  });

  it('differs by who may take it, also where somebody else was let in', async () => {
    const Statement = [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }];
    const open = encodeURIComponent(JSON.stringify({ Version: '2012-10-17', Statement }));
    const GetRole = { Role: { ...ROLE, AssumeRolePolicyDocument: open } };
    expect((await changed({}, { GetRole })).map(({ path }) => path)).toEqual(['trust']);
    const source = { account: '1', arn: 'arn:aws:ecs:eu-west-1:1:*' };
    expect((await changed({ source })).map(({ path }) => path)).toEqual(['source.account', 'source.arn']);
  });
});

describe('reconciling a role', () => {
  it('makes it with its path, boundary and tags at once, and waits until IAM knows it', async () => {
    const PutRolePolicy = (_input: unknown, before: number) => (before < 2 ? missing() : {});
    const GetRole = (_input: unknown, before: number) => (before === 0 ? missing() : { Role: ROLE });
    const GetRolePolicy = missing;
    const { kind, calls, inputs } = iam({ GetRole, GetRolePolicy, PutRolePolicy });
    const attrs = await kind.reconcile(PROPS, CALL);
    expect(kind.changes(PROPS, attrs)).toEqual([]);
    expect(attrs.arn).toBe(ARN);
    expect(calls({ all: false })).toEqual(['iam CreateRole', ...Array(3).fill('iam PutRolePolicy')]);
    expect(inputs('CreateRole')[0]).toMatchObject({ Path: PROPS.path, Tags: ROLE.Tags });
  });

  it('sends nothing where nothing differs', async () => {
    const { kind, calls } = iam();
    await kind.reconcile(PROPS, CALL);
    expect(calls({ all: false })).toEqual([]);
  });

  it('sends one call for each part that differs', async () => {
    const AttachedPolicies = [{ PolicyArn: 'arn:old' }, { PolicyArn: 'arn:keep' }];
    const { kind, calls, inputs } = iam({ ListAttachedRolePolicies: { AttachedPolicies } });
    const managedPolicies = ['arn:new', 'arn:keep'];
    const tags = { 'fdl:workflow': 'shop', team: 'vision' };
    await kind.reconcile({ ...PROPS, managedPolicies, boundary: 'arn:b', tags, keys: [[KEY]] }, CALL);
    expect(calls({ all: false })).toEqual([
      'iam PutRolePermissionsBoundary',
      'iam TagRole',
      'iam AttachRolePolicy',
      'iam DetachRolePolicy',
      'iam PutRolePolicy',
    ]);
    expect(inputs('AttachRolePolicy')[0]).toMatchObject({ PolicyArn: 'arn:new' });
    expect(inputs('DetachRolePolicy')[0]).toMatchObject({ PolicyArn: 'arn:old' });
  });

  it('is made without another look where there was none, and taken for what a lost answer left', async () => {
    const absent = { ...CALL, absent: true };
    const fresh = iam({ GetRole: missing });
    expect(await fresh.kind.reconcile(PROPS, absent)).toMatchObject({ arn: ARN });
    expect(fresh.calls()).toEqual(['iam CreateRole', 'iam PutRolePolicy']);
    const CreateRole = () => {
      throw awsFailure('EntityAlreadyExists', 409, 'Role with name shop-resize already exists.');
    };
    const left = iam({ CreateRole });
    expect(await left.kind.reconcile(PROPS, absent)).toMatchObject({ arn: ARN });
    expect(left.calls({ all: false })).toEqual(['iam CreateRole']);
    const others = iam({ CreateRole, GetRole: { Role: { ...ROLE, Path: '/' } } });
    await expect(others.kind.reconcile(PROPS, absent)).rejects.toThrow('already exists');
  });

  it('does not wait for a policy that does not exist', async () => {
    const AttachRolePolicy = () => {
      throw awsFailure('NoSuchEntity', 404, 'Policy arn:x does not exist or is not attachable.');
    };
    const { kind, calls } = iam({ AttachRolePolicy });
    const failing = kind.reconcile({ ...PROPS, managedPolicies: ['arn:x'] }, CALL);
    await expect(failing).rejects.toThrow('does not exist or is not attachable');
    expect(calls({ all: false })).toHaveLength(1);
  });
});

describe('deleting a role', () => {
  it('takes all policies off first, whoever put them on', async () => {
    const { kind, calls, inputs } = iam({
      ListAttachedRolePolicies: { AttachedPolicies: [{ PolicyArn: 'arn:p' }] },
      ListRolePolicies: { PolicyNames: ['fdl', 'by-hand'] },
    });
    await kind.delete(await attrsOf(), CALL);
    expect(calls({ all: false })).toEqual([
      'iam DetachRolePolicy',
      'iam DeleteRolePolicy',
      'iam DeleteRolePolicy',
      'iam DeleteRole',
    ]);
    expect(inputs('DeleteRolePolicy')[1]).toMatchObject({ PolicyName: 'by-hand' });
  });

  it('leaves one of the same name with another path, and one that is gone', async () => {
    const attrs = await attrsOf();
    for (const GetRole of [{ Role: { ...ROLE, Arn: 'arn:other' } }, missing]) {
      const { kind, calls } = iam({ GetRole });
      await kind.delete(attrs, CALL);
      expect(calls({ all: false })).toEqual([]);
    }
  });
});

describe('the role of a function in a network', () => {
  const VPC = 'arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole';
  const attached = { ListAttachedRolePolicies: { AttachedPolicies: [{ PolicyArn: VPC }] } };
  const tags = [...ROLE.Tags, { Key: 'fdl:step', Value: 'resize' }];
  const GetRole = { Role: { ...ROLE, Tags: tags } };
  const one = { Description: 'AWS Lambda VPC ENI-resize-01234567-89ab-4def-8123-456789abcdef' };
  const others = { Description: 'AWS Lambda VPC ENI-resize-big-01234567-89ab-4def-8123-456789abcdef' };

  /** The role with a network that answers this. */
  function inNetwork(DescribeNetworkInterfaces: Answer, waited: number[] = []) {
    const { kind: _, ...fake } = iam({ ...attached, GetRole });
    const { clients: ofEc2, inputs } = fakeClients({ ec2: { DescribeNetworkInterfaces } });
    const clients = ((service: 'ec2', site: typeof SITE) =>
      (service === 'ec2' ? ofEc2 : fake.clients)(service, site)) as AwsDeps['clients'];
    const delay = async (ms: number) => void waited.push(ms);
    return { ...fake, asked: inputs, kind: roleKind(fakeDeps({ clients, delay })) };
  }

  it('is deleted once AWS Lambda has removed the interfaces', async () => {
    const { kind, calls, asked } = inNetwork((_input: unknown, before: number) => ({
      NetworkInterfaces: before < 2 ? [one, others] : [others],
    }));
    const call = fakeCall();
    expect(await kind.delete(await attrsOf({ ...attached, GetRole }), call)).toBeUndefined();
    expect(call.said).toEqual([
      expect.stringMatching(/^waiting for AWS Lambda .* interfaces of resize, .*20 min/),
    ]);
    expect(calls({ all: false }).at(-1)).toBe('iam DeleteRole');
    const Filters = [{ Name: 'description', Values: ['AWS Lambda VPC ENI-resize-*'] }];
    expect(asked('DescribeNetworkInterfaces')).toEqual(Array(3).fill({ Filters }));
  });

  it('stays where they are still there after 20 minutes', async () => {
    const waited: number[] = [];
    const { kind, calls } = inNetwork({ NetworkInterfaces: [one] }, waited);
    const answer = await kind.delete(await attrsOf({ ...attached, GetRole }), CALL);
    expect(answer).toEqual({ kept: expect.stringContaining('a network interface to remove with it') });
    expect(waited.reduce((sum, ms) => sum + ms, 0)).toBe(20 * 60_000);
    expect(calls({ all: false })).toEqual([]);
  });

  it('is deleted at once where nobody may look', async () => {
    const { kind, calls } = inNetwork(() => {
      throw awsFailure('UnauthorizedOperation', 403);
    });
    const call = fakeCall();
    await kind.delete(await attrsOf({ ...attached, GetRole }), call);
    expect(call.said).toEqual([expect.stringContaining('nobody waits')]);
    expect(calls({ all: false }).at(-1)).toBe('iam DeleteRole');
  });

  it('keeps its right to remove them when the function leaves its network', async () => {
    expect(await changed({}, attached)).toEqual([]);
    const { kind, calls } = iam(attached);
    await kind.reconcile({ ...PROPS, managedPolicies: ['arn:new'] }, CALL);
    expect(calls({ all: false })).toEqual(['iam AttachRolePolicy']);
  });
});

describe('the roles of a workflow', () => {
  it('are those below its path, in all pages, at the regions that their paths name', async () => {
    const us = { ...ROLE, RoleName: 'shop-tag', Arn: 'arn:tag', Path: '/fdl/shop/us-east-1/' };
    const ListRoles = (_input: unknown, before: number) =>
      before === 0 ? { Roles: [ROLE], Marker: 'more' } : { Roles: [us] };
    const GetRole = ({ RoleName = '' }) => ({ Role: RoleName === 'shop-tag' ? us : ROLE });
    const { kind, inputs } = iam({ ListRoles, GetRole }, { sites: [SITE, { region: 'us-east-1' }] });
    expect((await kind.list('shop', CALL)).map(({ id }) => id)).toEqual([
      'aws/eu-west-1/role/shop-resize',
      'aws/us-east-1/role/shop-tag',
    ]);
    expect(inputs('ListRoles')).toEqual([
      { PathPrefix: '/fdl/shop/' },
      { PathPrefix: '/fdl/shop/', Marker: 'more' },
    ]);
  });
});
