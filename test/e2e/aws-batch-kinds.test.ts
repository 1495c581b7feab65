/** What a step on AWS Batch takes, made, changed and removed at a stand-in of AWS. */
import * as batch from '@aws-sdk/client-batch';
import * as ec2 from '@aws-sdk/client-ec2';
import { DeleteBucketCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Report } from '../../src/deploy/outcome.ts';
import type { Plan } from '../../src/deploy/plan.ts';
import { deploymentBucketKind } from '../../src/providers/aws/kinds/deployment-bucket/index.ts';
import { fakeCall } from '../providers/aws/fake-clients.ts';
import { isTried, wayOfToday } from '../sample.ts';
import { ACCOUNT, REFUSED } from '../standins/aws/index.ts';
import { needs } from '../standins/need.ts';
import { type BatchKindsLab, openBatchKindsLab } from './aws-batch-kinds-lab.ts';
import { until } from './until.ts';

const ALL = [
  'environment shop-resize-1 ENABLED VALID',
  'queue shop-resize ENABLED VALID',
  'definition resize',
  'template shop-resize',
  'role shop-instances',
  'role shop-resize-job',
  'profile shop-instances',
  'log group /aws/batch/fdl/shop/resize',
];

/** `action kind` of everything that is not as it should be. */
function actions(plan: Plan): readonly string[] {
  return plan.actions
    .filter(({ action }) => action !== 'keep')
    .map(({ action, kind }) => `${action} ${kind}`);
}

/** What did not come about, and why. */
function failures(report: Report): readonly string[] {
  return report.outcomes.flatMap(({ kind, status, error, reason }) =>
    status === 'done' || status === 'kept' ? [] : [`${kind} ${status}: ${error?.message ?? reason}`],
  );
}

/** Begins to delete the queue, and does not wait for its end. */
async function deleteQueue({ clients: { batch: client }, left }: BatchKindsLab): Promise<void> {
  await client.send(new batch.UpdateJobQueueCommand({ jobQueue: 'shop-resize', state: 'DISABLED' }));
  await until('the queue is disabled', async () =>
    (await left()).includes('queue shop-resize DISABLED VALID'),
  );
  await client.send(new batch.DeleteJobQueueCommand({ jobQueue: 'shop-resize' }));
}

describe.skipIf(!needs('moto'))('kinds of AWS Batch', () => {
  let lab: BatchKindsLab;

  beforeAll(async () => {
    lab = await openBatchKindsLab();
  });
  afterAll(() => lab?.aws.stop());
  beforeEach(() => lab.aws.reset());
  afterEach(async () => {
    lab.aws.reset();
    expect(failures(await lab.remove({ force: true }))).toEqual([]);
    expect(await lab.left()).toEqual([]);
  });

  it('are made in order, kept, and removed in the reverse order', async () => {
    expect(failures(await lab.apply())).toEqual([]);
    expect(await lab.left()).toEqual(ALL);
    const made = lab.aws.mutations().filter((call) => /Environment|Queue|Definition|Template/.test(call));
    const order = (calls: readonly string[]) => calls.map((call) => made.indexOf(call));
    const wanted = ['ec2:CreateLaunchTemplate', 'batch:CreateComputeEnvironment', 'batch:CreateJobQueue'];
    expect(order(wanted)).toEqual([...order(wanted)].sort((a, b) => a - b));
    expect(made).toContain('batch:RegisterJobDefinition');

    lab.aws.reset();
    expect(actions(await lab.plan())).toEqual([]);
    expect(failures(await lab.apply())).toEqual([]);
    expect(lab.aws.mutations()).toEqual([]);

    expect(failures(await lab.remove())).toEqual([]);
    const removed = lab.aws.mutations().filter((call) => !/:(Detach|Put)/.test(call));
    const queue = ['batch:UpdateJobQueue', 'batch:DeleteJobQueue'];
    const environment = ['batch:UpdateComputeEnvironment', 'batch:DeleteComputeEnvironment'];
    const machines = ['iam:RemoveRoleFromInstanceProfile', 'iam:DeleteInstanceProfile'];
    const chain = [...queue, ...environment, ...machines];
    expect(removed.filter((call) => chain.includes(call))).toEqual(chain);
    expect(removed.indexOf('ec2:DeleteLaunchTemplate')).toBeGreaterThan(removed.indexOf(chain[3] ?? ''));
    expect(await lab.left()).toEqual([]);
  });

  it('try an environment once more that a new instance profile made invalid', async () => {
    // Said, since on a busy machine the profile is not new any more when it is looked at.
    lab.aws.failNextEnvironment('CLIENT_ERROR - the instance profile is not there yet');
    expect(failures(await lab.apply())).toEqual([]);
    const calls = lab.aws.mutations().filter((call) => call.endsWith('ComputeEnvironment'));
    expect(calls).toEqual(['batch:CreateComputeEnvironment', 'batch:UpdateComputeEnvironment']);
  });

  it('say why an environment stays invalid, and mend it when that is gone', async () => {
    lab.aws.failNextEnvironment('CLIENT_ERROR - first');
    lab.aws.failNextEnvironment('CLIENT_ERROR - second');
    expect(failures(await lab.apply())).toEqual([
      'aws/compute-environment failed: the compute environment shop-resize-1 is invalid: CLIENT_ERROR - second',
      expect.stringContaining('aws/job-queue skipped'),
    ]);
    const plan = await lab.plan();
    expect(plan.actions.find(({ kind }) => kind === 'aws/compute-environment')?.changes).toEqual([
      { path: 'status', before: 'INVALID: CLIENT_ERROR - second', after: 'VALID' },
    ]);
    expect(failures(await lab.apply())).toEqual([]);
    expect(await lab.left()).toEqual(ALL);
  });

  it('change in place what can be, the environment to the number of the template’s new version', async () => {
    await lab.apply();
    lab.aws.reset();
    const changes = {
      template: { rootVolumeGb: 60 },
      environment: { maxVcpus: 8, instanceTypes: ['c7i'], spot: true },
      queue: { priority: 2 },
      definition: { memory: 256 },
    };
    const plan = await lab.plan(changes);
    expect(actions(plan)).toEqual([
      'update aws/launch-template',
      'update aws/compute-environment',
      'update aws/job-queue',
      'update aws/job-definition',
    ]);
    expect(failures(await lab.apply(changes))).toEqual([]);
    expect([...lab.aws.mutations()].sort()).toEqual([
      'batch:DeregisterJobDefinition',
      'batch:RegisterJobDefinition',
      'batch:UpdateComputeEnvironment',
      'batch:UpdateJobQueue',
      'ec2:CreateLaunchTemplateVersion',
      'ec2:ModifyLaunchTemplate',
    ]);
    const describe = new batch.DescribeComputeEnvironmentsCommand({});
    const [environment] = (await lab.clients.batch.send(describe)).computeEnvironments ?? [];
    expect(environment?.computeResources?.launchTemplate?.version).toBe('2');
    expect(environment?.updatePolicy).toEqual({
      terminateJobsOnUpdate: false,
      jobExecutionTimeoutMinutes: 7200,
    });
    expect(actions(await lab.plan(changes))).toEqual([]);
  });

  it('change only what depends on a template’s version when it alone changes', async () => {
    await lab.apply();
    lab.aws.reset();
    const changes = { template: { userData: 'MIME-Version: 1.0\nother' } };
    const plan = await lab.plan(changes);
    expect(actions(plan)).toEqual(['update aws/launch-template', 'update aws/compute-environment']);
    await lab.apply(changes);
    expect(lab.aws.mutations().at(-1)).toBe('batch:UpdateComputeEnvironment');
    expect(actions(await lab.plan(changes))).toEqual([]);
  });

  it('replace an environment behind another name; jobs that wait stay in the queue', async () => {
    await lab.apply();
    const jobId = await lab.submit('waits');
    lab.aws.reset();
    const changes = { environment: { name: 'shop-resize-2', maxVcpus: 16 } };
    expect(actions(await lab.plan(changes))).toEqual([
      'create aws/compute-environment',
      'update aws/job-queue',
      'update aws/unused-environments',
    ]);
    expect(failures(await lab.apply(changes))).toEqual([]);
    expect(lab.aws.mutations()).toEqual([
      'batch:CreateComputeEnvironment',
      'batch:UpdateJobQueue',
      'batch:UpdateComputeEnvironment',
      'batch:DeleteComputeEnvironment',
    ]);
    expect((await lab.left()).slice(0, 2)).toEqual([
      'environment shop-resize-2 ENABLED VALID',
      'queue shop-resize ENABLED VALID',
    ]);
    const { jobs } = await lab.clients.batch.send(new batch.DescribeJobsCommand({ jobs: [jobId] }));
    expect(jobs?.[0]).toMatchObject({ status: expect.stringMatching(/SUBMITTED|RUNNABLE/) });
    expect(actions(await lab.plan(changes))).toEqual([]);
  });

  it('are not removed under jobs that have not ended, unless they may be ended', async () => {
    await lab.apply();
    const ids = [await lab.submit('one'), await lab.submit('two')];
    lab.aws.reset();
    expect(failures(await lab.remove())).toEqual(
      expect.arrayContaining([
        'aws/job-queue failed: the job queue shop-resize still has 2 jobs (2 waiting)',
        'aws/job-definition failed: the job definition resize still has 2 jobs (2 waiting)',
        expect.stringContaining('aws/compute-environment skipped'),
        expect.stringContaining('aws/role skipped'),
      ]),
    );
    expect(lab.aws.mutations()).toEqual([]);
    expect(await lab.left()).toEqual(ALL);
    expect(actions(await lab.plan())).toEqual([]);

    expect(failures(await lab.remove({ force: true }))).toEqual([]);
    const { jobs = [] } = await lab.clients.batch.send(new batch.DescribeJobsCommand({ jobs: ids }));
    expect(jobs.map(({ status, statusReason }) => `${status} ${statusReason}`)).toEqual(
      Array(2).fill('FAILED the workflow is removed (fdl rm --force)'),
    );
  });

  it('keep a former revision as long as jobs use it', async () => {
    await lab.apply();
    const jobId = await lab.submit('waits');
    const changes = { definition: { memory: 256 } };
    expect(failures(await lab.apply(changes))).toEqual([]);
    const definitions = async () => (await lab.left()).filter((each) => each === 'definition resize');
    expect(await definitions()).toHaveLength(2);
    expect(actions(await lab.plan(changes))).toEqual([]);
    await lab.clients.batch.send(new batch.TerminateJobCommand({ jobId, reason: 'test' }));
    expect(actions(await lab.plan(changes))).toEqual(['update aws/job-definition']);
    expect(failures(await lab.apply(changes))).toEqual([]);
    expect(await definitions()).toHaveLength(1);
  });

  it('are removed also when parts are gone, or on their way', async () => {
    await lab.apply();
    const { batch: client, ec2: machines } = lab.clients;
    const template = { LaunchTemplateName: 'shop-resize' };
    await machines.send(new ec2.DeleteLaunchTemplateCommand(template));
    const find = new batch.DescribeJobDefinitionsCommand({ status: 'ACTIVE' });
    const [definition] = (await client.send(find)).jobDefinitions ?? [];
    const jobDefinition = definition?.jobDefinitionArn;
    await client.send(new batch.DeregisterJobDefinitionCommand({ jobDefinition }));
    await deleteQueue(lab);
    expect(failures(await lab.remove())).toEqual([]);
    expect(await lab.left()).toEqual([]);
  });

  it('are made again while a former removal still goes on', async () => {
    await lab.apply();
    await deleteQueue(lab);
    expect(failures(await lab.apply())).toEqual([]);
    expect(await lab.left()).toEqual(ALL);
  });

  for (const when of wayOfToday(['before', 'after'])) {
    const failure = { ...REFUSED, after: when === 'after' };

    it(`converge, and leave nothing, whichever call fails, if it fails ${when} it was carried out`, async () => {
      for (let nth = 1; ; nth += 1) {
        if (!isTried(nth)) continue;
        lab.aws.reset();
        lab.aws.failCall(nth, { mutating: true, failure });
        const applied = failures(await lab.apply()).length === 0;
        lab.aws.reset();
        expect([nth, failures(await lab.apply())]).toEqual([nth, []]);
        expect(await lab.left()).toEqual(ALL);
        expect(actions(await lab.plan())).toEqual([]);
        lab.aws.failCall(nth, { mutating: true, failure });
        const removed = failures(await lab.remove()).length === 0;
        lab.aws.reset();
        expect([nth, failures(await lab.remove())]).toEqual([nth, []]);
        expect(await lab.left()).toEqual([]);
        if (applied && removed) break;
        expect(nth).toBeLessThan(40);
      }
    });
  }

  it('finish the deployment bucket whichever call fails', async () => {
    const props = { site: { region: 'us-east-1' }, bucket: 'fdl-deployment', account: ACCOUNT };
    const kind = deploymentBucketKind(lab.deps);
    for (let nth = 1; ; nth += 1) {
      lab.aws.failCall(nth, { mutating: true });
      const failed = await kind.reconcile(props, fakeCall()).then(
        () => false,
        () => true,
      );
      lab.aws.reset();
      await kind.reconcile(props, fakeCall());
      const observed = await kind.read(props, fakeCall());
      expect(observed?.owned).toBe(true);
      expect(observed && kind.changes(props, observed.attrs)).toEqual([]);
      lab.aws.reset();
      await kind.reconcile(props, fakeCall());
      expect(lab.aws.mutations()).toEqual([]);
      await lab.clients.s3.send(new DeleteBucketCommand({ Bucket: 'fdl-deployment' }));
      if (!failed) break;
    }
    lab.aws.addForeignBucket('fdl-taken');
    const taken = kind.read({ ...props, bucket: 'fdl-taken' }, fakeCall());
    await expect(taken).rejects.toMatchObject({ code: 'bucket-foreign' });
  });
});
