/** Whoever has what `fdl policy` prints, and nothing else, can do what it was printed for; and none of it is too much. */
import path from 'node:path';
import {
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
} from '@aws-sdk/client-ec2';
import { CreatePolicyCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEPLOYER_KEYS, type PolicyStatement, permits } from '../standins/aws/index.ts';
import { needs } from '../standins/need.ts';
import { type AccountLab, openAccount } from './aws-account.ts';
import { openInternet } from './aws-network.ts';
import { fdl } from './fdl.ts';
import { addBusybox } from './image-lab.ts';
import { write } from './project.ts';

type Statement = PolicyStatement & { readonly Sid: string; readonly Action: readonly string[] };

const STEP = `container: {image: "me/busybox:1"}
        init_script: step.sh
        input: [{storage_provider: s3, path: rights/in}]
        output: [{storage_provider: s3, path: rights/out}]`;

const lambda = (api: string, more: string, besides = '') => `name: plain
functions:
  aws:
    - lambda:
        name: plain
        function_url: true
        ${STEP}
        ${more}
      api_gateway: {name: ${api}}
${besides}`;

const batch = (more: string) => `name: spot
functions:
  aws:
    - lambda:
        name: spot
        execution_mode: batch
        ${STEP}
        ${more}
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

/** A policy that limits roles. */
const BOUNDARY = 'arn:aws:iam::123456789012:policy/limit';

/** Rights that none of these commands asks for here, and why. */
const RARE: readonly (readonly [right: RegExp, because: string])[] = [
  [
    /^Images: ecr:(BatchCheckLayer|BatchGetImage|CompleteLayer|GetDownload|InitiateLayer|PutImage|UploadLayer)/,
    'the protocol of registries has no signatures here; AWS: "Repository policies vs IAM policies" of ECR',
  ],
  [/^Logins: ecr:GetAuthorizationToken/, 'the registry here asks for no login'],
  [/: (ecr|batch):UntagResource/, 'only where somebody else wrote a tag'],
  [/^Objects: s3:AbortMultipartUpload/, 'only where an upload of several parts fails'],
  [/^Objects: s3:ListMultipartUploadParts/, 'only where an upload of several parts broke off'],
  [/^Buckets: s3:ListBucketMultipartUploads/, 'only for uploads of several parts'],
  [/^Objects: s3:DeleteObjectVersion/, 'only in buckets with versions'],
  [/^CallAddresses: |lambda:InvokeFunctionUrl$/, 'the stand-in does not look at who calls an address'],
  [/lambda:ListTags$/, 'GetFunction tells tags only to who has it, which moto does not look at'],
  [/^Templates: ec2:(Create|Delete)Tags/, 'only where somebody changed the tags of a template'],
  [/^LimitedRoles: iam:PutRolePermissionsBoundary/, 'only where a role was made before the boundary'],
  [/iam:UpdateAssumeRolePolicy$/, 'only where somebody changed whom a role trusts'],
  [/logs:DeleteRetentionPolicy$/, 'only where the file says that logs are kept for good'],
  [/apigateway:(Tag|Untag)Resource$/, 'the stand-in knows the methods of API Gateway alone'],
];

describe.skipIf(!needs('podman', 'registry', 'busybox', 'moto'))('what fdl policy prints', () => {
  let account: AccountLab;
  let cwd: string;
  /** How many rights were asked for when the second version of a file came. */
  let since = 0;
  /** Each right of all policies, and whether anything would have been denied without it. */
  const used = new Map<string, boolean>();

  beforeAll(async () => {
    account = await openAccount({ images: { 'me/busybox:1': (root) => addBusybox(root, ['sh', 'true']) } });
    await openInternet(account.aws);
    const { ec2, iam } = account.clients;
    const everything = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
    };
    const PolicyDocument = JSON.stringify(everything);
    await iam.send(new CreatePolicyCommand({ PolicyName: 'limit', PolicyDocument }));
    const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
    const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({}));
    cwd = path.join(account.folder, 'rights');
    const secret = 'environment: {Variables: {TOKEN: "${env:TOKEN}"}}';
    write(cwd, {
      'step.sh': '#!/bin/sh\ntrue\n',
      'other.sh': '#!/bin/sh\necho other\n',
      'input.txt': 'hello\n',
      'lambda.yaml': lambda(
        'rights-api',
        `reserved_concurrency: 2\n        on_failure: arn:aws:sqs:us-east-1:{account_id}:failed\n        tags: {team: a}\n        ${secret}`,
        `      iam: {permissions_boundary: "${BOUNDARY}"}\n`,
      ),
      'lambda-later.yaml': lambda(
        'other-api',
        `memory: 256\n        tags: {group: b}\n        auth: none\n        ${secret}`,
      ).replace('step.sh', 'other.sh'),
      'batch.yaml': batch('tags: {team: a}'),
      'batch-later.yaml': batch('tags: {group: b}')
        .replace('step.sh', 'other.sh')
        .replace('type: SPOT', 'type: SPOT, max_v_cpus: 4, root_volume_gb: 40'),
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

  const printed = new Map<string, Promise<readonly Statement[]>>();

  /** What is printed without credentials and network: of the same file for the same use the same. */
  function policy(...args: readonly string[]): Promise<readonly Statement[]> {
    const known = printed.get(args.join(' ')) ?? policyOf(args);
    printed.set(args.join(' '), known);
    return known;
  }

  async function policyOf(args: readonly string[]): Promise<readonly Statement[]> {
    const { stdout, stderr } = await fdl(['policy', ...args, '--account', '123456789012', '--json'], {
      cwd,
      env: { TOKEN: 'secret' },
    });
    expect(stderr).not.toContain('error');
    const { accounts } = JSON.parse(stdout);
    return accounts[0].policies.flatMap(({ Statement }: { Statement: readonly Statement[] }) => Statement);
  }

  describe.each([
    ['functions', 'lambda.yaml', 'lambda-later.yaml', 'plain'],
    ['functions in a network', 'network.yaml', undefined, 'inside'],
    ['jobs on spot instances', 'batch.yaml', 'batch-later.yaml', 'spot'],
  ] as const)('for %s', (_, file, later, step) => {
    it.each([
      ['apply', ['apply', '--yes'], file],
      ...(later ? [['apply', ['apply', '--yes'], later] as const] : []),
      ['look', ['plan'], later ?? file],
      ['look', ['ls'], later ?? file],
      ['look', ['status'], later ?? file],
      ['look', ['logs'], later ?? file],
      ['run', ['put', 'input.txt', '-f'], later ?? file],
      ['run', ['get', '--from', 's3://rights/in', '-o', 'out', '-f'], later ?? file],
      ['run', ['invoke', '--async', '--data', 'hello'], later ?? file],
      ['run', ['status'], later ?? file],
      ['rm', ['rm', '--yes', '--delete-data', '--force'], later ?? file],
    ] as const)('suffices to %s: %j', async (use, command, of) => {
      if (use === 'apply' && of === file) account.aws.deployer.needs.length = 0;
      if (use === 'apply' && of === later) since = account.aws.deployer.needs.length;
      const { code, text } = await deploying(
        await policy(of, '--for', use),
        ...command,
        of,
        ...(command[0] === 'invoke' ? [step] : []),
      );
      expect([code, text]).toEqual([0, expect.not.stringMatching(/not authorized|AccessDenied/)]);
    });

    it('permits every call, as fdl doctor says before', async () => {
      const { needs: asked } = account.aws.deployer;
      const looked = await deploying(await policy(later ?? file), 'doctor', later ?? file);
      expect([looked.code, looked.text]).toEqual([
        0,
        expect.stringContaining('may do all that the file takes'),
      ]);
      expect(asked.length).toBeGreaterThan(50);
      const parts = later ? [asked.slice(0, since), asked.slice(since)] : [asked];
      for (const [index, part] of parts.entries()) measure(await policy([file, later][index] ?? file), part);
    });
  });

  /** Holds that all of these is permitted, and notes for what each action is needed. */
  function measure(all: readonly Statement[], asked: AccountLab['aws']['deployer']['needs']) {
    const isAllowed = (statements: readonly Statement[]) => (need: (typeof asked)[number]) =>
      permits(statements, need.action, need.resource, need.passedTo, need.context);
    expect(asked.filter((need) => !isAllowed(all)(need))).toEqual([]);
    for (const { Sid, Action } of all) {
      for (const action of Action) {
        const without = all.map((each) =>
          each.Sid === Sid ? { ...each, Action: each.Action.filter((one) => one !== action) } : each,
        );
        const isUsed = !asked.filter((need) => need.action === action).every(isAllowed(without));
        const right = `${Sid.replace(/\d+$/, '')}: ${action}`;
        used.set(right, isUsed || used.get(right) === true);
      }
    }
  }

  it('suffices to leave no network interface of a function behind', async () => {
    const Filters = [{ Name: 'description', Values: ['AWS Lambda VPC ENI-*'] }];
    const { NetworkInterfaces } = await account.clients.ec2.send(
      new DescribeNetworkInterfacesCommand({ Filters }),
    );
    expect(NetworkInterfaces).toEqual([]);
  });

  it('is no more than that: without any of its actions something is denied', () => {
    expect(used.size).toBeGreaterThan(100);
    const idle = [...used].flatMap(([right, isUsed]) => (isUsed ? [] : [right]));
    expect(idle.filter((each) => !RARE.some(([rare]) => rare.test(each))).sort()).toEqual([]);
  });
});
