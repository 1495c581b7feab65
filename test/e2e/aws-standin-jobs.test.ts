/** Jobs of the stand-in of AWS Batch really run. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as batch from '@aws-sdk/client-batch';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as ecr from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTried } from '../sample.ts';
import { ACCOUNT, type Aws } from '../standins/aws/index.ts';
import { needs } from '../standins/need.ts';
import { openPodman, type Podman } from '../standins/podman.ts';
import { startRegistry } from '../standins/registry.ts';
import type { Server } from '../standins/server.ts';
import { BATCH_DELAYS, type BatchLab, openBatchLab } from './aws-batch-lab.ts';
import { type Clients, held, makeRole, refused } from './aws-lab.ts';
import { addBusybox, fillSystem } from './image-lab.ts';
import { until } from './until.ts';

describe.skipIf(!isTried(1) || !needs('moto', 'podman', 'registry', 'busybox'))(
  'jobs of the stand-in of AWS Batch',
  () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'fdl-aws-batch-'));
    const HERE = `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com`;
    let podman: Podman;
    let registry: Server;
    let lab: BatchLab;
    let aws: Aws;
    let client: Clients['batch'];

    beforeAll(async () => {
      podman = openPodman();
      registry = await startRegistry();
      lab = await openBatchLab({ podman, registry: { url: registry.url } });
      ({ aws } = lab);
      client = lab.clients.batch;
      await lab.clients.ecr.send(new ecr.CreateRepositoryCommand({ repositoryName: 'jobs' }));
      const root = fillSystem(path.join(folder, 'root'));
      addBusybox(root, ['sh', 'cat', 'env', 'sleep', 'wget', 'test', 'echo']);
      const tar = path.join(folder, 'root.tar');
      execFileSync('tar', ['-C', root, '-cf', tar, '.']);
      const image = `${new URL(aws.url).host}/jobs:one`;
      await podman.run(['import', '--change=ENTRYPOINT ["/bin/sh", "-c"]', tar, image]);
      const pushed = await podman.run([
        'push',
        '--tls-verify=false',
        '--creds=AWS:ecr-token',
        '--format=v2s2',
        image,
      ]);
      expect(pushed).toMatchObject({ code: 0 });
      await podman.run(['rmi', image]);
      await makeRole(lab.clients, { name: 'job', service: 'ecs-tasks.amazonaws.com' });
      await lab.clients.logs.send(new logs.CreateLogGroupCommand({ logGroupName: '/mine' }));
      lab.aws.passTime(BATCH_DELAYS.role);
      await lab.create('ce');
      await lab.settled('ce');
      await lab.createQueue('jq', 'ce');
      await until('the queue is valid', async () => (await lab.queue('jq'))?.status === 'VALID');
      await register();
    });

    afterAll(async () => {
      await aws?.stop();
      await podman?.close();
      await registry?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    const register = (
      more: Partial<batch.ContainerProperties> = {},
      rest: Partial<batch.RegisterJobDefinitionCommandInput> = {},
    ) =>
      client.send(
        new batch.RegisterJobDefinitionCommand({
          ...{ jobDefinitionName: 'work', type: 'container' },
          containerProperties: {
            image: `${HERE}/jobs:one`,
            jobRoleArn: `arn:aws:iam::${ACCOUNT}:role/job`,
            environment: [{ name: 'OWN', value: 'own' }],
            logConfiguration: {
              logDriver: 'awslogs',
              options: { 'awslogs-group': '/mine', 'awslogs-stream-prefix': 'p' },
            },
            resourceRequirements: [
              { type: 'VCPU', value: '1' },
              { type: 'MEMORY', value: '64' },
            ],
            ...more,
          },
          ...rest,
        }),
      );
    const submit = async (command: string, more: Partial<batch.SubmitJobCommandInput> = {}) => {
      const input = {
        jobName: 'one',
        jobQueue: 'jq',
        jobDefinition: 'work',
        containerOverrides: { command: [command] },
        ...more,
      };
      return (await client.send(new batch.SubmitJobCommand(input))).jobId ?? '';
    };
    const job = async (id: string) =>
      (await client.send(new batch.DescribeJobsCommand({ jobs: [id] }))).jobs?.[0];
    const linesOf = async (logStreamName: string | undefined) => {
      const { events = [] } = await lab.clients.logs.send(
        new logs.GetLogEventsCommand({ logGroupName: '/mine', logStreamName, startFromHead: true }),
      );
      return events.map(({ message }) => message);
    };

    it('runs a job in its image, and keeps its log', async () => {
      const script =
        'echo "$OWN $MORE $AWS_BATCH_JOB_ID $AWS_BATCH_JOB_ATTEMPT $AWS_BATCH_JQ_NAME $AWS_BATCH_CE_NAME $AWS_REGION."';
      const id = await held(aws, async () => {
        const submitted = await submit(script, {
          containerOverrides: { environment: [{ name: 'MORE', value: 'more' }], command: ['Ref::word'] },
          parameters: { word: script },
        });
        expect((await job(submitted))?.status).toBe('SUBMITTED');
        return submitted;
      });
      await aws.idle();
      const done = await job(id);
      expect(done).toMatchObject({
        status: 'SUCCEEDED',
        container: { exitCode: 0, logStreamName: expect.stringMatching(/^p\/default\/\w{32}$/) },
      });
      expect(done?.stoppedAt).toBeGreaterThan(done?.startedAt ?? Number.NaN);
      expect(await linesOf(done?.container?.logStreamName)).toEqual([`own more ${id} 1 jq ce .`]);
    });

    it('has the credentials of its role where ECS has them', async () => {
      const id = await submit('wget -q -O - "$AWS_CONTAINER_CREDENTIALS_FULL_URI"');
      await aws.idle();
      const [said = ''] = await linesOf((await job(id))?.container?.logStreamName);
      expect(JSON.parse(said)).toMatchObject({
        RoleArn: `arn:aws:iam::${ACCOUNT}:role/job`,
        AccessKeyId: expect.stringMatching(/^ASIA/),
      });
    });

    it('tries again as often as it is told to, unless a rule says to stop', async () => {
      const retryStrategy = { attempts: 3, evaluateOnExit: [{ action: 'EXIT' as const, onExitCode: '7' }] };
      const thrice = await submit('exit 3', { retryStrategy });
      const once = await submit('exit 7', { retryStrategy });
      const second = await submit('test $AWS_BATCH_JOB_ATTEMPT = 2', { retryStrategy });
      await aws.idle();
      const ended = await Promise.all([thrice, once, second].map(job));
      expect(ended.map((each) => [each?.status, each?.attempts?.length, each?.container?.exitCode])).toEqual([
        ['FAILED', 3, 3],
        ['FAILED', 1, 7],
        ['SUCCEEDED', 2, 0],
      ]);
      expect(ended[0]?.statusReason).toBe('Essential container in task exited');
    });

    it('fails jobs with large overrides, wrong roles, missing images and missing log groups', async () => {
      const large = await submit('true', {
        containerOverrides: { environment: [{ name: 'BIG', value: 'x'.repeat(8192) }] },
      });
      await register(
        { jobRoleArn: `arn:aws:iam::${ACCOUNT}:role/instance` },
        { jobDefinitionName: 'wrong-role' },
      );
      const role = await submit('true', { jobDefinition: 'wrong-role' });
      await register({ image: `${HERE}/jobs:none` }, { jobDefinitionName: 'no-image' });
      const image = await submit('true', { jobDefinition: 'no-image' });
      await register(
        { logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-group': '/none' } } },
        { jobDefinitionName: 'no-log' },
      );
      const log = await submit('true', { jobDefinition: 'no-log' });
      await aws.idle();
      const ended = await Promise.all([large, role, image, log].map(job));
      expect(ended.map((each) => each?.status)).toEqual(['FAILED', 'FAILED', 'FAILED', 'FAILED']);
      expect(ended[0]?.statusReason).toBe('Container Overrides length must be at most 8192');
      expect(ended[1]?.statusReason).toMatch(/unable to assume the role/);
      expect(ended[2]?.container?.reason).toMatch(/^CannotPullContainerError/);
      expect(ended[3]?.container?.reason).toMatch(/log group does not exist/);
    });

    it('says why a job waits, terminates and cancels', async () => {
      const id = await submit('sleep 60');
      await until('it runs', async () => (await job(id))?.status === 'RUNNING');
      await client.send(new batch.CancelJobCommand({ jobId: id, reason: 'no' }));
      expect((await job(id))?.status).toBe('RUNNING');
      const running = await client.send(new batch.ListJobsCommand({ jobQueue: 'jq' }));
      expect(running.jobSummaryList?.map(({ jobId }) => jobId)).toEqual([id]);
      await client.send(new batch.TerminateJobCommand({ jobId: id, reason: 'enough' }));
      aws.holdJobs('CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - none');
      const [held, cancelled] = [await submit('true', { jobName: 'Held-1' }), await submit('true')];
      await aws.idle();
      expect(await job(id)).toMatchObject({ status: 'FAILED', statusReason: 'enough' });
      expect(await job(held)).toMatchObject({
        status: 'RUNNABLE',
        statusReason: expect.stringContaining('CAPACITY'),
      });
      await client.send(new batch.CancelJobCommand({ jobId: cancelled, reason: 'no more' }));
      aws.holdJobs();
      await aws.idle();
      const filters = [{ name: 'JOB_NAME', values: ['held*'] }];
      const byName = await client.send(new batch.ListJobsCommand({ jobQueue: 'jq', filters }));
      expect(byName.jobSummaryList).toMatchObject([{ jobId: held, status: 'SUCCEEDED', jobName: 'Held-1' }]);
      expect(await job(cancelled)).toMatchObject({ status: 'FAILED', statusReason: 'no more' });
    });

    it('keeps jobs waiting that no environment has room for', async () => {
      const id = await submit('true', {
        containerOverrides: { resourceRequirements: [{ type: 'VCPU', value: '64' }] },
      });
      await aws.idle();
      expect(await job(id)).toMatchObject({
        status: 'RUNNABLE',
        statusReason: 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
      });
    });

    it('ends the jobs of a queue that is deleted, and takes no more', async () => {
      const id = await submit('trap "exit 0" TERM; sleep 60 & wait');
      await until('it runs', async () => (await job(id))?.status === 'RUNNING');
      await client.send(new batch.UpdateJobQueueCommand({ jobQueue: 'jq', state: 'DISABLED' }));
      await refused(submit('true'), 'ClientException', /not ENABLED/);
      await until('the queue is changed', async () => (await lab.queue('jq'))?.status === 'VALID');
      await client.send(new batch.DeleteJobQueueCommand({ jobQueue: 'jq' }));
      await aws.idle();
      expect(await job(id)).toMatchObject({ status: 'FAILED' });
    });
  },
);
