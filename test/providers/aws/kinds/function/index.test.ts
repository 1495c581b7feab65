import { describe, expect, it } from 'vitest';
import { awsFailure, fakeCall } from '../../fake-clients.ts';
import {
  type FakeFunctionOptions,
  fakeFunctions,
  functionProps,
  IMAGE,
  OTHER_IMAGE,
  stored,
} from '../fake-functions.ts';

const late = () =>
  awsFailure(
    'InvalidParameterValueException',
    400,
    'The role defined for the function cannot be assumed by Lambda.',
  );
const busy = () => awsFailure('ResourceConflictException', 409, 'An update is in progress for the function');
const mutating = { all: false };

/** What a change of one property of a function sends. */
async function changed(changes: Parameters<typeof functionProps>[0], options: FakeFunctionOptions = {}) {
  const functions = fakeFunctions({ there: stored(), ...options });
  const props = functionProps(changes);
  const attrs = await functions.kind.reconcile(props, fakeCall());
  expect(functions.kind.changes(props, attrs)).toEqual([]);
  return functions;
}

describe('a function that is not there', () => {
  it('is made, and is then as desired', async () => {
    const functions = fakeFunctions();
    const props = functionProps({ description: 'Makes pictures smaller' });
    expect(await functions.kind.read(props, fakeCall())).toBeUndefined();
    const call = fakeCall();
    const attrs = await functions.kind.reconcile(props, call);
    expect(functions.calls(mutating)).toEqual(['lambda CreateFunction']);
    expect(call.said).toEqual(['waiting for the function resize to become active']);
    expect(attrs).toMatchObject({ state: 'Active', arn: expect.stringMatching(/:function:resize$/) });
    expect(functions.kind.changes(props, attrs)).toEqual([]);
    expect(await functions.kind.read(props, call)).toEqual({ owned: true, attrs });
  });

  it('is made and waited for without a look before or after where there was none', async () => {
    const functions = fakeFunctions();
    const props = functionProps({ vpc: { subnets: ['s'], securityGroups: ['g'] }, description: 'x' });
    const attrs = await functions.kind.reconcile(props, { ...fakeCall(), absent: true });
    expect([...new Set(functions.calls())]).toEqual([
      'lambda CreateFunction',
      'lambda GetFunctionConfiguration',
    ]);
    expect(await functions.kind.read(props, fakeCall())).toEqual({ owned: true, attrs });
  });

  it('is sent whole', async () => {
    const functions = fakeFunctions();
    const vpc = { subnets: ['subnet-1'], securityGroups: ['sg-1'] };
    const fileSystems = [{ arn: 'arn:aws:elasticfilesystem:x:1:access-point/fsap-1', path: '/mnt/data' }];
    const props = functionProps({
      vpc,
      fileSystems,
      logFormat: 'JSON',
      logLevel: 'DEBUG',
      ephemeralStorage: 2048,
    });
    await functions.kind.reconcile(props, fakeCall());
    expect(functions.inputs('CreateFunction')).toMatchObject([
      {
        PackageType: 'Image',
        EphemeralStorage: { Size: 2048 },
        VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] },
        FileSystemConfigs: [{ LocalMountPath: '/mnt/data' }],
        LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'DEBUG', LogGroup: '/aws/lambda/resize' },
        Tags: { 'fdl:workflow': 'shop', 'fdl:step': 'resize' },
      },
    ]);
  });

  it('waits until its role can be assumed', async () => {
    const functions = fakeFunctions({ failures: { CreateFunction: [late(), late()] } });
    await functions.kind.reconcile(functionProps(), fakeCall());
    expect(functions.inputs('CreateFunction')).toHaveLength(3);
  });

  it('says what AWS says of a role that can never be assumed', async () => {
    const functions = fakeFunctions({ failures: { CreateFunction: Array.from({ length: 1000 }, late) } });
    const made = functions.kind.reconcile(functionProps(), fakeCall());
    await expect(made).rejects.toThrow('cannot be assumed by Lambda');
  });

  it('gets its concurrency and what happens to failed invocations', async () => {
    const functions = fakeFunctions();
    const onFailure = 'arn:aws:sqs:eu-west-1:123456789012:failed';
    const props = functionProps({ reservedConcurrency: 0, asyncConfig: { retries: 0, onFailure } });
    const attrs = await functions.kind.reconcile(props, fakeCall());
    expect(functions.calls(mutating)).toEqual([
      'lambda CreateFunction',
      'lambda PutFunctionConcurrency',
      'lambda PutFunctionEventInvokeConfig',
    ]);
    expect(attrs).toMatchObject({ reservedConcurrency: 0, asyncConfig: { retries: 0, onFailure } });
    expect(functions.kind.changes(props, attrs)).toEqual([]);
  });

  it('fails with the reason of AWS', async () => {
    const outcome = () => ({ State: 'Failed', StateReason: 'The image is not for x86_64' });
    const functions = fakeFunctions({ outcome });
    await expect(functions.kind.reconcile(functionProps(), fakeCall())).rejects.toMatchObject({
      code: 'function-failed',
      message: expect.stringContaining('The image is not for x86_64'),
    });
  });

  it('is taken for what was made by a call whose answer was lost', async () => {
    const GetFunction = [awsFailure('ResourceNotFoundException', 404)];
    const functions = fakeFunctions({ there: stored(), failures: { GetFunction } });
    expect(await functions.kind.reconcile(functionProps(), fakeCall())).toMatchObject({ state: 'Active' });
    expect(functions.calls(mutating)).toEqual(['lambda CreateFunction']);
  });

  it('is not taken over from others', async () => {
    const GetFunction = [awsFailure('ResourceNotFoundException', 404)];
    const functions = fakeFunctions({ there: stored(undefined, { Tags: {} }), failures: { GetFunction } });
    await expect(functions.kind.reconcile(functionProps(), fakeCall())).rejects.toThrow('already exist');
    expect(functions.calls(mutating)).toEqual(['lambda CreateFunction']);
  });
});

describe('a function that is there', () => {
  it('is left alone where nothing differs', async () => {
    const functions = await changed({});
    expect(functions.calls()).toEqual(['lambda GetFunction', 'lambda GetFunctionEventInvokeConfig']);
  });

  it('gets new code and a new configuration by themselves, and both one after the other, the code first', async () => {
    const code = { image: OTHER_IMAGE };
    expect((await changed({ code })).calls(mutating)).toEqual(['lambda UpdateFunctionCode']);
    const configured = await changed({ memory: 1024 });
    expect(configured.calls(mutating)).toEqual(['lambda UpdateFunctionConfiguration']);
    const both = await changed({ code, environment: { LEVEL: 'low' } });
    expect(both.calls(mutating)).toEqual(['lambda UpdateFunctionCode', 'lambda UpdateFunctionConfiguration']);
    expect(both.inputs('UpdateFunctionConfiguration')[0].Environment).toEqual({
      Variables: { LEVEL: 'low' },
    });
  });

  it('gets another architecture with its code', async () => {
    const functions = await changed({ architecture: 'arm64' });
    expect(functions.inputs('UpdateFunctionCode')).toEqual([
      { FunctionName: 'resize', ImageUri: IMAGE, Architectures: ['arm64'] },
    ]);
  });

  it('waits while somebody else changes it', async () => {
    const failures = { UpdateFunctionConfiguration: [busy(), busy()] };
    const functions = await changed({ timeout: 60 }, { failures });
    expect(functions.inputs('UpdateFunctionConfiguration')).toHaveLength(3);
  });

  it('is waited for before it is compared, where it is still being made', async () => {
    const functions = await changed({}, { there: stored(undefined, { State: 'Pending' }) });
    expect(functions.calls(mutating)).toEqual([]);
    expect(functions.calls()).toContain('lambda GetFunctionConfiguration');
  });

  it('gets everything again where the last change of it failed', async () => {
    const there = stored(undefined, { LastUpdateStatus: 'Failed', LastUpdateStatusReason: 'No such subnet' });
    const functions = fakeFunctions({ there });
    const observed = await functions.kind.read(functionProps(), fakeCall());
    expect(observed && functions.kind.changes(functionProps(), observed.attrs)).toEqual([
      { path: 'state', before: 'UpdateFailed: No such subnet', after: 'Active' },
    ]);
    await functions.kind.reconcile(functionProps(), fakeCall());
    expect(functions.calls(mutating)).toEqual([
      'lambda UpdateFunctionCode',
      'lambda UpdateFunctionConfiguration',
    ]);
  });

  it('keeps its configuration where the new code does not work', async () => {
    const outcome = () => ({ LastUpdateStatus: 'Failed', LastUpdateStatusReason: 'Bad image' });
    const functions = fakeFunctions({ there: stored(), outcome });
    const props = functionProps({ code: { image: OTHER_IMAGE }, memory: 1024 });
    await expect(functions.kind.reconcile(props, fakeCall())).rejects.toThrow('Bad image');
    expect(functions.calls(mutating)).toEqual(['lambda UpdateFunctionCode']);
  });

  it('gets the tags of the file, and loses others but those of AWS', async () => {
    const Tags = { ...functionProps().tags, old: 'x', 'aws:cloudformation:stack-name': 'y' };
    const tags = { ...functionProps().tags, team: 'blue' };
    const functions = await changed({ tags }, { there: stored(undefined, { Tags }) });
    expect(functions.inputs('TagResource')).toMatchObject([{ Tags: { team: 'blue' } }]);
    expect(functions.inputs('UntagResource')).toMatchObject([{ TagKeys: ['old'] }]);
  });

  it('loses its concurrency and its own rule for failed invocations with those of the file', async () => {
    const there = stored(undefined, {
      Concurrency: { ReservedConcurrentExecutions: 3 },
      Async: { MaximumRetryAttempts: 0 },
    });
    const functions = await changed({}, { there });
    expect(functions.calls(mutating)).toEqual([
      'lambda DeleteFunctionConcurrency',
      'lambda DeleteFunctionEventInvokeConfig',
    ]);
  });

  it('is started in advance after a change, if that is wanted, and whatever comes of it', async () => {
    const call = fakeCall();
    const failures = { Invoke: [awsFailure('TooManyRequestsException', 429, 'Rate exceeded')] };
    const functions = fakeFunctions({ there: stored(), failures });
    await functions.kind.reconcile(functionProps({ preheat: true }), call);
    expect(functions.inputs('Invoke')).toEqual([]);
    await functions.kind.reconcile(functionProps({ preheat: true, memory: 1024 }), call);
    const [{ InvocationType, Payload }] = functions.inputs('Invoke');
    expect([InvocationType, Buffer.from(Payload).toString()]).toEqual(['Event', '{"fdl":"preheat"}']);
    expect(call.said.at(-1)).toContain('Rate exceeded');
  });

  it('belongs to others without the tag of the workflow', async () => {
    const functions = fakeFunctions({ there: stored(undefined, { Tags: { 'fdl:workflow': 'other' } }) });
    expect(await functions.kind.read(functionProps(), fakeCall())).toMatchObject({ owned: false });
    expect(await functions.kind.list('shop', fakeCall())).toEqual([]);
  });

  it('is deleted once nothing changes it any more; one that is gone is deleted too', async () => {
    const functions = fakeFunctions({ there: stored(), failures: { DeleteFunction: [busy()] } });
    const observed = await functions.kind.read(functionProps(), fakeCall());
    if (!observed) throw new Error('not there');
    await functions.kind.delete(observed.attrs, fakeCall());
    expect(functions.found()).toBeUndefined();
    expect(await functions.kind.delete(observed.attrs, fakeCall())).toBeUndefined();
  });

  it('stops waiting with the signal', async () => {
    const stop = new AbortController();
    const delay = async (_ms: number, signal: AbortSignal | undefined) => {
      stop.abort(new Error('stopped'));
      signal?.throwIfAborted();
    };
    const functions = fakeFunctions({ outcome: () => ({ State: 'Pending' }), deps: { delay } });
    const made = functions.kind.reconcile(functionProps(), fakeCall(stop.signal));
    await expect(made).rejects.toThrow('stopped');
  });
});
