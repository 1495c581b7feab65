/** Function URLs and HTTP APIs against the stand-in of AWS. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ownTags } from '../../src/providers/aws/api/tags.ts';
import type { AwsDeps } from '../../src/providers/aws/kinds/deps.ts';
import { functionKind } from '../../src/providers/aws/kinds/function/index.ts';
import { functionUrlKind } from '../../src/providers/aws/kinds/function-url/index.ts';
import { type HttpApiProps, httpApiKind } from '../../src/providers/aws/kinds/http-api/index.ts';
import { fakeCall } from '../providers/aws/fake-clients.ts';
import { ACCOUNT, type Aws, REFUSED, startAws } from '../standins/aws/index.ts';
import { needs } from '../standins/need.ts';
import { HOST, kindsAt, readWith as read, resizeProps, SITE } from './aws-kinds-lab.ts';
import { clientsOf, makeRole } from './aws-lab.ts';

describe.skipIf(!needs('moto'))('the address of a function', () => {
  let aws: Aws;
  let deps: AwsDeps;

  beforeAll(async () => {
    // Without a registry every image exists.
    aws = await startAws();
    deps = kindsAt(aws).kindDeps;
    const role = await makeRole(clientsOf(aws), { name: 'resize' });
    await functionKind(deps).reconcile(
      resizeProps(`${HOST}/fdl/shop@sha256:${'a'.repeat(64)}`, role),
      fakeCall(),
    );
  });

  afterAll(() => aws?.stop());

  beforeEach(() => aws.reset());

  it('is a function URL', async () => {
    const kind = functionUrlKind(deps);
    const props = { site: SITE, function: 'resize', auth: 'AWS_IAM' as const };
    expect(await kind.read(props, fakeCall())).toBeUndefined();
    aws.failNext('lambda:CreateFunctionUrlConfig', { ...REFUSED, after: true });
    await expect(kind.reconcile(props, fakeCall())).rejects.toThrow();
    const attrs = await kind.reconcile(props, fakeCall());
    expect(attrs.url).toMatch(/^http.*\/$/);
    const open = { ...props, auth: 'NONE' as const };
    expect((await read(kind, open)).changes.map(({ path }) => path)).toEqual(['auth']);
    expect(await kind.reconcile(open, fakeCall())).toEqual({ ...attrs, auth: 'NONE' });
    expect(aws.mutations()).toEqual(['lambda:CreateFunctionUrlConfig', 'lambda:UpdateFunctionUrlConfig']);
    expect((await kind.list('shop', fakeCall())).map(({ step }) => step)).toEqual(['resize']);
    await kind.delete(attrs, fakeCall());
    await kind.delete(attrs, fakeCall());
    expect(await kind.list('shop', fakeCall())).toEqual([]);
  });

  it('is an HTTP API, whatever fails on the way', async () => {
    const kind = httpApiKind(deps);
    const props: HttpApiProps = {
      ...{
        site: SITE,
        step: 'resize',
        name: 'shop-resize',
        stage: 'live',
        method: 'ANY',
        path: '/{proxy+}',
      },
      function: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:resize`,
      auth: 'iam',
      tags: ownTags('shop', 'resize'),
    };
    for (let nth = 1; nth <= 4; nth += 1) {
      aws.failCall(nth, { mutating: true, failure: { ...REFUSED, after: nth % 2 === 0 } });
      await expect(kind.reconcile(props, fakeCall())).rejects.toThrow('fails in a test');
      const attrs = await kind.reconcile(props, fakeCall());
      expect(attrs.executionArn).toBe(`arn:aws:execute-api:us-east-1:${ACCOUNT}:${attrs.apiId}/*`);
      expect(await read(kind, props)).toEqual({ owned: true, attrs, changes: [] });
      aws.reset();
      const open: HttpApiProps = { ...props, auth: 'none', path: '/x', stage: '$default' };
      await kind.reconcile(open, fakeCall());
      expect((await read(kind, open)).changes).toEqual([]);
      expect((await kind.list('shop', fakeCall())).map(({ id }) => id)).toEqual([
        'aws/us-east-1/http-api/resize',
      ]);
      await kind.delete(attrs, fakeCall());
      expect(await kind.list('shop', fakeCall())).toEqual([]);
      aws.reset();
    }
  });
});
