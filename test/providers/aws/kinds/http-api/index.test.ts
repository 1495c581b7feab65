import { describe, expect, it } from 'vitest';
import { ref } from '../../../../../src/deploy/resource.ts';
import { ownTags } from '../../../../../src/providers/aws/api/tags.ts';
import { type HttpApiProps, httpApiKind } from '../../../../../src/providers/aws/kinds/http-api/index.ts';
import { awsFailure, fakeCall, fakeClients, fakeDeps, SITE } from '../../fake-clients.ts';

const FUNCTION = 'arn:aws:lambda:eu-west-1:123456789012:function:resize';
const PROPS: HttpApiProps = {
  site: SITE,
  step: 'resize',
  name: 'shop-resize',
  stage: 'live',
  method: 'POST',
  path: '/resize',
  function: FUNCTION,
  auth: 'iam',
  tags: ownTags('shop', 'resize'),
};

type Data = Record<string, unknown>;

/** API Gateway in memory; `lost` is a call that is sent twice, since its first answer does not come. */
function apis(lost?: string) {
  const held = new Map<string, Data & { parts: Record<string, Map<string, Data>> }>();
  let made = 0;
  const next = (prefix: string) => {
    made += 1;
    return `${prefix}${made}`;
  };
  const api = (id: unknown) => held.get(String(id)) ?? { parts: {} };
  const part = (kind: string, idField: string) => {
    const of = (id: unknown) => api(id).parts[kind] ?? new Map<string, Data>();
    const save = ({ ApiId, ...data }: Data, id: string) => {
      const whole = { ...of(ApiId).get(id), ...data, [idField]: id };
      of(ApiId).set(id, whole);
      return whole;
    };
    return {
      [`Create${kind}`]: (input: Data, before: number) => {
        const whole = save(input, String(input[idField] ?? next(kind)));
        if (lost === `Create${kind}` && before === 0) throw awsFailure('ConflictException', 409);
        return whole;
      },
      [`Update${kind}`]: (input: Data) => save(input, String(input[idField])),
      [`Delete${kind}`]: (input: Data) => void of(input['ApiId']).delete(String(input[idField])),
      [`Get${kind}s`]: ({ ApiId }: Data) => ({ Items: [...of(ApiId).values()] }),
    };
  };
  const create = (input: Data) => {
    const ApiId = next('api');
    const CreatedDate = new Date(made);
    const ApiEndpoint = `https://${ApiId}.execute-api.eu-west-1.amazonaws.com`;
    const parts = { Integration: new Map(), Route: new Map(), Stage: new Map() };
    held.set(ApiId, { ...input, ApiId, ApiEndpoint, CreatedDate, parts });
    return { ApiId, ApiEndpoint };
  };
  const retag = (ResourceArn: unknown, change: (tags: Data) => Data) => {
    const id = String(ResourceArn).replace(/.*\//, '');
    const found = api(id) as Data & { parts: never };
    held.set(id, { ...found, Tags: change(found['Tags'] as Data) });
  };
  const fake = fakeClients({
    httpApi: {
      GetApis: ({ NextToken }: Data) => {
        const items = [...held.values()].reverse();
        const at = Number(NextToken ?? 0);
        return {
          Items: [items[at]].filter(Boolean),
          ...(at + 1 < items.length && { NextToken: String(at + 1) }),
        };
      },
      CreateApi: create,
      UpdateApi: ({ ApiId, Name }: Data) => void held.set(String(ApiId), { ...api(ApiId), Name } as never),
      DeleteApi: ({ ApiId }: Data) => void held.delete(String(ApiId)),
      TagResource: ({ ResourceArn, Tags }: Data) =>
        retag(ResourceArn, (tags) => ({ ...tags, ...(Tags as Data) })),
      UntagResource: ({ ResourceArn, TagKeys }: Data) =>
        retag(ResourceArn, (tags) =>
          Object.fromEntries(Object.entries(tags).filter(([name]) => !(TagKeys as string[]).includes(name))),
        ),
      ...part('Integration', 'IntegrationId'),
      ...part('Route', 'RouteId'),
      ...part('Stage', 'StageName'),
    },
  });
  return { ...fake, held, create, kind: httpApiKind(fakeDeps({ clients: fake.clients })) };
}

const mutating = { all: false };

/** An API as desired; what was sent until then is forgotten. */
async function existing() {
  const fake = apis();
  const attrs = await fake.kind.reconcile(PROPS, fakeCall());
  fake.forget();
  return { ...fake, attrs };
}

describe('an HTTP API', () => {
  it('is made with all its parts, and then left alone', async () => {
    const { kind, calls, forget } = apis();
    expect(await kind.read(PROPS, fakeCall())).toBeUndefined();
    const attrs = await kind.reconcile(PROPS, fakeCall());
    expect(calls(mutating)).toEqual([
      'httpApi CreateApi',
      'httpApi CreateIntegration',
      'httpApi CreateRoute',
      'httpApi CreateStage',
    ]);
    expect(attrs).toMatchObject({
      url: 'https://api1.execute-api.eu-west-1.amazonaws.com/live/resize',
      executionArn: 'arn:aws:execute-api:eu-west-1:123456789012:api1/*',
    });
    expect(kind.changes(PROPS, attrs)).toEqual([]);
    forget();
    expect(await kind.reconcile(PROPS, fakeCall())).toEqual(attrs);
    expect(await kind.read(PROPS, fakeCall())).toEqual({ owned: true, attrs });
    expect(calls(mutating)).toEqual([]);
  });

  it('calls the function with the payload that the supervisor reads, for signed requests only', async () => {
    const { kind, inputs } = apis();
    await kind.reconcile(PROPS, fakeCall());
    expect(inputs('CreateIntegration')).toMatchObject([
      { IntegrationType: 'AWS_PROXY', IntegrationUri: FUNCTION, PayloadFormatVersion: '2.0' },
    ]);
    expect(inputs('CreateRoute')).toMatchObject([{ RouteKey: 'POST /resize', AuthorizationType: 'AWS_IAM' }]);
    expect(inputs('CreateStage')).toMatchObject([{ StageName: 'live', AutoDeploy: true }]);
  });

  it.each([
    [{ auth: 'none' as const }, ['auth'], ['httpApi UpdateRoute']],
    [{ method: 'GET', path: '/other' }, ['method', 'path'], ['httpApi UpdateRoute']],
    [{ name: 'new' }, ['name'], ['httpApi UpdateApi']],
    [{ function: `${FUNCTION}2` }, ['function'], ['httpApi UpdateIntegration']],
    [{ stage: '$default' }, ['stage'], ['httpApi CreateStage', 'httpApi DeleteStage']],
    [{ tags: { ...ownTags('shop', 'resize'), team: 'blue' } }, ['tags.team'], ['httpApi TagResource']],
  ])('changes only what differs: %j', async (changes, paths, expected) => {
    const { kind, attrs, calls } = await existing();
    const props = { ...PROPS, ...changes };
    expect(kind.changes(props, attrs).map(({ path }) => path)).toEqual(paths);
    const changed = await kind.reconcile(props, fakeCall());
    expect(calls(mutating)).toEqual(expected);
    expect(kind.changes(props, changed)).toEqual([]);
    expect((await kind.read(props, fakeCall()))?.attrs).toEqual(changed);
  });

  it.each([
    ['$default', '/resize', 'https://api1.execute-api.eu-west-1.amazonaws.com/resize'],
    ['scar', '/{proxy+}', 'https://api1.execute-api.eu-west-1.amazonaws.com/scar/launch'],
  ])('has an address that can be asked: stage %s, path %s', async (stage, path, url) => {
    const { kind } = apis();
    expect(await kind.reconcile({ ...PROPS, stage, path }, fakeCall())).toMatchObject({ url });
  });

  it.each(['CreateIntegration', 'CreateRoute', 'CreateStage'])(
    'is finished after a failure: %s',
    async (failing) => {
      const { kind, held } = await existing();
      const parts = [...held.values()][0]?.parts ?? {};
      const order = ['CreateIntegration', 'CreateRoute', 'CreateStage'];
      for (const each of order.slice(order.indexOf(failing))) parts[each.replace('Create', '')]?.clear();
      const observed = await kind.read(PROPS, fakeCall());
      expect(observed && kind.changes(PROPS, observed.attrs)).not.toEqual([]);
      expect(kind.changes(PROPS, await kind.reconcile(PROPS, fakeCall()))).toEqual([]);
      expect(held.size).toBe(1);
    },
  );

  it('is one: what a lost answer left behind goes, and the oldest stays', async () => {
    const { kind, attrs, create, held } = await existing();
    create({ Name: PROPS.name, Tags: PROPS.tags });
    const observed = await kind.read(PROPS, fakeCall());
    expect(observed && kind.changes(PROPS, observed.attrs)).toMatchObject([
      { path: 'extra', after: undefined },
    ]);
    expect(await kind.reconcile(PROPS, fakeCall())).toEqual(attrs);
    expect([...held.keys()]).toEqual([attrs.apiId]);
  });

  it('takes up what a call with a lost answer made', async () => {
    for (const lost of ['CreateIntegration', 'CreateRoute', 'CreateStage']) {
      const { kind, calls } = apis(lost);
      const attrs = await kind.reconcile(PROPS, fakeCall());
      expect(kind.changes(PROPS, attrs)).toEqual([]);
      expect(calls().filter((call) => call === `httpApi ${lost}`)).toHaveLength(1);
    }
  });

  it("is no other step's and no other workflow's", async () => {
    const { kind, create, held } = apis();
    create({ Name: PROPS.name, Tags: ownTags('shop', 'other') });
    create({ Name: PROPS.name, Tags: ownTags('other', 'resize') });
    create({ Name: PROPS.name });
    expect(await kind.read(PROPS, fakeCall())).toBeUndefined();
    expect((await kind.list('shop', fakeCall())).map(({ id, step }) => [id, step])).toEqual([
      ['aws/eu-west-1/http-api/other', 'other'],
    ]);
    const attrs = await kind.reconcile(PROPS, fakeCall());
    await kind.delete(attrs, fakeCall());
    expect(held.size).toBe(3);
    expect(await kind.delete(attrs, fakeCall())).toBeUndefined();
  });

  it('can be read before its function is there', async () => {
    const { kind } = await existing();
    const props = { ...PROPS, function: ref('aws/eu-west-1/function/resize', 'arn') };
    const observed = await kind.read(props, fakeCall());
    expect(observed && kind.changes(props, observed.attrs).map(({ path }) => path)).toEqual(['function']);
    await expect(kind.reconcile(props, fakeCall())).rejects.toThrow('not resolved');
  });
});
