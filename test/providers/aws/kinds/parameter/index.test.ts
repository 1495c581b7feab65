import { describe, expect, it } from 'vitest';
import { parameterKind } from '../../../../../src/providers/aws/kinds/parameter/index.ts';
import { Secret } from '../../../../../src/secret.ts';
import { type Answer, awsFailure, fakeCall, fakeClients, fakeDeps, SITE } from '../../fake-clients.ts';

const CALL = fakeCall();
const TAGS = { 'fdl:workflow': 'shop' };
const TagList = [{ Key: 'fdl:workflow', Value: 'shop' }];
const NAME = '/fdl/shop/resize';
const PROPS = { site: SITE, name: NAME, value: new Secret('one'), tags: TAGS };
const ATTRS = { ...PROPS, arn: 'arn:p', type: 'SecureString' };
const sized = (bytes: number) => ({ ...PROPS, value: new Secret('ä'.repeat(bytes / 2)) });

function missing(): never {
  throw awsFailure('ParameterNotFound');
}

/** The parameter as it is to be, unless `answers` say something else. */
function ssm(answers: Readonly<Record<string, Answer>> = {}) {
  const fake = fakeClients({
    ssm: {
      GetParameter: { Parameter: { Name: NAME, ARN: 'arn:p', Type: 'SecureString', Value: 'one' } },
      ListTagsForResource: { TagList },
      PutParameter: {},
      AddTagsToResource: {},
      RemoveTagsFromResource: {},
      ...answers,
    },
  });
  return { ...fake, kind: parameterKind(fakeDeps({ clients: fake.clients })) };
}

describe('a parameter', () => {
  it('is compared by what it stores, which no change shows', async () => {
    const { kind, inputs } = ssm();
    const observed = await kind.read(PROPS, CALL);
    expect(observed).toEqual({ owned: true, attrs: ATTRS });
    expect(inputs('GetParameter')).toEqual([{ Name: NAME, WithDecryption: true }]);
    expect(kind.changes(PROPS, ATTRS)).toEqual([]);
    const changes = kind.changes({ ...PROPS, value: new Secret('two') }, ATTRS);
    expect(changes.map(({ path }) => path)).toEqual(['value']);
    expect(JSON.stringify(changes)).not.toMatch(/one|two/);
  });

  it('must be made anew where it is not encrypted', () => {
    expect(ssm().kind.changes(PROPS, { ...ATTRS, type: 'String' })).toEqual([
      { path: 'type', before: 'String', after: 'SecureString', replace: true },
    ]);
  });

  it('is taken for what a call with a lost answer made, but not from others', async () => {
    const PutParameter = () => {
      throw awsFailure('ParameterAlreadyExists');
    };
    const ours = ssm({ PutParameter });
    expect(await ours.kind.reconcile(PROPS, { ...CALL, absent: true })).toEqual(ATTRS);
    const others = ssm({ PutParameter, ListTagsForResource: {} });
    const refused = others.kind.reconcile(PROPS, { ...CALL, absent: true });
    await expect(refused).rejects.toThrow('ParameterAlreadyExists');
  });

  it('is made with its tags at once', async () => {
    const GetParameter = (_input: unknown, before: number) =>
      before === 0 ? missing() : { Parameter: { ARN: 'arn:p', Type: 'SecureString', Value: 'one' } };
    const { kind, calls, inputs } = ssm({ GetParameter });
    expect(await kind.reconcile(PROPS, CALL)).toEqual(ATTRS);
    expect(calls({ all: false })).toEqual(['ssm PutParameter']);
    expect(inputs('PutParameter')).toEqual([
      { Name: NAME, Type: 'SecureString', Value: 'one', Tags: TagList },
    ]);
  });

  it('is written only where it differs', async () => {
    const same = ssm();
    await same.kind.reconcile(PROPS, CALL);
    expect(same.calls({ all: false })).toEqual([]);
    const { kind, calls, inputs } = ssm();
    await kind.reconcile({ ...PROPS, value: new Secret('two'), tags: { team: 'x' } }, CALL);
    expect(calls({ all: false })).toEqual([
      'ssm PutParameter',
      'ssm AddTagsToResource',
      'ssm RemoveTagsFromResource',
    ]);
    expect(inputs('PutParameter')).toEqual([
      { Name: NAME, Type: 'SecureString', Value: 'two', Overwrite: true },
    ]);
  });

  it('is an advanced one above 4096 bytes', async () => {
    const tierOf = async (bytes: number) => {
      const { kind, inputs } = ssm();
      await kind.reconcile(sized(bytes), CALL);
      return inputs('PutParameter')[0].Tier;
    };
    expect(await tierOf(4096)).toBeUndefined();
    expect(await tierOf(4098)).toBe('Advanced');
    expect(await tierOf(8192)).toBe('Advanced');
  });

  it('stays advanced once it was', async () => {
    const PutParameter = ({ Tier }: { readonly Tier?: string }) => {
      if (!Tier) throw awsFailure('ValidationException');
      return {};
    };
    const { kind, inputs } = ssm({ PutParameter });
    await kind.reconcile({ ...PROPS, value: new Secret('two') }, CALL);
    expect(inputs('PutParameter').map(({ Tier }) => Tier)).toEqual([undefined, 'Advanced']);
  });

  it('is found by the path of the workflow, and may be gone when it is deleted', async () => {
    const others = { Parameters: [{ Name: '/fdl/shop/foreign' }] };
    const { kind, inputs } = ssm({
      GetParametersByPath: (_input: unknown, before: number) =>
        before === 0 ? { Parameters: [{ Name: NAME }], NextToken: 'n' } : others,
      ListTagsForResource: ({ ResourceId }) => (ResourceId === NAME ? { TagList } : {}),
      DeleteParameter: missing,
    });
    expect((await kind.list('shop', CALL)).map(({ id }) => id)).toEqual([`aws/eu-west-1/parameter/${NAME}`]);
    expect(inputs('GetParametersByPath')[0]).toMatchObject({ Path: '/fdl/shop', Recursive: true });
    expect(await kind.delete(ATTRS, CALL)).toBeUndefined();
  });
});
