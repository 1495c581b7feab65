import { describe, expect, it } from 'vitest';
import { ref } from '../../../../../src/deploy/resource.ts';
import type { AwsDeps } from '../../../../../src/providers/aws/kinds/deps.ts';
import {
  parsePolicy,
  permissionKind,
  permissionRequest,
} from '../../../../../src/providers/aws/kinds/permission/index.ts';
import { type Answer, awsFailure, fakeCall, fakeClients, fakeDeps, SITE } from '../../fake-clients.ts';

const CALL = fakeCall();
const FUNCTION_ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:resize';
const PROPS = {
  site: SITE,
  function: 'resize',
  statementId: 'fdl-s3-1',
  action: 'lambda:InvokeFunction',
  principal: 's3.amazonaws.com',
  sourceArn: 'arn:aws:s3:::photos',
  sourceAccount: '123456789012',
};
/** As AWS Lambda writes it. */
const STATEMENT = {
  Sid: 'fdl-s3-1',
  Effect: 'Allow',
  Principal: { Service: 's3.amazonaws.com' },
  Action: 'lambda:InvokeFunction',
  Resource: FUNCTION_ARN,
  Condition: {
    StringEquals: { 'AWS:SourceAccount': '123456789012' },
    ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::photos' },
  },
};
const URL_STATEMENTS = [
  {
    Sid: 'fdl-url',
    Principal: '*',
    Action: 'lambda:InvokeFunctionUrl',
    Condition: { StringEquals: { 'lambda:FunctionUrlAuthType': 'NONE' } },
  },
  {
    Sid: 'fdl-url-invoke',
    Principal: '*',
    Action: 'lambda:InvokeFunction',
    Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
  },
];

function missing(): never {
  throw awsFailure('ResourceNotFoundException', 404);
}

const policy = (...Statement: object[]) => ({ Policy: JSON.stringify({ Version: '2012-10-17', Statement }) });

/** A function with this policy. */
function lambda(
  GetPolicy: Answer,
  answers: Readonly<Record<string, Answer>> = {},
  more: Partial<AwsDeps> = {},
) {
  const fake = fakeClients({
    lambda: {
      GetPolicy,
      AddPermission: { Statement: JSON.stringify(STATEMENT) },
      RemovePermission: {},
      ...answers,
    },
  });
  return { ...fake, kind: permissionKind(fakeDeps({ clients: fake.clients, ...more })) };
}

describe('a permission', () => {
  it('is read from the policy of the function', async () => {
    expect(await lambda(policy(STATEMENT)).kind.read(PROPS, CALL)).toEqual({ owned: true, attrs: PROPS });
  });

  it('is absent without a policy, without its statement, and before the function is there', async () => {
    expect(await lambda(missing).kind.read(PROPS, CALL)).toBeUndefined();
    expect(await lambda(policy(...URL_STATEMENTS)).kind.read(PROPS, CALL)).toBeUndefined();
    const { kind, calls } = lambda(missing);
    expect(await kind.read({ ...PROPS, function: ref('f', 'name') }, CALL)).toBeUndefined();
    expect(calls()).toEqual([]);
  });

  it('is added once', async () => {
    const { kind, calls, inputs } = lambda(missing);
    expect(await kind.reconcile(PROPS, CALL)).toEqual(PROPS);
    expect(inputs('AddPermission')).toEqual([
      {
        FunctionName: 'resize',
        StatementId: 'fdl-s3-1',
        Action: 'lambda:InvokeFunction',
        Principal: 's3.amazonaws.com',
        SourceArn: 'arn:aws:s3:::photos',
        SourceAccount: '123456789012',
      },
    ]);
    expect(calls({ all: false })).toHaveLength(1);
    const there = lambda(policy(STATEMENT));
    await there.kind.reconcile(PROPS, CALL);
    expect(there.calls({ all: false })).toEqual([]);
  });

  it('is replaced where it says something else', async () => {
    const other = { ...STATEMENT, Condition: { ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::others' } } };
    const { kind, calls } = lambda(policy(other));
    const observed = await kind.read(PROPS, CALL);
    expect(kind.changes(PROPS, observed?.attrs ?? PROPS)).toEqual([
      { path: 'sourceArn', before: 'arn:aws:s3:::others', after: 'arn:aws:s3:::photos' },
      { path: 'sourceAccount', before: undefined, after: '123456789012' },
    ]);
    await kind.reconcile(PROPS, CALL);
    expect(calls({ all: false })).toEqual(['lambda RemovePermission', 'lambda AddPermission']);
  });

  it('waits for other changes of the policy, and takes what one of them added', async () => {
    const GetPolicy = (_input: unknown, before: number) => (before < 2 ? missing() : policy(STATEMENT));
    const AddPermission = () => {
      throw awsFailure('ResourceConflictException', 409);
    };
    const { kind, calls } = lambda(GetPolicy, { AddPermission });
    expect(await kind.reconcile(PROPS, CALL)).toEqual(PROPS);
    expect(calls({ all: false })).toHaveLength(2);
  });

  it('is added without another look where there was none', async () => {
    const { kind, calls } = lambda(missing);
    expect(await kind.reconcile(PROPS, { ...CALL, absent: true })).toEqual(PROPS);
    expect(calls()).toEqual(['lambda AddPermission']);
  });

  it('may be gone when it is deleted', async () => {
    expect(await lambda(missing, { RemovePermission: missing }).kind.delete(PROPS, CALL)).toBeUndefined();
  });
});

describe('statements for function URLs', () => {
  it('are read', () => {
    expect(parsePolicy(policy(...URL_STATEMENTS, { Effect: 'Allow' }).Policy)).toEqual([
      { statementId: 'fdl-url', action: 'lambda:InvokeFunctionUrl', principal: '*', urlAuth: 'NONE' },
      {
        statementId: 'fdl-url-invoke',
        action: 'lambda:InvokeFunction',
        principal: '*',
        viaFunctionUrl: true,
      },
    ]);
  });

  it('are asked for', () => {
    const about = { site: SITE, function: 'f', principal: '*' } as const;
    const url = { ...about, statementId: 'u', action: 'lambda:InvokeFunctionUrl', urlAuth: 'NONE' } as const;
    expect(permissionRequest(url)).toMatchObject({ FunctionUrlAuthType: 'NONE' });
    const via = {
      ...about,
      statementId: 'v',
      action: 'lambda:InvokeFunction',
      viaFunctionUrl: true,
    } as const;
    expect(permissionRequest(via)).toEqual({
      FunctionName: 'f',
      StatementId: 'v',
      Action: 'lambda:InvokeFunction',
      Principal: '*',
      InvokedViaFunctionUrl: true,
    });
  });
});

describe('the permissions of a workflow', () => {
  const tagsOf: Readonly<Record<string, object>> = {
    resize: { 'fdl:workflow': 'shop', 'fdl:step': 'resize' },
    others: { 'fdl:workflow': 'other' },
  };
  const GetFunction = ({ FunctionName = '' }) => {
    const Tags = tagsOf[FunctionName];
    return Tags ? { Configuration: { FunctionArn: `arn:${FunctionName}` }, Tags } : missing();
  };
  const known = ['others', 'resize'].map((name) => ({
    kind: 'aws/function',
    id: `aws/eu-west-1/function/${name}`,
    props: { site: SITE, name },
  }));

  it('are statements of ours at functions of ours', async () => {
    const GetPolicy = policy(STATEMENT, { ...STATEMENT, Sid: 'of-somebody' });
    const tagged = async () => [{ arn: 'arn:aws:lambda:eu-west-1:1:function:gone', tags: {} }];
    const { kind } = lambda(GetPolicy, { GetFunction }, { known, tagged });
    expect(await kind.list('shop', CALL)).toEqual([
      { id: 'aws/eu-west-1/permission/resize/fdl-s3-1', step: 'resize', attrs: PROPS },
    ]);
  });

  it('are found once where two profiles lead to one account, at the site that the file names', async () => {
    const profile = { region: 'eu-west-1', profile: 'lab' };
    const tagged = async () => [{ arn: FUNCTION_ARN, tags: {} }];
    const more = { sites: [profile, SITE], tagged, known: known.slice(1) };
    const { kind } = lambda(policy(STATEMENT), { GetFunction }, more);
    expect((await kind.list('shop', CALL)).map(({ id }) => id)).toEqual([
      'aws/eu-west-1/permission/resize/fdl-s3-1',
    ]);
  });
});
