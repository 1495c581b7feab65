/** The stand-in of AWS runs functions of images from the registry that stands for ECR. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as ecr from '@aws-sdk/client-ecr';
import * as lambda from '@aws-sdk/client-lambda';
import * as s3 from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTried } from '../sample.ts';
import { ACCOUNT, type Aws, startAws } from '../standins/aws/index.ts';
import { needs } from '../standins/need.ts';
import { openPodman, type Podman } from '../standins/podman.ts';
import { startRegistry } from '../standins/registry.ts';
import { fillRootfs, SUPERVISOR_COMMAND } from '../standins/rootfs.ts';
import type { Server } from '../standins/server.ts';
import {
  type Clients,
  clientsOf,
  invoked,
  linesOf,
  MAY_LOG,
  makeFunction,
  makeRole,
  refused,
} from './aws-lab.ts';
import { addSteps, eventFor } from './lambda-steps.ts';
import { until } from './until.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/supervisor.mjs', import.meta.url));
const DELAYS = { pending: 50, update: 50, role: 50 };
describe.skipIf(!isTried(0) || !needs('moto', 'podman', 'registry', 'busybox'))(
  'functions of images on the stand-in of AWS',
  () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'fdl-aws-functions-'));
    const HERE = `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com`;
    let podman: Podman;
    let registry: Server;
    let aws: Aws;
    let clients: Clients;
    let pushed: string;

    beforeAll(async () => {
      podman = openPodman();
      registry = await startRegistry();
      aws = await startAws({ delays: DELAYS, podman, registry: { url: registry.url }, retries: 0 });
      clients = clientsOf(aws);
      const root = path.join(folder, 'root');
      fillRootfs(root, PROGRAM);
      addSteps(root);
      const image = `localhost/fdl-test-aws:${process.pid}`;
      podman.importFolder(root, image);
      pushed = `${new URL(aws.url).host}/fdl/w`;
    });

    afterAll(async () => {
      await aws?.stop();
      await podman?.close();
      await registry?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    /** Pushes the image as ECR would take it. */
    const push = async (tag: string, credentials = 'AWS:ecr-token', format = 'v2s2') => {
      const name = `${pushed}:${tag}`;
      await podman.run(['tag', `localhost/fdl-test-aws:${process.pid}`, name]);
      const result = await podman.run([
        'push',
        '--tls-verify=false',
        `--creds=${credentials}`,
        `--format=${format}`,
        name,
      ]);
      await podman.run(['untag', `localhost/fdl-test-aws:${process.pid}`, name]);
      return result;
    };

    it('takes images into repositories that exist, from those who know the password', async () => {
      const { authorizationData } = await clients.ecr.send(new ecr.GetAuthorizationTokenCommand({}));
      const login = Buffer.from(authorizationData?.[0]?.authorizationToken ?? '', 'base64').toString();
      expect(login).toBe('AWS:ecr-token');
      expect((await push('a')).stderr).toMatch(/does not exist|name unknown/i);
      await clients.ecr.send(new ecr.CreateRepositoryCommand({ repositoryName: 'fdl/w' }));
      expect((await push('a', 'AWS:wrong')).code).not.toBe(0);
      expect(await push('a', login)).toMatchObject({ code: 0 });
    });

    it('lists and deletes images by what the registry has', async () => {
      const at = { repositoryName: 'fdl/w' };
      await push('b');
      await push('c', undefined, 'oci');
      const list = async () => {
        const { imageIds = [] } = await clients.ecr.send(new ecr.ListImagesCommand(at));
        return imageIds.map(({ imageTag }) => imageTag).sort();
      };
      expect(await list()).toEqual(['a', 'b', 'c']);
      const both = new ecr.BatchDeleteImageCommand({
        ...at,
        imageIds: [{ imageTag: 'b' }, { imageTag: 'none' }],
      });
      const { imageIds, failures } = await clients.ecr.send(both);
      expect([imageIds, failures]).toMatchObject([[{ imageTag: 'b' }], [{ failureCode: 'ImageNotFound' }]]);
      expect(await list()).toEqual(['a', 'c']);
      const { imageDetails } = await clients.ecr.send(
        new ecr.DescribeImagesCommand({ ...at, imageIds: [{ imageTag: 'a' }] }),
      );
      expect(imageDetails).toMatchObject([
        { imageTags: ['a'], imageDigest: expect.stringMatching(/^sha256:/) },
      ]);
      await refused(clients.ecr.send(new ecr.DeleteRepositoryCommand(at)), 'RepositoryNotEmptyException');
      await refused(
        clients.ecr.send(new ecr.ListImagesCommand({ repositoryName: 'none' })),
        'RepositoryNotFoundException',
      );
    });

    const step = (name: string, role: string) => ({
      FunctionName: name,
      Role: role,
      PackageType: 'Image' as const,
      Code: { ImageUri: `${HERE}/fdl/w:a` },
      ImageConfig: { EntryPoint: [...SUPERVISOR_COMMAND] },
      Environment: { Variables: { FDL_CONFIG: `/opt/fdl/steps/${name}/config.json` } },
      MemorySize: 256,
      Timeout: 60,
    });

    it('makes functions of images that exist', async () => {
      const role = await makeRole(clients, { name: 'image', permits: MAY_LOG });
      const none = { ...step('none', role), Code: { ImageUri: `${HERE}/fdl/w:none` } };
      const create = () => clients.lambda.send(new lambda.CreateFunctionCommand(none));
      aws.passTime(DELAYS.role);
      await refused(create(), 'InvalidParameterValueException', /does not exist/);
      await makeFunction(clients, step('upper', role));
      const { Code, Configuration } = await clients.lambda.send(
        new lambda.GetFunctionCommand({ FunctionName: 'upper' }),
      );
      expect(Code).toMatchObject({
        ImageUri: `${HERE}/fdl/w:a`,
        ResolvedImageUri: expect.stringMatching(/\/fdl\/w@sha256:\w{64}$/),
      });
      expect(Code?.ResolvedImageUri).toContain(Configuration?.CodeSha256);
    });

    it('runs a function in its image, with the rights of its role', async () => {
      const role = await makeRole(clients, {
        name: 'reader',
        permits: [
          ...MAY_LOG,
          ['s3:GetObject', 'arn:aws:s3:::incoming/*'],
          ['s3:PutObject', 'arn:aws:s3:::outgoing/*'],
        ],
      });
      const assume = new lambda.UpdateFunctionConfigurationCommand({ FunctionName: 'upper', Role: role });
      await until('the role is taken', async () => (await clients.lambda.send(assume)).Role === role);
      await clients.logs.send(new logs.CreateLogGroupCommand({ logGroupName: '/aws/lambda/upper' }));
      for (const Bucket of ['incoming', 'outgoing'])
        await clients.s3.send(new s3.CreateBucketCommand({ Bucket }));
      await clients.lambda.send(
        new lambda.AddPermissionCommand({
          ...{
            FunctionName: 'upper',
            StatementId: 's3',
            Action: 'lambda:InvokeFunction',
            Principal: 's3.amazonaws.com',
          },
          ...{ SourceArn: 'arn:aws:s3:::incoming', SourceAccount: ACCOUNT },
        }),
      );
      const entry = {
        ...{ Id: 'x', LambdaFunctionArn: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:upper` },
        Events: ['s3:ObjectCreated:*' as const],
      };
      const NotificationConfiguration = { LambdaFunctionConfigurations: [entry] };
      await clients.s3.send(
        new s3.PutBucketNotificationConfigurationCommand({ Bucket: 'incoming', NotificationConfiguration }),
      );
      await clients.s3.send(new s3.PutObjectCommand({ Bucket: 'incoming', Key: 'a b.txt', Body: 'hello' }));
      await aws.idle();
      expect(aws.invocations().at(-1)?.outcome).toMatchObject({ status: 'succeeded' });
      const { Body } = await clients.s3.send(
        new s3.GetObjectCommand({ Bucket: 'outgoing', Key: 'upper/993-a b.txt' }),
      );
      expect(await Body?.transformToString()).toBe('HELLO');
      const lines = await linesOf(clients, '/aws/lambda/upper');
      expect(lines[0]).toMatch(/^START RequestId/);
      expect(lines.join('')).toMatch(/"fdl":"end".*"status":"succeeded"/);
      const own = aws.calls().filter(({ caller }) => caller.startsWith('ASIA'));
      expect(own.map(({ operation }) => operation)).toEqual(
        expect.arrayContaining(['GetObject', 'PutObject']),
      );
    });

    it('refuses a function what its role does not permit', async () => {
      aws.passTime(DELAYS.update);
      const weak = `arn:aws:iam::${ACCOUNT}:role/image`;
      await clients.lambda.send(
        new lambda.UpdateFunctionConfigurationCommand({ FunctionName: 'upper', Role: weak }),
      );
      await clients.s3.send(new s3.PutObjectCommand({ Bucket: 'incoming', Key: 'b', Body: 'x' }));
      await aws.idle();
      expect(aws.invocations().at(-1)?.outcome).toMatchObject({ status: 'failed' });
      expect(aws.calls().at(-1)).toMatchObject({ error: 'AccessDenied' });
    });

    it('does not tell a role what is missing in a bucket that it may not list', async () => {
      const reader = `arn:aws:iam::${ACCOUNT}:role/reader`;
      const assume = new lambda.UpdateFunctionConfigurationCommand({ FunctionName: 'upper', Role: reader });
      await until('the update is taken', async () => (await clients.lambda.send(assume)).Role === reader);
      aws.reset();
      await invoked(clients, 'upper', eventFor('nowhere'));
      const [get] = aws.calls().filter(({ caller }) => caller.startsWith('ASIA'));
      expect(get).toMatchObject({ params: { Bucket: 'incoming', Key: 'nowhere' }, status: 403 });
    });

    it('deletes a repository with its images', async () => {
      const at = { repositoryName: 'fdl/w' };
      await clients.ecr.send(new ecr.DeleteRepositoryCommand({ ...at, force: true }));
      await clients.ecr.send(new ecr.CreateRepositoryCommand(at));
      expect((await clients.ecr.send(new ecr.ListImagesCommand(at))).imageIds).toEqual([]);
    });
  },
);
