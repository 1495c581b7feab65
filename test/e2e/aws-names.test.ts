/** A workflow whose folders have names that each service of AWS wants written in its own way. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { GetRolePolicyCommand, ListRolesCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../standins/need.ts';
import { type AccountLab, notificationsOf, openAccount } from './aws-account.ts';
import { fdl, fdlJson } from './fdl.ts';
import { addBusybox } from './image-lab.ts';
import { write } from './project.ts';

const SCRIPT = `#!/bin/sh
tr a-z A-Z < "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/$(basename "$INPUT_FILE_PATH")"
`;

const FLOW = `name: names
functions:
  aws:
    - lambda:
        name: first
        container: {image: me/busybox:1}
        init_script: step.sh
        input: [{storage_provider: s3, path: "names/date=2026/in dir & co"}]
        output: [{storage_provider: s3, path: "names/結果/été 100%"}]
    - lambda:
        name: second
        container: {image: me/busybox:1}
        init_script: step.sh
        input: [{storage_provider: s3, path: "names/結果/été 100%"}]
        output: [{storage_provider: s3, path: "names/終わり 🏁"}]
`;

describe.skipIf(!needs('podman', 'registry', 'busybox', 'moto'))('folders of any name on AWS', () => {
  let account: AccountLab;
  let cwd: string;

  beforeAll(async () => {
    account = await openAccount({
      run: true,
      images: {
        'me/busybox:1': (root) => addBusybox(root, ['sh', 'tr', 'basename']),
      },
    });
    cwd = path.join(account.folder, 'names');
    write(cwd, { 'flow.yaml': FLOW, 'step.sh': SCRIPT, 'in/a b=c.txt': 'words' });
  });

  afterAll(() => account?.close());

  const call = (...args: readonly string[]) => fdl(args, { cwd, env: account.env });

  it('are set up, with prefixes that S3 can find', async () => {
    const { code, stderr } = await call('apply', 'flow.yaml');
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('✗')]);
    const { LambdaFunctionConfigurations = [] } = await notificationsOf(account.clients, 'names');
    const rules = LambdaFunctionConfigurations.flatMap(({ Filter }) => Filter?.Key?.FilterRules ?? []);
    expect(rules.map(({ Value }) => Value)).toEqual([
      'date%3D2026/in+dir+%26+co/',
      '%E7%B5%90%E6%9E%9C/%C3%A9t%C3%A9+100%25/',
    ]);
  });

  it('have roles in the alphabet of IAM, that permit no more than they must', async () => {
    const { iam } = account.clients;
    const { Roles = [] } = await iam.send(new ListRolesCommand({ PathPrefix: '/fdl/names/' }));
    const resources: string[] = [];
    for (const { RoleName } of Roles) {
      const policy = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'fdl' }));
      const { Statement } = JSON.parse(decodeURIComponent(policy.PolicyDocument ?? '{}'));
      resources.push(...Statement.flatMap(({ Resource }: { Resource: string | string[] }) => Resource));
    }
    expect(resources.filter((each) => each.startsWith('arn:aws:s3')).sort()).toEqual([
      'arn:aws:s3:::names/* */*',
      'arn:aws:s3:::names/*/été 100%/*',
      'arn:aws:s3:::names/*/été 100%/*',
      'arn:aws:s3:::names/date=2026/in dir & co/*',
    ]);
  });

  it('are right as they are for a second apply', async () => {
    account.aws.reset();
    const { code } = await call('apply', 'flow.yaml');
    expect([code, account.aws.mutations()]).toEqual([0, []]);
  });

  it('start their steps, and take the results', async () => {
    const { json, stderr } = await fdlJson<{ status: string }>(['run', 'flow.yaml', 'in', '-o', 'out'], {
      cwd,
      env: account.env,
    });
    expect([json.status, stderr]).toEqual(['succeeded', '']);
    expect(readFileSync(path.join(cwd, 'out/second/a b=c.txt'), 'utf8')).toBe('WORDS');
  });

  it('are removed', async () => {
    const { code, stderr } = await call('rm', 'flow.yaml', '--yes', '--delete-data');
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('✗')]);
  });
});
