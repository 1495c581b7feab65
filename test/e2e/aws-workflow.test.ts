/** A workflow of three steps on AWS from the first apply to its removal, in an account that others use as well. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { GetRolePolicyCommand, ListRolesCommand } from '@aws-sdk/client-iam';
import { AddPermissionCommand } from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ACCOUNT, THROTTLED } from '../standins/aws/index.ts';
import { needs } from '../standins/need.ts';
import {
  type AccountLab,
  contentOf,
  foreignNotifications,
  notificationsOf,
  ofOthers,
  openAccount,
  policyOf,
} from './aws-account.ts';
import { makeFunction, makeRole, zipFunction } from './aws-lab.ts';
import { fdl, fdlJson } from './fdl.ts';
import { addBusybox, addPrograms } from './image-lab.ts';
import { filesBelow, withoutProgress, write } from './project.ts';

/** Runs with bash and sort of an image with glibc: arrays are unknown to busybox. */
const WORDS = `#!/bin/bash
set -euo pipefail
words=($(cat "$INPUT_FILE_PATH"))
echo "\${#words[@]} words in $(basename "$INPUT_FILE_PATH")"
printf '%s\\n' "\${words[@]}" | sort > "$TMP_OUTPUT_DIR/$(basename "$INPUT_FILE_PATH" .txt).words"
`;

const COUNT = `#!/bin/sh
wc -l < "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/$(basename "$INPUT_FILE_PATH" .words).count"
`;

const REPORT = `#!/bin/sh
name=$(basename "$INPUT_FILE_PATH" .count)
echo "$name has $(cat "$INPUT_FILE_PATH") words" > "$TMP_OUTPUT_DIR/$name.txt"
`;

const FILES = {
  'words.sh': WORDS,
  'count.sh': COUNT,
  'report.sh': REPORT,
  'texts.yaml': `name: texts
functions:
  aws:
    - lambda:
        name: words
        container: {image: me/debian:1}
        init_script: words.sh
        input: [{storage_provider: s3, path: archive/texts}]
        output: [{storage_provider: s3, path: archive/words}]
    - lambda:
        name: count
        container: {image: me/busybox:1}
        init_script: count.sh
        input: [{storage_provider: s3, path: archive/words}]
        output: [{storage_provider: s3, path: results/counts}]
    - lambda:
        name: report
        container: {image: me/busybox:1}
        init_script: report.sh
        input: [{storage_provider: s3, path: results/counts}]
        output: [{storage_provider: s3, path: results/reports}]
`,
};

interface Report {
  readonly summary: Readonly<Record<string, number>>;
  readonly outcomes: readonly { readonly kind: string; readonly status: string; readonly reason?: string }[];
}

interface Ran {
  readonly status: string;
  readonly invocations: readonly { readonly step: string; readonly status: string }[];
}

describe.skipIf(!needs('podman', 'registry', 'busybox', 'moto'))('a workflow of three steps on AWS', () => {
  let account: AccountLab;
  let cwd: string;
  let before: readonly string[];
  let others: NotificationConfiguration;

  beforeAll(async () => {
    account = await openAccount({
      run: 'packed',
      images: {
        'me/debian:1': (root) => addPrograms(root, ['bash', 'cat', 'sort', 'basename']),
        'me/busybox:1': (root) => addBusybox(root, ['sh', 'cat', 'wc', 'basename']),
      },
    });
    await fillAccount();
    cwd = path.join(account.folder, 'texts');
    write(cwd, { ...FILES, 'in/ode.txt': 'to be or not to be', 'in/two words.txt': 'hello world' });
  });

  afterAll(() => account?.close());
  beforeEach(() => account.aws.reset());

  /** A bucket with a file of others, whose events others get. */
  async function fillAccount(): Promise<void> {
    const { clients } = account;
    const role = await makeRole(clients, { name: 'others' });
    const arn = await makeFunction(clients, zipFunction('others', role));
    const Bucket = 'archive';
    await clients.s3.send(new CreateBucketCommand({ Bucket }));
    await clients.s3.send(new PutObjectCommand({ Bucket, Key: 'pictures/old.png', Body: 'x' }));
    await clients.lambda.send(
      new AddPermissionCommand({
        ...{ FunctionName: 'others', StatementId: 's3', Action: 'lambda:InvokeFunction' },
        ...{ Principal: 's3.amazonaws.com', SourceArn: `arn:aws:s3:::${Bucket}`, SourceAccount: ACCOUNT },
      }),
    );
    const NotificationConfiguration = foreignNotifications(arn);
    const put = { Bucket, NotificationConfiguration, SkipDestinationValidation: true };
    await clients.s3.send(new PutBucketNotificationConfigurationCommand(put));
    others = await notificationsOf(clients, Bucket);
    expect(Object.keys(others)).toHaveLength(4);
    before = await contentOf(clients);
  }

  const call = (...args: readonly string[]) => fdl(args, { cwd, env: account.env });
  const json = <T>(...args: readonly string[]) => fdlJson<T>(args, { cwd, env: account.env });
  const archive = () => notificationsOf(account.clients, 'archive');

  it('is set up, although AWS has too many calls at first', async () => {
    account.aws.failNext(({ mutating }) => mutating, { ...THROTTLED, times: 5 });
    const { json: report, stderr } = await json<Report>('apply', 'texts.yaml');
    expect(report.summary, stderr).toMatchObject({ failed: 0, skipped: 0 });
    const now = await archive();
    expect(ofOthers(now)).toEqual(others);
    expect(now.LambdaFunctionConfigurations?.map(({ Id }) => Id)).toEqual([
      'function',
      'fdl:texts:words:1',
      'fdl:texts:count:1',
    ]);
    const { json: listed } = await json('ls', 'texts.yaml');
    const steps = ['words', 'count', 'report'].map((step) => ({ step, provider: 'aws', state: 'ready' }));
    expect(listed).toMatchObject({ workflows: [{ workflow: 'texts', steps }] });
  });

  it('has roles that permit nothing on everything', async () => {
    const { iam } = account.clients;
    const { Roles = [] } = await iam.send(new ListRolesCommand({ PathPrefix: '/fdl/texts/' }));
    expect(Roles.map(({ RoleName }) => RoleName)).toHaveLength(3);
    for (const { RoleName } of Roles) {
      const policy = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'fdl' }));
      const { Statement } = JSON.parse(decodeURIComponent(policy.PolicyDocument ?? '{}'));
      const resources = Statement.flatMap(({ Resource }: { Resource: string | string[] }) => Resource);
      expect(resources.length).toBeGreaterThan(1);
      for (const resource of resources) expect(resource).toMatch(/^arn:aws:(s3|logs):[^*]+\*$/);
    }
  });

  it('is right as it is for a second apply', async () => {
    const { code, json: report } = await json<Report>('apply', 'texts.yaml');
    expect([code, report.summary]).toEqual([0, expect.objectContaining({ create: 0, update: 0, delete: 0 })]);
    expect(account.aws.mutations()).toEqual([]);
  });

  it('runs from the files to the reports, in images of either kind', async () => {
    const { code, json: ran, stderr } = await json<Ran>('run', 'texts.yaml', 'in', '-o', 'out');
    expect([code, withoutProgress(stderr)]).toEqual([0, '']);
    const counts = ran.invocations.map(({ step, status }) => `${step} ${status}`).sort();
    expect(counts).toEqual(
      ['count', 'report', 'words'].flatMap((step) => [`${step} succeeded`, `${step} succeeded`]),
    );
    expect(filesBelow(path.join(cwd, 'out'))).toEqual(['report/ode.txt', 'report/two words.txt']);
    expect(readFileSync(path.join(cwd, 'out/report/ode.txt'), 'utf8')).toBe('ode has 6 words\n');
    expect((await call('logs', 'texts.yaml', 'words')).stdout).toContain('6 words in ode.txt');
    const got = await call(
      'get',
      'ode.words',
      '-f',
      'texts.yaml',
      '--from',
      's3://archive/words',
      '-o',
      'words',
    );
    expect(got.code).toBe(0);
    expect(readFileSync(path.join(cwd, 'words/ode.words'), 'utf8')).toBe('be\nbe\nnot\nor\nto\nto\n');
  });

  it('gets a changed script with an image and an update of its function, and nothing else', async () => {
    write(cwd, { 'report.sh': REPORT.replace('words"', 'words!"') });
    const { code } = await json<Report>('apply', 'texts.yaml');
    expect(code).toBe(0);
    expect([...account.aws.mutations()].sort()).toEqual([
      'ecr:BatchDeleteImage',
      'lambda:TagResource',
      'lambda:UpdateFunctionCode',
    ]);
    expect(ofOthers(await archive())).toEqual(others);
    await call('run', 'texts.yaml', 'in/ode.txt', '-o', 'out');
    expect(readFileSync(path.join(cwd, 'out/report/ode.txt'), 'utf8')).toBe('ode has 6 words!\n');
  });

  it('leaves out a step with its trigger and nothing of others', async () => {
    const text = FILES['texts.yaml'].replace(/ {4}- lambda:\n {8}name: count[\s\S]*?(?= {4}- lambda)/, '');
    write(cwd, { 'less.yaml': text });
    const { code, stderr } = await call('apply', 'less.yaml', '--prune', '--yes');
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('✗')]);
    const now = await archive();
    expect(ofOthers(now)).toEqual(others);
    expect(now.LambdaFunctionConfigurations?.map(({ Id }) => Id)).toEqual(['function', 'fdl:texts:words:1']);
    expect((await contentOf(account.clients)).filter((name) => /[:/-]count($|-)/.test(name))).toEqual([]);
  });

  it('is removed without a trace but its data', async () => {
    await call('apply', 'texts.yaml');
    const policy = await policyOf(account.clients, 'others');
    const { code, json: report } = await json<Report>('rm', 'texts.yaml', '--yes');
    expect([code, report.summary['failed']]).toEqual([0, 0]);
    expect(report.outcomes.filter(({ status }) => status === 'kept')).toEqual([
      expect.objectContaining({
        id: expect.stringMatching(/\/bucket\/results$/),
        reason: expect.stringMatching(/^has \d+ files?; --delete-data removes it$/),
      }),
    ]);
    const left = await contentOf(account.clients);
    const data = left.filter((name) => /^s3:\/\/(archive|results)\//.test(name));
    expect(data).toEqual(
      expect.arrayContaining(['s3://archive/words/ode.words', 's3://results/reports/ode.txt']),
    );
    const besides = left.filter((name) => !data.includes(name) || before.includes(name));
    expect(besides).toEqual([...before, 's3://results', 'tags arn:aws:s3:::results'].sort());
    expect(await archive()).toEqual(others);
    expect(await policyOf(account.clients, 'others')).toBe(policy);
  });

  it('is removed with its data where that is asked for, from its own buckets only', async () => {
    const { code } = await call('rm', 'texts.yaml', '--yes', '--delete-data');
    expect(code).toBe(0);
    const left = await contentOf(account.clients);
    expect(left.filter((name) => name.includes('results'))).toEqual([]);
    expect(left).toEqual(expect.arrayContaining([...before, 's3://archive/words/ode.words']));
    expect((await call('rm', 'texts.yaml')).stdout).toBe('texts: nothing to do.\n');
  });
});
