/** `fdl doctor` with AWS, a registry and a cluster, as they should be and as they should not. */
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { DEPLOYER_KEYS } from '../standins/aws/index.ts';
import { needs } from '../standins/need.ts';
import { openOscar } from '../standins/oscar/lab.ts';
import { type AccountLab, openAccount } from './aws-account.ts';
import { fdl, fdlJson } from './fdl.ts';
import { addBusybox } from './image-lab.ts';
import { clusterEnv } from './oscar-lab.ts';
import { write } from './project.ts';

const FILE = (image: string) => `name: well
functions:
  aws:
    - lambda:
        name: well
        container: {image: "${image}"}
        init_script: step.sh
        reserved_concurrency: 7
        input: [{storage_provider: s3, path: well-in/in}]
  oscar:
    - lab:
        name: there
        image: busybox
        script: step.sh
        input: [{storage_provider: minio.lab, path: there/in}]
`;

interface Report {
  readonly ok: boolean;
  readonly checks: readonly { readonly about: string; readonly state: string; readonly message: string }[];
}

describe.skipIf(!needs('podman', 'registry', 'busybox', 'moto'))('fdl doctor', () => {
  let account: AccountLab;
  let cwd: string;

  beforeAll(async () => {
    account = await openAccount({ images: { 'me/busybox:1': (root) => addBusybox(root, ['sh', 'true']) } });
    cwd = path.join(account.folder, 'well');
    write(cwd, {
      'step.sh': '#!/bin/sh\ntrue\n',
      'f.yaml': FILE('me/busybox:1'),
      'gone.yaml': FILE('me/gone:1'),
      'jobs.yaml': FILE('me/busybox:1').replace('init_script', 'execution_mode: batch\n        init_script'),
      'much.yaml': FILE('me/busybox:1').replace('concurrency: 7', 'concurrency: 950'),
    });
  });

  afterAll(() => account?.close());

  async function examined(file: string, more: Readonly<Record<string, string>> = {}) {
    const oscar = await openOscar({});
    const env = { ...account.env, ...clusterEnv('lab', oscar.url), ...more };
    const { code, json, stdout } = await fdlJson<Report>(['doctor', file], { cwd, env });
    const bad = json.checks
      .filter(({ state }) => state === 'bad')
      .map(({ about, message }) => `${about}: ${message}`);
    expect([json.ok, stdout.includes(clusterEnv('lab', '')['FDL_CLUSTER_LAB_PASSWORD'] ?? '?')]).toEqual([
      code === 0,
      false,
    ]);
    return { code, bad, checks: json.checks };
  }

  it('finds what is as it should be', async () => {
    const { code, bad, checks } = await examined('f.yaml');
    expect([code, bad]).toEqual([0, []]);
    const about = checks.map((each) => each.about);
    for (const each of ['fdl', 'Node', 'proxy', 'room', 'AWS', 'rights on AWS', 'image', 'cluster lab']) {
      expect(about).toContain(each);
    }
  });

  it('says it in lines, each with what to do', async () => {
    const oscar = await openOscar({});
    const env = { ...account.env, ...clusterEnv('lab', oscar.url) };
    const { code, stdout } = await fdl(['doctor', 'gone.yaml'], { cwd, env });
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(/^✗ image: me\/gone:1 is not there\n {2}Mend its name/m),
    ]);
    expect(stdout).toMatch(/^✓ quotas of AWS: 1000 functions may run at the same time in us-east-1, 1000 /m);
    const much = await fdl(['doctor', 'much.yaml'], { cwd, env: account.env });
    expect(much.stdout).toMatch(
      /^✗ quotas of AWS: 1000 .* the file reserves 950, and 100 must remain\n {2}.*Service Quotas/m,
    );
    const jobs = await fdl(['doctor', 'jobs.yaml'], { cwd, env: account.env });
    expect(jobs.stdout).toMatch(/^✓ quotas of AWS: us-east-1 has 0 compute environments and 0 job queues/m);
    expect(stdout).toMatch(/^✓ rights on AWS: \S+:user\/moto may do all that the file takes/m);
  });

  it('names a right that is refused', async () => {
    account.aws.deployer.statements = [];
    const { accessKeyId, secretAccessKey } = DEPLOYER_KEYS;
    const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    const { code, bad } = await examined('f.yaml', keys);
    expect([code, bad]).toEqual([1, expect.arrayContaining([expect.stringContaining('tag:GetResources')])]);
    const allButOne = [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: ['lambda:CreateFunction', 'iam:PassRole'], Resource: '*' },
    ] as const;
    account.aws.deployer.statements = allButOne;
    expect((await examined('f.yaml', keys)).bad).toEqual([
      expect.stringMatching(
        /^rights on AWS: arn:\S+:user\/deployer may not iam:PassRole, lambda:CreateFunction$/,
      ),
    ]);
    const unasked = { Effect: 'Deny', Action: 'iam:SimulatePrincipalPolicy', Resource: '*' } as const;
    account.aws.deployer.statements = [...allButOne, unasked];
    const { checks } = await examined('f.yaml', keys);
    expect(checks).toContainEqual({
      about: 'rights on AWS',
      state: 'open',
      message: expect.stringMatching(
        /^whether everything may be made is not checked: .*iam:SimulatePrincipalPolicy/,
      ),
      hint: expect.stringContaining('fdl policy f.yaml'),
    });
  });

  it('sees a clock that is wrong', async () => {
    const { port } = new URL(account.aws.url);
    const later = createServer((asked, answer) => {
      const { method, url, headers } = asked;
      const passed = request({ host: '127.0.0.1', port, method, path: url, headers }, (found) => {
        const date = new Date(Date.now() + 20 * 60_000).toUTCString();
        answer.writeHead(found.statusCode ?? 500, { ...found.headers, date });
        found.pipe(answer);
      });
      asked.pipe(passed);
    });
    await new Promise<void>((done) => later.listen(0, '127.0.0.1', done));
    onTestFinished(() => void later.close());
    const endpoint = `http://127.0.0.1:${(later.address() as AddressInfo).port}`;
    const { code, bad } = await examined('f.yaml', { AWS_ENDPOINT_URL: endpoint });
    expect([code, bad]).toEqual([1, [expect.stringMatching(/^AWS: the clock is 1[12]\d\d s behind AWS's$/)]]);
  });

  it('names servers that nobody listens at, within its time', async () => {
    const closed = 'http://127.0.0.1:9';
    const { code, bad } = await examined('f.yaml', {
      AWS_ENDPOINT_URL: closed,
      FDL_CLUSTER_LAB_ENDPOINT: closed,
      FDL_REGISTRY_MIRRORS: `docker.io=${closed}`,
    });
    const about = new Set(bad.map((each) => each.split(':')[0]));
    expect([code, about]).toEqual([1, new Set(['AWS', 'rights on AWS', 'image', 'cluster lab'])]);
  });
});
