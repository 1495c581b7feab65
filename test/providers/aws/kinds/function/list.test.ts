import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fakeCall } from '../../fake-clients.ts';
import { type FakeFunctionOptions, fakeFunctions, functionProps, stored } from '../fake-functions.ts';

describe('what a workflow has of functions', () => {
  it('is found by the tags and in the file, each once', async () => {
    const arn = 'arn:aws:lambda:eu-west-1:123456789012:function:resize';
    const known = [{ kind: 'aws/function', id: 'aws/eu-west-1/function/resize', props: functionProps() }];
    const found = async (deps: FakeFunctionOptions['deps']) => {
      const functions = fakeFunctions({ there: stored(), deps: deps ?? {} });
      return (await functions.kind.list('shop', fakeCall())).map(({ id, step }) => ({ id, step }));
    };
    const one = [{ id: 'aws/eu-west-1/function/resize', step: 'resize' }];
    expect(await found({ known })).toEqual(one);
    const others = ['arn:aws:lambda:eu-west-1:1:function:resize:7', 'arn:aws:s3:::bucket'];
    const tagged = async () => [arn, ...others].map((each) => ({ arn: each, tags: {} }));
    expect(await found({ tagged })).toEqual(one);
    expect(await found({ tagged, known })).toEqual(one);
  });
});

describe('a function that runs an archive', () => {
  const bundle = new TextEncoder().encode('an archive');
  const zip = createHash('sha256').update(bundle).digest('hex');
  const code = { zip, handler: 'gateway.handler', runtime: 'nodejs22.x' };
  const deps = { bundles: new Map([[zip, bundle]]) };

  it('is made of it, and known by its hash', async () => {
    const functions = fakeFunctions({ deps });
    const props = functionProps({ code });
    const attrs = await functions.kind.reconcile(props, fakeCall());
    expect(functions.inputs('CreateFunction')).toMatchObject([
      { PackageType: 'Zip', Handler: 'gateway.handler', Runtime: 'nodejs22.x', Code: { ZipFile: bundle } },
    ]);
    expect(functions.kind.changes(props, attrs)).toEqual([]);
  });

  it('replaces one that runs an image', async () => {
    const functions = fakeFunctions({ there: stored(), deps });
    const props = functionProps({ code });
    const observed = await functions.kind.read(props, fakeCall());
    const changes = observed ? functions.kind.changes(props, observed.attrs) : [];
    expect(changes.map(({ path, replace }) => [path, replace])).toContainEqual(['code.image', true]);
  });
});
