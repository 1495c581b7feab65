/** That each kind of rule is kept watch over: requests with one fault each, as clients send them. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { RegisterJobDefinitionCommand } from '@aws-sdk/client-batch';
import {
  CreateLogGroupCommand,
  ListTagsLogGroupCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateLaunchTemplateCommand } from '@aws-sdk/client-ec2';
import { CreateRepositoryCommand, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  GetFunctionCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-lambda';
import {
  ListObjectsV2Command,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { policiesOf, statementsOf } from '../../src/providers/aws/policy/document.ts';
import { USES } from '../../src/providers/aws/policy/right.ts';
import { workflowRights } from '../../src/providers/aws/policy/workflow.ts';
import { LANGUAGE } from '../../src/providers/language.ts';
import { readWorkflow } from '../../src/workflow/read.ts';
import { CORPUS, corpusFiles, ROOT } from '../corpus/folder.ts';
import { type Clients, clientsOf } from '../e2e/aws-lab.ts';
import { ACCOUNT, factsOf } from '../providers/aws/workflows.ts';
import { recognise } from './aws/core/recognise.ts';
import { acquit, openCase } from './aws/judges/docket.ts';
import { type Finding, inWords } from './aws/judges/finding.ts';
import { judge } from './aws/judges/index.ts';
import { isKnown } from './aws/judges/known.ts';
import { policyBreaches } from './aws/judges/policies.ts';
import { needs } from './need.ts';

const ROLE = 'arn:aws:iam::123456789012:role/fdl/words/upper';
const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:123456789012:function:upper';
const BUCKET = 'words-of-fdl';
const FUNCTION: CreateFunctionCommandInput = {
  FunctionName: 'upper',
  Role: ROLE,
  PackageType: 'Image',
  Code: { ImageUri: '123456789012.dkr.ecr.us-east-1.amazonaws.com/fdl/words:upper' },
};

type Document = Readonly<Record<string, unknown>>;
type Send = (clients: Clients) => Promise<unknown>;
type Fault = readonly [what: string, rule: string, member: string, send: Send];

const made = (change: Partial<CreateFunctionCommandInput>): Send => {
  return ({ lambda }) => lambda.send(new CreateFunctionCommand({ ...FUNCTION, ...change }));
};
const job = (properties: Document): Send => {
  const containerProperties = { image: 'busybox', resourceRequirements: [], ...properties };
  const input = { jobDefinitionName: 'upper', type: 'container' as const, containerProperties };
  return ({ batch }) => batch.send(new RegisterJobDefinitionCommand(input));
};
const policy = (...Statement: readonly Document[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const permitting = (statement: Document): Send => {
  const PolicyDocument = policy({ Effect: 'Allow', ...statement });
  const input = { RoleName: 'upper', PolicyName: 'own', PolicyDocument };
  return ({ iam }) => iam.send(new PutRolePolicyCommand(input));
};
/** Any request, signed for a service. */
const raw = (
  service: string,
  method: string,
  path: string,
  body?: string,
  headers: Record<string, string> = {},
): Send => {
  const scope = `Credential=test/20260101/us-east-1/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0`;
  return () =>
    fetch(`${server.url}${path}`, {
      method,
      headers: { authorization, ...headers },
      ...(body !== undefined && { body }),
    });
};

const FAULTS: readonly Fault[] = [
  // Models, one of each rule.
  ['a member is missing', 'required', 'Role', made({ Role: undefined })],
  ['a text is too long', 'max', 'Description', made({ Description: 'x'.repeat(257) })],
  ['a number is too large', 'max', 'MemorySize', made({ MemorySize: 40_000 })],
  ['a number is too small', 'min', 'Timeout', made({ Timeout: 0 })],
  ['a text has another form', 'pattern', 'Role', made({ Role: 'upper role' })],
  ['a text is none of a list', 'enum', 'Runtime', made({ Runtime: 'cobol85' as 'nodejs22.x' })],
  [
    'a key of a map has another form',
    'pattern',
    'Environment.Variables{1} as a key',
    made({ Environment: { Variables: { '1': '' } } }),
  ],
  ['a list is too long', 'max', 'Architectures', made({ Architectures: ['arm64', 'x86_64'] })],
  ['a value has another type', 'type', 'Timeout', made({ Timeout: '3' as unknown as number })],
  [
    'a member is unknown',
    'unknown',
    'Memory',
    raw('lambda', 'POST', '/2015-03-31/functions', JSON.stringify({ ...FUNCTION, Memory: 1 })),
  ],
  [
    'a member deep inside is unknown',
    'unknown',
    'Code.Image',
    raw('lambda', 'POST', '/2015-03-31/functions', JSON.stringify({ ...FUNCTION, Code: { Image: '' } })),
  ],
  ['a member is deprecated', 'deprecated', 'containerProperties.vcpus', job({ vcpus: 1 })],
  [
    'an operation is deprecated',
    'deprecated',
    'the operation',
    ({ logs }) => logs.send(new ListTagsLogGroupCommand({ logGroupName: 'x' })),
  ],
  [
    'an operation is unknown',
    'operation',
    'the operation',
    raw('lambda', 'POST', '/2015-03-31/functionz', '{}'),
  ],
  [
    'a path has another version',
    'unknown',
    'path, which is to be /2015-03-31/functions',
    raw('lambda', 'POST', '/2014-03-31/functions', JSON.stringify(FUNCTION)),
  ],
  [
    'a query parameter is unknown',
    'unknown',
    'query tagkeys',
    raw('lambda', 'DELETE', `/2017-03-31/tags/${encodeURIComponent(FUNCTION_ARN)}?tagKeys=a&tagkeys=b`),
  ],
  // Every protocol.
  [
    'JSON',
    'pattern',
    'repositoryName',
    ({ ecr }) => ecr.send(new CreateRepositoryCommand({ repositoryName: 'Words' })),
  ],
  [
    'a form',
    'max',
    'RoleName',
    ({ iam }) =>
      iam.send(new CreateRoleCommand({ RoleName: 'r'.repeat(65), AssumeRolePolicyDocument: trust() })),
  ],
  [
    'a form, in a list',
    'min',
    'Tags[0].Key',
    ({ iam }) =>
      iam.send(
        new CreateRoleCommand({
          RoleName: 'upper',
          AssumeRolePolicyDocument: trust(),
          Tags: [{ Key: '', Value: '' }],
        }),
      ),
  ],
  [
    'a form with a member that is unknown',
    'unknown',
    'Tag',
    raw('iam', 'POST', '/', 'Action=GetRole&Version=2010-05-08&RoleName=upper&Tag.member.1=x'),
  ],
  [
    'a form of EC2',
    'enum',
    'LaunchTemplateData.MetadataOptions.HttpTokens',
    ({ ec2 }) =>
      ec2.send(
        new CreateLaunchTemplateCommand({
          LaunchTemplateName: 'upper',
          LaunchTemplateData: { MetadataOptions: { HttpTokens: 'maybe' as 'required' } },
        }),
      ),
  ],
  [
    'XML',
    'enum',
    'NotificationConfiguration.LambdaFunctionConfigurations[0].Events[0]',
    ({ s3 }) =>
      s3.send(
        new PutBucketNotificationConfigurationCommand({
          Bucket: BUCKET,
          NotificationConfiguration: {
            LambdaFunctionConfigurations: [
              { LambdaFunctionArn: FUNCTION_ARN, Events: ['s3:ObjectMade:*' as 's3:ObjectCreated:*'] },
            ],
          },
        }),
      ),
  ],
  [
    'XML with an element that is unknown',
    'unknown',
    'Quueue',
    raw(
      's3',
      'PUT',
      `/${BUCKET}?notification`,
      '<NotificationConfiguration><Quueue>x</Quueue></NotificationConfiguration>',
    ),
  ],
  [
    'a header that is unknown',
    'unknown',
    'header x-amz-colour',
    raw('s3', 'PUT', `/${BUCKET}/a`, 'x', { 'x-amz-colour': 'red' }),
  ],
  [
    'a request without the checksum that it takes',
    'checksum',
    'the operation',
    raw(
      's3',
      'PUT',
      `/${BUCKET}?lifecycle`,
      '<LifecycleConfiguration><Rule><Status>Enabled</Status></Rule></LifecycleConfiguration>',
    ),
  ],
  // Schemas of resources.
  [
    'a retention that does not exist',
    'cfn-enum',
    'RetentionInDays',
    ({ logs }) => logs.send(new PutRetentionPolicyCommand({ logGroupName: 'x', retentionInDays: 2 })),
  ],
  [
    'properties that exclude each other',
    'cfn-dependentExcluded',
    'AWS::Lambda::Function',
    made({ Handler: 'index.handler' }),
  ],
  [
    'a variable that AWS sets itself',
    'cfn-not',
    'Environment.Variables',
    made({ Environment: { Variables: { AWS_REGION: 'x' } } }),
  ],
  // Policies.
  [
    'an action that does not exist',
    'UNKNOWN_ACTION',
    'PolicyDocument',
    permitting({ Action: 's3:GetObjekt', Resource: '*' }),
  ],
  [
    'an action that does not fit its resource',
    'RESOURCE_MISMATCH',
    'PolicyDocument',
    permitting({ Action: 'ssm:GetParameter', Resource: `arn:aws:s3:::${BUCKET}` }),
  ],
  [
    'one of several types that does not fit',
    'RESOURCE_MISMATCH',
    'PolicyDocument',
    permitting({ Action: 's3:GetObject', Resource: `arn:aws:s3:::${BUCKET}` }),
  ],
  [
    'a resource that no action is about',
    'RESOURCE_OF_NO_ACTION',
    'PolicyDocument',
    permitting({ Action: 's3:GetObject', Resource: [`arn:aws:s3:::${BUCKET}/*`, `arn:aws:s3:::${BUCKET}`] }),
  ],
  [
    'an action without resources that names one',
    'RESOURCE_MISMATCH',
    'PolicyDocument',
    permitting({
      Action: 'ecr:GetAuthorizationToken',
      Resource: 'arn:aws:ecr:us-east-1:123456789012:repository/x',
    }),
  ],
  [
    'a condition that the action has not',
    'UNKNOWN_CONDITION_FOR_ACTION',
    'PolicyDocument',
    permitting({
      Action: 's3:GetObject',
      Resource: '*',
      Condition: { StringEquals: { 'iam:PassedToService': 'x' } },
    }),
  ],
  [
    'a condition of another type',
    'MISMATCHED_TYPE',
    'PolicyDocument',
    permitting({
      Action: 's3:ListBucket',
      Resource: '*',
      Condition: { NumericEquals: { 's3:prefix': '1' } },
    }),
  ],
  [
    'an id with a sign',
    'INVALID_SID',
    'PolicyDocument',
    permitting({ Sid: 'a-b', Action: 's3:GetObject', Resource: '*' }),
  ],
  [
    'characters that IAM does not take',
    'pattern',
    'PolicyDocument',
    permitting({ Action: 's3:GetObject', Resource: `arn:aws:s3:::${BUCKET}/日本/*` }),
  ],
  [
    'a trust in what is no service',
    'UNKNOWN_ACTION',
    'AssumeRolePolicyDocument',
    ({ iam }) =>
      iam.send(new CreateRoleCommand({ RoleName: 'upper', AssumeRolePolicyDocument: trust('sts:TakeRole') })),
  ],
  [
    'a policy of a repository',
    'UNKNOWN_ACTION',
    'policyText',
    ({ ecr }) =>
      ecr.send(new SetRepositoryPolicyCommand({ repositoryName: 'words', policyText: trust('ecr:Pull') })),
  ],
  [
    'a permission of a function',
    'UNKNOWN_ACTION',
    'the statement',
    ({ lambda }) =>
      lambda.send(
        new AddPermissionCommand({
          FunctionName: 'upper',
          StatementId: 's3',
          Action: 'lambda:Invoke',
          Principal: 's3.amazonaws.com',
        }),
      ),
  ],
];

function trust(Action = 'sts:AssumeRole'): string {
  return policy({ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action });
}

/** Requests in every protocol that AWS takes. */
const RIGHT: Readonly<Record<string, Send>> = {
  'a function': made({ Environment: { Variables: { COLOUR: 'red' } }, Tags: { 'fdl:step': 'upper' } }),
  'tags of a path and a query': ({ lambda }) =>
    lambda.send(new UntagResourceCommand({ Resource: FUNCTION_ARN, TagKeys: ['a', 'b'] })),
  'a call without a body': ({ lambda }) => lambda.send(new GetFunctionCommand({ FunctionName: 'upper' })),
  'a log group': ({ logs }) =>
    logs.send(new CreateLogGroupCommand({ logGroupName: '/aws/lambda/upper', tags: { a: '' } })),
  'a role': ({ iam }) =>
    iam.send(
      new CreateRoleCommand({
        RoleName: 'upper',
        Path: '/fdl/words/',
        AssumeRolePolicyDocument: trust(),
        Tags: [{ Key: 'a', Value: 'b' }],
      }),
    ),
  rights: permitting({ Action: ['s3:GetObject', 's3:PutObject'], Resource: [`arn:aws:s3:::${BUCKET}/a/*`] }),
  'an object': ({ s3 }) =>
    s3.send(
      new PutObjectCommand({ Bucket: BUCKET, Key: 'a/b c+d', Body: 'text', Metadata: { colour: 'red' } }),
    ),
  'a list of objects': ({ s3 }) =>
    s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: 'a/', MaxKeys: 10 })),
  'rules of a bucket': ({ s3 }) =>
    s3.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket: BUCKET,
        LifecycleConfiguration: {
          Rules: [{ ID: 'old', Status: 'Enabled', Filter: { Prefix: 'a/' }, Expiration: { Days: 30 } }],
        },
      }),
    ),
  'a launch template': ({ ec2 }) =>
    ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: 'upper',
        LaunchTemplateData: { MetadataOptions: { HttpTokens: 'required' } },
        TagSpecifications: [{ ResourceType: 'launch-template', Tags: [{ Key: 'a', Value: 'b' }] }],
      }),
    ),
};

/** The policies of the documentation. */
const DOCUMENTED = [...readFileSync('docs/aws-policies.md', 'utf8').matchAll(/^```json\n(.*?)^```/gms)]
  .map(([, text = '']) => text)
  .filter((text) => text.includes('"Statement"'));

let server: { readonly url: string; readonly close: () => void };
let last: readonly Finding[] = [];
/** Status of all answers, and whether what was found is held against the test. */
const court = { status: 400, counts: false };

/** Judges what it is sent. */
async function startCourt(): Promise<typeof server> {
  const listening = createServer(async (incoming, response) => {
    const request = await recognise(incoming);
    last = await judge(request, inject('policyJudge'));
    if (court.counts) (await openCase(request))(court.status);
    response.writeHead(court.status).end();
  });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => listening.close() };
}

async function findingsOf(send: Send): Promise<readonly Finding[]> {
  last = [];
  await send(clientsOf(server)).catch(() => {});
  return last;
}

describe.skipIf(!needs('judges'))('policies of docs/aws-policies.md', () => {
  test('are there', () => expect(DOCUMENTED.length).toBeGreaterThan(1));

  test.each(DOCUMENTED.map((text) => [text]))('are right: %.60s', async (document) => {
    const found = await policyBreaches(inject('policyJudge'), { member: 'policy', document });
    const findings = found.map((each) => ({ service: 'iam', operation: 'documented', ...each }));
    expect(findings.filter((each) => !isKnown(each)).map(inWords)).toEqual([]);
  });
});

const files = corpusFiles();

describe.skipIf(!needs('judges') || files.length === 0)('policies of files of other projects', () => {
  test.each(files.map((file) => [file]))('are right: %s', async (file) => {
    const options = { language: LANGUAGE, environment: {}, workingDirectory: ROOT, localFiles: false };
    const { workflow } = await readWorkflow(join(CORPUS, file), options);
    if (!workflow?.steps.some(({ provider }) => provider === 'aws')) return;
    const place = { workflow: workflow.name, partition: 'aws', account: ACCOUNT };
    const rights = workflowRights(workflow, factsOf(workflow, { remove: true }), place);
    for (const use of USES) {
      for (const policy of policiesOf(statementsOf(rights, [use]))) {
        const document = JSON.stringify(policy);
        const found = await policyBreaches(inject('policyJudge'), { member: 'policy', document });
        const findings = found.map((each) => ({ service: 'iam', operation: 'documented', ...each }));
        expect(findings.filter((each) => !isKnown(each)).map(inWords)).toEqual([]);
      }
    }
  });
});

describe.skipIf(!needs('judges'))('judges of what is sent to AWS', () => {
  beforeAll(async () => {
    server = await startCourt();
  });
  afterAll(() => server?.close());

  test.each(FAULTS)('find that %s', async (_, rule, member, send) => {
    const found = await findingsOf(send);
    expect(found.map((each) => `${each.rule} ${each.member}`)).toContain(`${rule} ${member}`);
  });

  describe('what they find', () => {
    const policyOfNothing = permitting({ Action: 's3:GetObjekt', Resource: '*' });
    beforeAll(() => Object.assign(court, { counts: true }));
    afterAll(() => Object.assign(court, { counts: false, status: 400 }));

    test.each([
      ['a request that is taken', 200, policyOfNothing, /PutRolePolicy: PolicyDocument .*UNKNOWN_ACTION/],
      [
        'a request of any other client',
        400,
        raw('lambda', 'POST', '/2015-03-31/functions', '{}'),
        /Role .*required/,
      ],
    ])('fails the test that sent it: %s', async (_, status, send, says) => {
      court.status = status;
      await findingsOf(send);
      await expect(acquit()).rejects.toThrow(says);
      await expect(acquit()).resolves.toBeUndefined();
    });

    test('is as it is to be where a test has it refused', async () => {
      court.status = 400;
      await findingsOf(policyOfNothing);
      await expect(acquit()).resolves.toBeUndefined();
    });
  });

  test.each(Object.entries(RIGHT))('find nothing wrong with %s', async (_, send) => {
    expect((await findingsOf(send)).map(inWords)).toEqual([]);
  });
});
