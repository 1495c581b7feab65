import { describe, expect, it } from 'vitest';
import {
  type UnusedEnvironmentsProps,
  unusedEnvironmentsKind,
} from '../../../../../src/providers/aws/kinds/unused-environments/index.ts';
import { fakeCall, SITE } from '../../fake-clients.ts';
import { type BatchOptions, environmentDetail, fakeBatch, OWN, queueDetail } from '../fake-batch.ts';

const CALL = fakeCall();
const PROPS: UnusedEnvironmentsProps = { site: SITE, queue: 'shop-resize', environment: 'shop-new' };
const named = (computeEnvironmentName: string, changes: object = {}) =>
  environmentDetail({ computeEnvironmentName, ...changes });
const runningIn = (name: string) => ({
  ...{ jobId: `in ${name}`, status: 'RUNNING' },
  container: {
    containerInstanceArn: `arn:aws:ecs:eu-west-1:1:container-instance/AWSBatch-${name}-1/i`,
  },
});

function batch(options: BatchOptions = {}) {
  const environments = [
    named('shop-new'),
    named('shop-old'),
    named('shop-other', { tags: { ...OWN, 'fdl:queue': 'shop-count' } }),
    named('theirs', { tags: { ...OWN, 'fdl:workflow': 'theirs' } }),
  ];
  const fake = fakeBatch({ environments, queues: [queueDetail()], ...options });
  const kind = unusedEnvironmentsKind(fake.deps);
  const changes = async () => {
    const observed = await kind.read(PROPS, CALL);
    return kind.changes(PROPS, observed?.attrs ?? { ...PROPS, environments: [] });
  };
  return { ...fake, kind, changes };
}

describe('environments that a queue had before', () => {
  it('are those that were made for it and are not the one it uses', async () => {
    expect(await batch().changes()).toEqual([
      { path: 'environments.shop-old', before: 'shop-old', after: undefined },
    ]);
    expect(await batch({ environments: [named('shop-new')] }).changes()).toEqual([]);
  });

  it('go once nothing runs there', async () => {
    const { kind, calls, inputs, changes } = batch({ jobs: [runningIn('shop-new')] });
    expect(await kind.reconcile(PROPS, CALL)).toEqual({ site: SITE, queue: 'shop-resize', environments: [] });
    expect(calls({ all: false })).toEqual([
      'batch UpdateComputeEnvironment',
      'batch DeleteComputeEnvironment',
    ]);
    expect(inputs('DeleteComputeEnvironment')).toEqual([{ computeEnvironment: 'shop-old' }]);
    expect(await changes()).toEqual([]);
    await kind.reconcile(PROPS, CALL);
    expect(calls({ all: false })).toHaveLength(2);
  });

  it('are only disabled while jobs run there, and that is no difference next time', async () => {
    const { kind, calls, changes } = batch({ jobs: [runningIn('shop-old')] });
    expect(await changes()).toEqual([
      { path: 'environments.shop-old.state', before: 'ENABLED', after: 'DISABLED' },
    ]);
    const attrs = await kind.reconcile(PROPS, CALL);
    expect(attrs.environments).toEqual([{ name: 'shop-old', state: 'DISABLED', busy: true }]);
    expect(calls({ all: false })).toEqual(['batch UpdateComputeEnvironment']);
    expect(await changes()).toEqual([]);
  });

  it('are waited for where they are being deleted', async () => {
    const next = ['DELETING', 'DELETING', 'DELETING', undefined];
    const { kind, calls } = batch({ environments: [named('shop-old', { status: 'DELETING', next })] });
    await kind.reconcile(PROPS, CALL);
    expect(calls({ all: false })).toEqual([]);
  });

  it('are looked for in all pages, and are not this kind’s to list', async () => {
    const DescribeComputeEnvironments = ({ nextToken }: { nextToken?: string }) =>
      nextToken
        ? { computeEnvironments: [named('shop-old')] }
        : { computeEnvironments: [named('shop-new')], nextToken: 'more' };
    const { changes, kind } = batch({ answers: { DescribeComputeEnvironments } });
    expect(await changes()).toHaveLength(1);
    expect(await kind.list('shop', CALL)).toEqual([]);
  });
});
