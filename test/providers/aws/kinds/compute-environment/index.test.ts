import { describe, expect, it } from 'vitest';
import { ref } from '../../../../../src/deploy/resource.ts';
import {
  type ComputeEnvironmentProps,
  computeEnvironmentKind,
} from '../../../../../src/providers/aws/kinds/compute-environment/index.ts';
import { awsFailure, fakeCall, SITE } from '../../fake-clients.ts';
import {
  type BatchOptions,
  environmentDetail,
  fakeBatch,
  OWN,
  PROFILE,
  queueDetail,
  SERVICE_ROLE,
} from '../fake-batch.ts';

const CALL = fakeCall();
const PROPS: ComputeEnvironmentProps = {
  ...{ site: SITE, name: 'shop-a', queue: 'shop-resize', spot: false, instanceTypes: ['optimal'] },
  ...{ minVcpus: 0, maxVcpus: 8, desiredVcpus: 2, subnets: ['s-1', 's-2'], securityGroups: ['sg-1'] },
  ...{ instanceProfile: PROFILE, launchTemplate: 'lt-1', launchTemplateVersion: 2, imageType: 'ECS_AL2023' },
  ...{ serviceRole: SERVICE_ROLE, state: 'ENABLED', tags: { 'fdl:workflow': 'shop' } },
};

function batch(options: BatchOptions = {}) {
  const fake = fakeBatch(options);
  return { ...fake, kind: computeEnvironmentKind(fake.deps) };
}

const there = (changes: object = {}) => ({ environments: [environmentDetail(changes)] });

async function changesTo(props: Partial<ComputeEnvironmentProps>, detail: object = {}) {
  const { kind } = batch(there(detail));
  const observed = await kind.read(PROPS, CALL);
  if (!observed) throw new Error('There is no environment.');
  return kind.changes({ ...PROPS, ...props }, observed.attrs);
}

describe('a compute environment', () => {
  it('does not differ by the order of lists, nor by vCPUs that Batch moves', async () => {
    expect(await changesTo({})).toEqual([]);
    expect(await batch().kind.read(PROPS, CALL)).toBeUndefined();
    expect(await batch(there()).kind.read(PROPS, CALL)).toMatchObject({ owned: true });
    expect(await batch(there({ tags: {} })).kind.read(PROPS, CALL)).toMatchObject({ owned: false });
  });

  it('differs by each of its settings, none of which takes another environment', async () => {
    const changed = await changesTo({
      ...{ spot: true, instanceTypes: ['g5'], maxVcpus: 16, launchTemplateVersion: 3, state: 'DISABLED' },
      imageType: 'ECS_AL2023_NVIDIA',
    });
    expect(changed.map(({ path, replace }) => [path, replace])).toEqual([
      ['maxVcpus', undefined],
      ['spot', undefined],
      ['allocationStrategy', undefined],
      ['instanceTypes', undefined],
      ['launchTemplateVersion', undefined],
      ['imageType', undefined],
      ['state', undefined],
    ]);
  });

  it('differs by a version of its template that is not known yet', async () => {
    const launchTemplateVersion = ref('aws/eu-west-1/launch-template/shop', 'version');
    expect((await changesTo({ launchTemplateVersion })).map(({ path }) => path)).toEqual([
      'launchTemplateVersion',
    ]);
  });

  it('takes another environment for another service role, and with one of the user for other machines', async () => {
    const own = 'arn:aws:iam::1:role/mine';
    expect(await changesTo({ serviceRole: own })).toMatchObject([{ path: 'serviceRole', replace: true }]);
    const changed = await changesTo(
      { serviceRole: own, instanceTypes: ['c7i'], maxVcpus: 9 },
      { serviceRole: own },
    );
    expect(changed.map(({ path, replace = false }) => [path, replace])).toEqual([
      ['maxVcpus', false],
      ['instanceTypes', true],
    ]);
  });

  it('differs where it is invalid or on its way out, not while machines are exchanged', async () => {
    const invalid = { status: 'INVALID', statusReason: 'no role' };
    expect(await changesTo({}, invalid)).toEqual([
      { path: 'status', before: 'INVALID: no role', after: 'VALID' },
    ]);
    expect(await changesTo({}, { status: 'DELETING' })).toMatchObject([{ before: 'DELETING' }]);
    expect(await changesTo({}, { status: 'UPDATING' })).toEqual([]);
  });
});

describe('reconciling a compute environment', () => {
  it('makes it with everything, and waits until it is valid', async () => {
    const { kind, calls, inputs } = batch();
    const attrs = await kind.reconcile({ ...PROPS, spot: true }, CALL);
    expect(calls({ all: false })).toEqual(['batch CreateComputeEnvironment']);
    expect(kind.changes({ ...PROPS, spot: true }, attrs)).toEqual([]);
    expect(inputs('CreateComputeEnvironment')).toEqual([
      {
        ...{ computeEnvironmentName: 'shop-a', type: 'MANAGED', state: 'ENABLED' },
        computeResources: {
          ...{ type: 'SPOT', allocationStrategy: 'SPOT_PRICE_CAPACITY_OPTIMIZED' },
          ...{ minvCpus: 0, maxvCpus: 8, desiredvCpus: 2, instanceTypes: ['optimal'] },
          ...{ subnets: ['s-1', 's-2'], securityGroupIds: ['sg-1'], instanceRole: PROFILE },
          launchTemplate: { launchTemplateId: 'lt-1', version: '2' },
          ec2Configuration: [{ imageType: 'ECS_AL2023' }],
        },
        tags: OWN,
      },
    ]);
  });

  it('names only a role of the user: AWS finds its own, and passing that takes another right', async () => {
    const { kind, inputs } = batch();
    const own = 'arn:aws:iam::123456789012:role/batch';
    await kind.reconcile({ ...PROPS, serviceRole: own }, CALL).catch(() => {});
    expect(inputs('CreateComputeEnvironment')).toMatchObject([{ serviceRole: own }]);
  });

  it('makes one that is to be disabled enabled, since AWS makes no other, and disables it', async () => {
    const { kind, inputs } = batch();
    await kind.reconcile({ ...PROPS, state: 'DISABLED' }, CALL);
    expect(inputs('CreateComputeEnvironment')).toMatchObject([{ state: 'ENABLED' }]);
    expect(inputs('UpdateComputeEnvironment')).toEqual([{ computeEnvironment: 'shop-a', state: 'DISABLED' }]);
  });

  it('sends nothing where nothing differs, also while machines are exchanged', async () => {
    for (const status of ['VALID', 'UPDATING']) {
      const { kind, calls, waits } = batch(there({ status }));
      await kind.reconcile(PROPS, CALL);
      expect([calls({ all: false }), waits]).toEqual([[], []]);
    }
  });

  it('sends what differs alone, and leaves running jobs in peace where machines change', async () => {
    const scaling = batch(there());
    await scaling.kind.reconcile({ ...PROPS, maxVcpus: 16, state: 'DISABLED' }, CALL);
    expect(scaling.inputs('UpdateComputeEnvironment')).toEqual([
      { computeEnvironment: 'shop-a', state: 'DISABLED', computeResources: { maxvCpus: 16 } },
    ]);
    const machines = batch(there());
    const attrs = await machines.kind.reconcile({ ...PROPS, launchTemplateVersion: 3 }, CALL);
    expect(machines.inputs('UpdateComputeEnvironment')).toEqual([
      {
        computeEnvironment: 'shop-a',
        computeResources: {
          launchTemplate: { launchTemplateId: 'lt-1', version: '3' },
          updateToLatestImageVersion: true,
        },
        updatePolicy: { terminateJobsOnUpdate: false, jobExecutionTimeoutMinutes: 7200 },
      },
    ]);
    expect(attrs.launchTemplateVersion).toBe(3);
  });

  it('sends tags by themselves', async () => {
    const { kind, calls } = batch(there());
    const attrs = await kind.reconcile({ ...PROPS, tags: { ...PROPS.tags, team: 'vision' } }, CALL);
    expect(calls({ all: false })).toEqual(['batch TagResource']);
    expect(attrs.tags).toEqual({ ...OWN, team: 'vision' });
  });

  it('does not wait for days until jobs on former machines have ended', async () => {
    const { kind, waits } = batch({ ...there(), updated: [Array(200).fill('UPDATING')] });
    const attrs = await kind.reconcile({ ...PROPS, imageType: 'ECS_AL2023_NVIDIA' }, CALL);
    expect(attrs.status).toBe('UPDATING');
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(5 * 60_000);
  });

  const invalid = { status: 'INVALID', statusReason: 'CLIENT_ERROR - no profile' };

  it('tries once more where a new profile made it invalid', async () => {
    const { kind, calls, waits, inputs } = batch({ created: ['CREATING', invalid] });
    expect(await kind.reconcile(PROPS, CALL)).toMatchObject({ status: 'VALID' });
    expect(calls({ all: false })).toEqual([
      'batch CreateComputeEnvironment',
      'batch UpdateComputeEnvironment',
    ]);
    expect(waits).toContain(10_000);
    expect(inputs('UpdateComputeEnvironment')[0].computeResources.instanceRole).toBe(PROFILE);
  });

  it('reports the reason where that does not help', async () => {
    const { kind, calls } = batch({ created: [invalid], updated: [['UPDATING', invalid]] });
    await expect(kind.reconcile(PROPS, CALL)).rejects.toMatchObject({
      code: 'environment-invalid',
      message: 'the compute environment shop-a is invalid: CLIENT_ERROR - no profile',
    });
    expect(calls({ all: false })).toHaveLength(2);
  });

  it('waits for the end of a deletion, and makes it anew', async () => {
    const { kind, calls } = batch(there({ status: 'DELETING', next: ['DELETING', 'DELETING', undefined] }));
    expect(await kind.reconcile(PROPS, CALL)).toMatchObject({ status: 'VALID' });
    expect(calls({ all: false })).toEqual(['batch CreateComputeEnvironment']);
  });

  it('takes up a creation whose answer was lost, and not what others made meanwhile', async () => {
    const exists = () => {
      throw awsFailure('ClientException', 400, 'Object already exists');
    };
    for (const [tags, outcome] of [
      [OWN, 'done'],
      [{}, 'Object already exists'],
    ] as const) {
      const found = { computeEnvironments: [environmentDetail({ tags })] };
      const DescribeComputeEnvironments = (_: unknown, before: number) =>
        before < 2 ? { computeEnvironments: [] } : found;
      const { kind } = batch({ answers: { CreateComputeEnvironment: exists, DescribeComputeEnvironments } });
      const told = await kind.reconcile(PROPS, CALL).then(
        () => 'done',
        (thrown: Error) => thrown.message,
      );
      expect(told).toContain(outcome);
    }
  });
});

describe('deleting a compute environment', () => {
  const attrs = async () => {
    const observed = await batch(there()).kind.read(PROPS, CALL);
    if (!observed) throw new Error('There is no environment.');
    return observed.attrs;
  };

  it('disables it first, and waits until it is gone', async () => {
    const { kind, calls } = batch({ ...there(), deleted: ['DELETING', 'DELETING', undefined] });
    expect(await kind.delete(await attrs(), CALL)).toBeUndefined();
    expect(calls({ all: false })).toEqual([
      'batch UpdateComputeEnvironment',
      'batch DeleteComputeEnvironment',
    ]);
    expect(calls().slice(-3)).toEqual(Array(3).fill('batch DescribeComputeEnvironments'));
  });

  it('goes on where a former removal stopped', async () => {
    const disabled = batch(there({ state: 'DISABLED', status: 'UPDATING', next: ['UPDATING', 'VALID'] }));
    await disabled.kind.delete(await attrs(), CALL);
    expect(disabled.calls({ all: false })).toEqual(['batch DeleteComputeEnvironment']);
    const deleting = batch(there({ status: 'DELETING', next: ['DELETING', undefined] }));
    await deleting.kind.delete(await attrs(), CALL);
    expect(deleting.calls({ all: false })).toEqual([]);
    const gone = batch();
    await gone.kind.delete(await attrs(), CALL);
    expect(gone.calls({ all: false })).toEqual([]);
  });

  it('deletes an invalid one, and says why where AWS cannot', async () => {
    const invalid = there({ status: 'INVALID', statusReason: 'no role' });
    await batch(invalid).kind.delete(await attrs(), CALL);
    const stuck = batch({
      ...invalid,
      deleted: ['DELETING', { status: 'INVALID', statusReason: 'no role to delete it with' }],
    });
    await expect(stuck.kind.delete(await attrs(), CALL)).rejects.toMatchObject({
      code: 'batch-not-deleted',
      message: expect.stringContaining('no role to delete it with'),
    });
  });

  it('waits while Batch still knows of the queue before it', async () => {
    const DeleteComputeEnvironment = (_: unknown, before: number) => {
      if (before === 0)
        throw awsFailure('ClientException', 400, 'Cannot delete, found existing JobQueue relationship');
      throw awsFailure('ClientException', 400, 'Compute environment shop-a does not exist');
    };
    const next = ['VALID', 'VALID', 'VALID', undefined];
    const { kind, calls } = batch({
      ...there({ state: 'DISABLED', next }),
      answers: { DeleteComputeEnvironment },
    });
    await kind.delete(await attrs(), CALL);
    expect(calls({ all: false })).toEqual(Array(2).fill('batch DeleteComputeEnvironment'));
  });

  it('stays while jobs of a queue run on its machines', async () => {
    const job = (status: string, cluster?: string) => ({
      ...{ jobId: `${status}-${cluster}`, status },
      container: cluster
        ? { containerInstanceArn: `arn:aws:ecs:eu-west-1:1:container-instance/${cluster}/i` }
        : {},
    });
    const busy = [job('RUNNING', 'AWSBatch-shop-a-1'), job('STARTING')];
    for (const jobs of busy.map((each) => [each])) {
      const { kind, calls } = batch({ ...there(), queues: [queueDetail()], jobs });
      await expect(kind.delete(await attrs(), CALL)).rejects.toMatchObject({ code: 'jobs-running' });
      expect(calls({ all: false })).toEqual([]);
    }
    const others = [job('RUNNING', 'AWSBatch-shop-b-1'), job('RUNNABLE')];
    for (const options of [{ jobs: others }, { jobs: busy, deps: { force: true } }]) {
      const { kind, calls } = batch({ ...there(), queues: [queueDetail()], ...options });
      await kind.delete(await attrs(), CALL);
      expect(calls({ all: false })).toContain('batch DeleteComputeEnvironment');
    }
  });
});

describe('the compute environments of a workflow', () => {
  it('are those that the tags name, if they are still there and ours', async () => {
    const arn = (name: string) => ({
      arn: `arn:aws:batch:eu-west-1:1:compute-environment/${name}`,
      tags: OWN,
    });
    const tagged = async () => [
      ...['shop-a', 'gone', 'theirs'].map(arn),
      { arn: 'arn:aws:batch:eu-west-1:1:job-queue/shop-a', tags: OWN },
    ];
    const environments = [
      environmentDetail(),
      environmentDetail({ computeEnvironmentName: 'theirs', tags: {} }),
    ];
    const { kind } = batch({ environments, deps: { tagged } });
    expect((await kind.list('shop', CALL)).map(({ id }) => id)).toEqual([
      'aws/eu-west-1/compute-environment/shop-a',
    ]);
  });
});
