/** A plan asks AWS each question once, whatever kinds need the answer; what carries it out asks anew. */
import { describe, expect, it } from 'vitest';
import { openMemory } from '../../../../src/memory.ts';
import { awsKinds } from '../../../../src/providers/aws/kinds/index.ts';
import { awsFailure, fakeCall, fakeClients, fakeDeps, SITE } from '../fake-clients.ts';

const TAGS = { 'fdl:workflow': 'shop', 'fdl:step': 'resize' };
const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:resize';

function missing(): never {
  throw awsFailure('ResourceNotFoundException', 404);
}

/** Kinds that look for what belongs to functions, of which there is one or none. */
function functions(there: boolean) {
  const fake = fakeClients({
    lambda: {
      GetFunction: () => (there ? { Configuration: { FunctionArn: ARN }, Tags: TAGS } : missing()),
      GetFunctionEventInvokeConfig: missing,
      GetFunctionUrlConfig: missing,
      GetPolicy: missing,
    },
  });
  const props = { site: SITE, name: 'resize' };
  const known = [{ kind: 'aws/function', id: 'aws/eu-west-1/function/resize', props }];
  const kinds = awsKinds(fakeDeps({ clients: fake.clients, known, memory: openMemory() }));
  const names = ['aws/function', 'aws/function-url', 'aws/permission', 'aws/notification'] as const;
  const list = async (planning: boolean) => {
    fake.forget();
    const call = { ...fakeCall(), planning };
    for (const name of names) await kinds[name]?.list('shop', call);
    await kinds['aws/function']?.read(props, call);
    return [...fake.calls()].sort();
  };
  return { list };
}

describe('what a plan asks of functions', () => {
  it('is asked once of each', async () => {
    expect(await functions(true).list(true)).toEqual([
      'lambda GetFunction',
      'lambda GetFunctionEventInvokeConfig',
      'lambda GetFunctionUrlConfig',
      'lambda GetPolicy',
    ]);
  });

  it('is only whether it is there, where it is not', async () => {
    expect(await functions(false).list(true)).toEqual(['lambda GetFunction']);
  });

  it('is asked anew when something may have changed', async () => {
    const { list } = functions(true);
    await list(true);
    expect((await list(false)).filter((call) => call === 'lambda GetFunction')).toHaveLength(5);
  });
});
