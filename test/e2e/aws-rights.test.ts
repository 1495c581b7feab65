/** Whoever has the rights that docs/aws.md lists, and no others, can set workflows up and remove them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DescribeSecurityGroupsCommand, DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEPLOYER_KEYS, type PolicyStatement, permits } from '../standins/aws/index.ts';
import { needs } from '../standins/need.ts';
import { type AccountLab, openAccount } from './aws-account.ts';
import { openInternet } from './aws-network.ts';
import { fdl, ROOT } from './fdl.ts';
import { addBusybox } from './image-lab.ts';
import { write } from './project.ts';

type Statement = PolicyStatement & { readonly Sid: string };

/** The policies of the page, in its order: for AWS Lambda, for a network of one's own, for AWS Batch. */
function documented(): readonly (readonly Statement[])[] {
  const page = readFileSync(path.join(ROOT, 'docs/aws.md'), 'utf8').replaceAll('my-words', 'rights');
  return [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = '']) => JSON.parse(text).Statement);
}

const STEP = `container: {image: "me/busybox:1"}
        init_script: step.sh
        input: [{storage_provider: s3, path: rights/in}]
        output: [{storage_provider: s3, path: rights/out}]`;

const LAMBDA = `name: plain
functions:
  aws:
    - lambda:
        name: plain
        function_url: true
        reserved_concurrency: 2
        ${STEP}
        environment: {Variables: {TOKEN: "\${env:TOKEN}"}}
      api_gateway: {name: rights-api}
`;

const BATCH = `name: spot
functions:
  aws:
    - lambda:
        name: spot
        execution_mode: batch
        ${STEP}
      batch:
        compute_resources: {type: SPOT}
`;

const network = (subnet: string, group: string) => `name: inside
functions:
  aws:
    - lambda:
        name: inside
        ${STEP}
        vpc: {SubnetIds: [${subnet}], SecurityGroupIds: [${group}]}
        file_system:
          - Arn: arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0
            LocalMountPath: /mnt/data
`;

describe.skipIf(!needs('podman', 'registry', 'busybox', 'moto'))('the rights that are documented', () => {
  const [onLambda = [], inNetwork = [], onBatch = []] = documented();
  let account: AccountLab;
  let cwd: string;

  beforeAll(async () => {
    account = await openAccount({
      images: {
        'me/busybox:1': (root) => addBusybox(root, ['sh', 'true']),
      },
    });
    await openInternet(account.aws);
    const { ec2 } = account.clients;
    const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
    const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({}));
    cwd = path.join(account.folder, 'rights');
    write(cwd, {
      'step.sh': '#!/bin/sh\ntrue\n',
      'lambda.yaml': LAMBDA,
      'batch.yaml': BATCH,
      'network.yaml': network(Subnets[0]?.SubnetId ?? '', SecurityGroups[0]?.GroupId ?? ''),
    });
  });

  afterAll(() => account?.close());

  /** Runs `fdl` with the keys of the deployer, who may do this. */
  async function deploying(statements: readonly PolicyStatement[], ...args: readonly string[]) {
    account.aws.deployer.statements = statements;
    const { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } = DEPLOYER_KEYS;
    const env = { ...account.env, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, TOKEN: 'secret' };
    const { code, stdout, stderr } = await fdl(args, { cwd, env });
    return { code, text: stdout + stderr };
  }

  describe.each([
    ['functions', 'lambda.yaml', [onLambda]],
    ['functions in a network', 'network.yaml', [onLambda, inNetwork]],
    ['jobs on spot instances', 'batch.yaml', [onLambda, onBatch]],
  ] as const)('for %s', (_, file, policies) => {
    const all: readonly Statement[] = policies.flat();

    it('suffice to set up, to look at, to change and to remove', async () => {
      account.aws.deployer.needs.length = 0;
      const calls = [['apply', '--yes'], ['plan'], ['status'], ['logs'], ['rm', '--yes', '--delete-data']];
      for (const [command = '', ...flags] of calls) {
        const { code, text } = await deploying(all, command, file, ...flags);
        expect([command, code, text]).toEqual([command, 0, expect.not.stringContaining('not authorized')]);
      }
    });

    it('are all needed: without a statement something is denied', () => {
      const { needs: asked } = account.aws.deployer;
      expect(asked.length).toBeGreaterThan(50);
      const added = policies.at(-1) ?? [];
      const idle = added.filter((statement) => {
        const others = all.filter((each) => each !== statement);
        return asked.every(({ action, resource, passedTo }) => permits(others, action, resource, passedTo));
      });
      expect(idle.map(({ Sid }) => Sid)).toEqual([]);
    });
  });

  it('are really asked for: without the one on roles, apply says what is missing', async () => {
    const { code, text } = await deploying(
      onLambda.filter(({ Sid }) => Sid !== 'Roles'),
      'apply',
      'lambda.yaml',
      '--yes',
    );
    expect([code, text]).toEqual([1, expect.stringContaining('iam:')]);
    const removed = await deploying(onLambda, 'rm', 'lambda.yaml', '--yes', '--delete-data');
    expect(removed.code).toBe(0);
  });
});
