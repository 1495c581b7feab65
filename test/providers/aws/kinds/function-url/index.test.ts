import { describe, expect, it } from 'vitest';
import { ownTags } from '../../../../../src/providers/aws/api/tags.ts';
import {
  type FunctionUrlProps,
  functionUrlKind,
} from '../../../../../src/providers/aws/kinds/function-url/index.ts';
import { type Answers, awsFailure, fakeCall, fakeClients, fakeDeps, SITE } from '../../fake-clients.ts';

const PROPS: FunctionUrlProps = { site: SITE, function: 'resize', auth: 'AWS_IAM' };
const URL = 'https://abc.lambda-url.eu-west-1.on.aws/';
const there = (AuthType: string) => ({ AuthType, FunctionUrl: URL });
const missing = () => {
  throw awsFailure('ResourceNotFoundException', 404);
};

function urls(lambda: Answers['lambda'], deps: Partial<Parameters<typeof fakeDeps>[0]> = {}) {
  const fake = fakeClients({ lambda: { GetFunctionConfiguration: { State: 'Active' }, ...lambda } });
  return { ...fake, kind: functionUrlKind(fakeDeps({ clients: fake.clients, ...deps })) };
}

describe('the address of a function', () => {
  it('is made once', async () => {
    const GetFunctionUrlConfig = (_: unknown, before: number) =>
      before === 0 ? missing() : there('AWS_IAM');
    const { kind, calls, inputs } = urls({ GetFunctionUrlConfig, CreateFunctionUrlConfig: there('AWS_IAM') });
    const attrs = await kind.reconcile(PROPS, fakeCall());
    expect(attrs).toEqual({ ...PROPS, url: URL });
    expect(inputs('CreateFunctionUrlConfig')).toEqual([
      { FunctionName: 'resize', AuthType: 'AWS_IAM', InvokeMode: 'BUFFERED' },
    ]);
    expect(await kind.reconcile(PROPS, fakeCall())).toEqual(attrs);
    expect(calls({ all: false })).toEqual(['lambda CreateFunctionUrlConfig']);
    expect(kind.changes(PROPS, attrs)).toEqual([]);
  });

  it('keeps its name when it is closed or opened', async () => {
    const { kind, inputs } = urls({ GetFunctionUrlConfig: there('NONE'), UpdateFunctionUrlConfig: {} });
    const observed = await kind.read(PROPS, fakeCall());
    expect(observed && kind.changes(PROPS, observed.attrs)).toEqual([
      { path: 'auth', before: 'NONE', after: 'AWS_IAM' },
    ]);
    expect(await kind.reconcile(PROPS, fakeCall())).toEqual({ ...PROPS, url: URL });
    expect(inputs('UpdateFunctionUrlConfig')).toEqual([{ FunctionName: 'resize', AuthType: 'AWS_IAM' }]);
  });

  it('is absent with its function', async () => {
    const { kind } = urls({ GetFunctionUrlConfig: missing, DeleteFunctionUrlConfig: missing });
    expect(await kind.read(PROPS, fakeCall())).toBeUndefined();
    expect(await kind.delete({ ...PROPS, url: URL }, fakeCall())).toBeUndefined();
  });

  it('is taken for what was made by a call whose answer was lost', async () => {
    const conflict = () => {
      throw awsFailure('ResourceConflictException', 409, 'FunctionUrlConfig exists for this Lambda function');
    };
    const GetFunctionUrlConfig = (_: unknown, before: number) =>
      before === 0 ? missing() : there('AWS_IAM');
    const { kind } = urls({ GetFunctionUrlConfig, CreateFunctionUrlConfig: conflict });
    expect(await kind.reconcile(PROPS, fakeCall())).toEqual({ ...PROPS, url: URL });
  });

  it('is found at the functions of the workflow', async () => {
    const GetFunction = {
      Configuration: { FunctionArn: 'arn:aws:lambda:eu-west-1:1:function:resize' },
      Tags: ownTags('shop', 'resize'),
    };
    const props = { site: SITE, name: 'resize' };
    const known = [{ kind: 'aws/function', id: 'aws/eu-west-1/function/resize', props }];
    const { kind } = urls({ GetFunction, GetFunctionUrlConfig: there('NONE') }, { known });
    expect(await kind.list('shop', fakeCall())).toEqual([
      {
        id: 'aws/eu-west-1/function-url/resize',
        step: 'resize',
        attrs: { ...PROPS, auth: 'NONE', url: URL },
      },
    ]);
  });
});
