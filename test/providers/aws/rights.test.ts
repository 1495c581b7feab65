/** Policies permit every call that the provider makes: those of two examples that use everything, in docs/aws-policies.md. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Prefixes of rights by the files that name the calls of a service. */
const SERVICES: Readonly<Record<string, string>> = {
  batch: 'batch',
  ec2: 'ec2',
  ecr: 'ecr',
  iam: 'iam',
  lambda: 'lambda',
  logs: 'logs',
  s3: 's3',
  ssm: 'ssm',
  tagging: 'tag',
};

/** Rights that are not called like the operation; none where everybody may. Rule: the Service Authorization Reference. */
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  'lambda:Invoke': ['lambda:InvokeFunction', 'lambda:InvokeFunctionUrl'],
  's3:HeadBucket': ['s3:ListBucket'],
  's3:HeadObject': ['s3:GetObject'],
  's3:ListObjectsV2': ['s3:ListBucket'],
  's3:ListMultipartUploads': ['s3:ListBucketMultipartUploads'],
  's3:ListParts': ['s3:ListMultipartUploadParts'],
  's3:ListObjectVersions': ['s3:ListBucketVersions'],
  's3:DeleteObjects': ['s3:DeleteObject', 's3:DeleteObjectVersion'],
  's3:GetBucketEncryption': ['s3:GetEncryptionConfiguration'],
  's3:PutBucketEncryption': ['s3:PutEncryptionConfiguration'],
  's3:GetBucketLifecycleConfiguration': ['s3:GetLifecycleConfiguration'],
  's3:PutBucketLifecycleConfiguration': ['s3:PutLifecycleConfiguration'],
  's3:GetBucketNotificationConfiguration': ['s3:GetBucketNotification'],
  's3:PutBucketNotificationConfiguration': ['s3:PutBucketNotification'],
  's3:PutPublicAccessBlock': ['s3:PutBucketPublicAccessBlock'],
  's3:CreateMultipartUpload': ['s3:PutObject'],
  's3:CompleteMultipartUpload': ['s3:PutObject'],
  's3:UploadPart': ['s3:PutObject'],
};

interface Statement {
  readonly Sid: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: unknown;
}

function statements(): readonly Statement[] {
  const page = readFileSync(`${root}docs/aws-policies.md`, 'utf8');
  const policies = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = '']) => JSON.parse(text));
  return policies.flatMap(({ Statement: all }) => all);
}

function calls(): readonly string[] {
  const files = Object.keys(SERVICES).map(
    (name) => [name, `src/providers/aws/api/calls/${name}.ts`] as const,
  );
  const ofFiles = readFileSync(`${root}src/storage/s3/http.ts`, 'utf8').matchAll(
    /^ {2}(\w+): '(?:DELETE|GET|HEAD|POST|PUT)',$/gm,
  );
  const ofStores = [...ofFiles].map(([, name]) => `s3:${name}`);
  expect(ofStores).toContain('s3:GetObject');
  const ofCommands = files.flatMap(([service, file]) => {
    const text = readFileSync(`${root}${file}`, 'utf8');
    const names = [...text.matchAll(/\b(\w+)Command\b/g)].map(([, name]) => `${SERVICES[service]}:${name}`);
    return [...new Set(names)];
  });
  return [...ofStores, ...ofCommands];
}

test('the services are all of those that are called, but those with rights of another kind', () => {
  const files = readdirSync(`${root}src/providers/aws/api/calls`).map((name) => name.replace('.ts', ''));
  expect(files.sort()).toEqual([...Object.keys(SERVICES), 'http-api', 'sts'].sort());
});

test('each call is permitted', () => {
  const permitted = new Set(statements().flatMap(({ Action }) => Action));
  const needed = calls().flatMap((call) => OTHERS[call] ?? [call]);
  expect(needed.length).toBeGreaterThan(90);
  // Only where a profile is to have tags, and none of ours is.
  const never = /^iam:(Unt|T)agInstanceProfile$/;
  const missing = needed.filter((right) => !permitted.has(right) && !never.test(right));
  expect([...new Set(missing)]).toEqual([]);
});

test('nothing is permitted that no call needs', () => {
  const needed = new Set(calls().flatMap((call) => OTHERS[call] ?? [call]));
  // What registries, roles, networks, tags and addresses need besides, which no call of the SDK is named after.
  const besides =
    /^(elasticfilesystem:DescribeMountTargets$|s3:TagResource$|ecr:(Batch|Complete|GetDownload|Initiate|Put|Upload)|iam:PassRole$|lambda:ListTags$|apigateway:|execute-api:)/;
  const permitted = statements().flatMap(({ Action }) => Action);
  expect(permitted.filter((right) => !needed.has(right) && !besides.test(right))).toEqual([]);
});

test('roles are passed to the services alone that run something with them', () => {
  const passing = statements().filter(({ Action }) => [Action].flat().includes('iam:PassRole'));
  const services = passing.map(({ Condition }) => Condition);
  const to = (service: string) => ({ StringEquals: { 'iam:PassedToService': `${service}.amazonaws.com` } });
  expect(services).toHaveLength(5);
  expect(new Set(services)).toEqual(new Set(['lambda', 'batch', 'lambda', 'ecs-tasks', 'ec2'].map(to)));
});
