import { describe, expect, it } from 'vitest';
import type { Props } from '../../../../src/deploy/resource.ts';
import { openTagged, parseArn } from '../../../../src/providers/aws/api/tagged.ts';
import { ownedOf, taggedCandidates } from '../../../../src/providers/aws/kinds/listing.ts';
import { awsFailure, fakeCall, fakeClients, fakeDeps, SITE } from '../fake-clients.ts';

const CALL = fakeCall();
const tagged = (arn: string) => ({ ResourceARN: arn, Tags: [{ Key: 'fdl:workflow', Value: 'shop' }] });

describe('the tagging API', () => {
  it('is asked for all pages of the workflow, once for each site', async () => {
    const { clients, inputs, sent } = fakeClients({
      tagging: {
        GetResources: (_input: unknown, before: number) =>
          before === 0
            ? { ResourceTagMappingList: [tagged('arn:aws:s3:::a')], PaginationToken: 'next' }
            : { ResourceTagMappingList: [tagged('arn:aws:s3:::b')], PaginationToken: '' },
      },
    });
    const ask = openTagged(clients, 'shop');
    const [first] = await Promise.all([ask(SITE, CALL), ask(SITE, CALL)]);
    expect(first.map(({ arn }) => arn)).toEqual(['arn:aws:s3:::a', 'arn:aws:s3:::b']);
    expect(inputs('GetResources')).toMatchObject([
      { TagFilters: [{ Key: 'fdl:workflow', Values: ['shop'] }] },
      { PaginationToken: 'next' },
    ]);
    await ask({ region: 'us-east-1' }, CALL);
    expect(sent.at(-1)?.site).toEqual({ region: 'us-east-1' });
  });

  it('is asked again after a failure', async () => {
    const { clients } = fakeClients({
      tagging: {
        GetResources: (_input: unknown, before: number) => {
          if (before === 0) throw awsFailure('InternalServiceException', 500);
          return { ResourceTagMappingList: [] };
        },
      },
    });
    const ask = openTagged(clients, 'shop');
    await expect(ask(SITE, CALL)).rejects.toMatchObject({ awsCode: 'InternalServiceException' });
    expect(await ask(SITE, CALL)).toEqual([]);
  });

  it('gives candidates where the ARN is of the kind', async () => {
    const { clients } = fakeClients({});
    const found = [tagged('arn:aws:s3:::a'), tagged('arn:aws:logs:eu-west-1:1:log-group:g')];
    const deps = fakeDeps({
      clients,
      tagged: async () => found.map((each) => ({ arn: each.ResourceARN, tags: {} })),
    });
    const candidates = await taggedCandidates(deps, CALL, (site, arn) =>
      arn.service === 's3' ? { id: arn.resource, props: { site } } : undefined,
    );
    expect(candidates).toEqual([{ id: 'a', props: { site: SITE } }]);
  });

  it('names resources by ARNs', () => {
    expect(parseArn('arn:aws:logs:eu-west-1:12:log-group:/aws/x:*')).toEqual({
      partition: 'aws',
      service: 'logs',
      region: 'eu-west-1',
      account: '12',
      resource: 'log-group:/aws/x:*',
    });
  });
});

describe('what is ours', () => {
  const { clients } = fakeClients({});
  const there: Record<string, { owned: boolean; arn: string }> = {
    'a/x': { owned: true, arn: 'arn-x' },
    'b/x': { owned: true, arn: 'arn-x' },
    'a/y': { owned: false, arn: 'arn-y' },
  };
  const find = (candidates: readonly string[], known: readonly string[]) =>
    ownedOf(
      {
        kind: 'aws/thing',
        candidates: candidates.map((id) => ({ id, props: { id } })),
        identity: ({ arn }: Props) => String(arn),
      },
      fakeDeps({ clients, known: known.map((id) => ({ kind: 'aws/thing', id, props: { id } })) }),
      async ({ id }: Props) => {
        const found = there[String(id)];
        return found && { owned: found.owned, attrs: { arn: found.arn, tags: { 'fdl:step': 'resize' } } };
      },
      CALL,
    );

  it('is what is there and owned, with its step', async () => {
    expect(await find(['a/x', 'a/y', 'a/gone'], [])).toEqual([
      { id: 'a/x', step: 'resize', attrs: { arn: 'arn-x', tags: { 'fdl:step': 'resize' } } },
    ]);
  });

  it('includes what the file names, which the tagging API may not know yet', async () => {
    expect((await find([], ['a/x', 'a/gone'])).map(({ id }) => id)).toEqual(['a/x']);
  });

  it('is one object where two profiles lead to it: the one that the file names', async () => {
    expect((await find(['a/x', 'b/x'], [])).map(({ id }) => id)).toEqual(['a/x']);
    expect((await find(['a/x', 'b/x'], ['b/x'])).map(({ id }) => id)).toEqual(['b/x']);
  });
});
