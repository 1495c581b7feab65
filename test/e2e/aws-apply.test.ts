/** `fdl plan`, `fdl apply`, `fdl ls` and `fdl rm` on AWS. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Aws, REFUSED } from '../standins/aws/index.ts';
import { needs } from '../standins/need.ts';
import { type AccountLab, openAccount } from './aws-account.ts';
import { fdl, fdlJson } from './fdl.ts';
import { addBusybox } from './image-lab.ts';
import { project, write } from './project.ts';
import { CTRL_C, fdlInPty } from './pty.ts';
import { until } from './until.ts';

interface Step {
  readonly name: string;
  readonly input?: string;
  readonly output?: string;
  /** It has an address that is open to everybody. */
  readonly open?: boolean;
}

const UPPER: Step = { name: 'upper', input: 'shop/in', output: 'shop/upper' };
const COUNT: Step = { name: 'count', input: 'shop/upper', output: 'shop/count' };

function stepText({ name, input, output, open }: Step): string {
  const folder = (key: string, where?: string) =>
    where ? `        ${key}:\n          - storage_provider: s3.default\n            path: ${where}\n` : '';
  const url = open ? '        function_url: true\n' : '';
  return `    - lambda:
        name: ${name}
        memory: 512
        container:
          image: me/busybox:1
        init_script: step.sh
${url}${folder('input', input)}${folder('output', output)}`;
}

const SCRIPT = '#!/bin/sh\ncp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/"\n';
const shop = (steps: readonly Step[]) => ({
  'shop.yaml': `name: shop\nfunctions:\n  aws:\n${steps.map(stepText).join('')}`,
  'step.sh': SCRIPT,
});

interface Report {
  readonly actions: readonly object[];
  readonly summary: Readonly<Record<string, number>>;
  readonly outcomes: readonly { kind: string; id: string; status: string }[];
  readonly endpoints: readonly { step: string; url: string }[];
  readonly orphans: readonly { kind: string; step: string }[];
}

describe.skipIf(!needs('podman', 'registry', 'busybox', 'moto', 'python3'))('on AWS', () => {
  let account: AccountLab;
  let aws: Aws;
  let env: Readonly<Record<string, string>>;

  beforeAll(async () => {
    account = await openAccount({ images: { 'me/busybox:1': (root) => addBusybox(root, ['sh', 'cp']) } });
    ({ aws, env } = account);
  });

  afterAll(() => account?.close());

  const json = (cwd: string, ...args: readonly string[]) => fdlJson<Report>(args, { cwd, env });

  it('apply prints addresses; again, it changes nothing; ls shows the steps', async () => {
    const cwd = project(shop([{ ...UPPER, open: true }, COUNT]));
    const first = await json(cwd, 'apply', 'shop.yaml');
    expect(first.stderr).not.toContain('Warning');
    expect(first.json).toMatchObject({ summary: { failed: 0, skipped: 0 }, orphans: [] });
    expect(first.json.endpoints).toEqual([{ step: 'upper', url: expect.stringMatching(/^https?:/) }]);
    aws.reset();
    const second = await json(cwd, 'apply', 'shop.yaml');
    expect(second.json.summary).toMatchObject({ create: 0, update: 0, delete: 0, failed: 0 });
    expect(aws.mutations()).toEqual([]);
    expect(second.json.endpoints).toEqual(first.json.endpoints);
    const steps = [
      { step: 'upper', provider: 'aws' },
      { step: 'count', provider: 'aws' },
    ];
    write(cwd, { 'step.sh': `${SCRIPT}date\n` });
    const changed = await fdl(['plan', 'shop.yaml'], { cwd, env });
    expect(changed.stdout).toMatch(/^shop\n {2}on AWS account \d{12}, region [\w-]+\n {2}~ image upper\n/);
    expect(changed.stdout).toContain(
      'made anew: its script, files or settings changed (script: 3 lines now)',
    );
    expect(changed.stdout).toMatch(/~ function upper\n {6}runs the new image\n/);
    expect(changed.stdout).not.toMatch(/unused-images|sha256|keep\[/);
    write(cwd, { 'step.sh': SCRIPT });
    for (const args of [['ls', 'shop.yaml'], ['ls']]) {
      const { json: listed } = await fdlJson<{ workflows: { steps: { step: string }[] }[] }>(args, {
        cwd,
        env,
      });
      expect(listed).toMatchObject({ workflows: [{ workflow: 'shop' }] });
      const found = [...(listed.workflows[0]?.steps ?? [])].sort((a, b) => (a.step < b.step ? 1 : -1));
      expect(found).toMatchObject(steps);
    }
  });

  it('names what was taken out of the file; --prune deletes it, rm all the rest', async () => {
    const cwd = project(shop([UPPER, COUNT]));
    await json(cwd, 'apply', 'shop.yaml', '--yes');
    write(cwd, shop([UPPER]));
    const planned = await json(cwd, 'plan', 'shop.yaml');
    const kinds = planned.json.orphans.filter(({ step }) => step === 'count').map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['aws/function', 'aws/role', 'aws/log-group']));
    const pruned = await json(cwd, 'apply', 'shop.yaml', '--prune', '--yes');
    expect(pruned.json.summary).toMatchObject({ failed: 0, skipped: 0 });
    const clean = await json(cwd, 'plan', 'shop.yaml', '--detailed-exitcode');
    expect([clean.code, clean.json.orphans]).toEqual([0, []]);
    // What is marked as its own is found without the names that nobody has given here.
    write(cwd, shop([{ ...UPPER, input: '${env:BUCKET}/in', output: '${env:BUCKET}/upper' }]));
    expect((await fdl(['status', 'shop.yaml'], { cwd, env })).code).toBe(0);
    const removed = await json(cwd, 'rm', 'shop.yaml', '--yes', '--delete-data');
    expect([removed.code, removed.json.summary['failed'], removed.json.endpoints]).toEqual([0, 0, []]);
    expect(removed.stderr).toContain('where s3://${env:BUCKET}/in of "upper" is, is not known');
    write(cwd, shop([UPPER]));
    expect((await fdl(['rm', 'shop.yaml'], { cwd, env })).stdout).toBe('shop: nothing to do.\n');
  });

  it('interrupted, it reports and ends with 130; the next apply goes on from there', async () => {
    const cwd = project(shop([UPPER, COUNT]));
    // New roles stay on their way, so that functions wait for them.
    aws.holdStates(true);
    const pty = await fdlInPty(['apply', 'shop.yaml'], { cwd, env, columns: 120 });
    await until('each has a line', async () => {
      const rows = /^[⠁-⣿] +[1-9]\d* done, \d+ running, \d+ waiting: .*\d s\n {2}\S.*\n {2}\S/m;
      return rows.test(await pty.screen());
    });
    pty.type(CTRL_C);
    expect(await pty.ended).toEqual({ code: 130 });
    aws.holdStates(false);
    const screen = await pty.screen();
    expect(screen).toMatch(/^✗ \S+ .* cancelled: interrupted while it was under way$/m);
    expect(screen).toMatch(/^shop: Interrupted: [1-9]\d* created, .*[1-9]\d* cancelled\.$/m);
    expect(screen).toMatch(/^the same command again goes on from here/m);
    expect(screen).not.toMatch(/[⠁-⣿]/);
    const second = await json(cwd, 'apply', 'shop.yaml');
    expect(second.json.summary).toMatchObject({ failed: 0, skipped: 0, cancelled: 0 });
    aws.reset();
    expect((await json(cwd, 'apply', 'shop.yaml')).code).toBe(0);
    expect(aws.mutations()).toEqual([]);
    expect((await json(cwd, 'rm', 'shop.yaml', '--yes', '--delete-data')).json.summary).toMatchObject({
      failed: 0,
    });
  });

  it('what can not be read fails with all that needs it, and the rest is done', async () => {
    const cwd = project(shop([UPPER]));
    aws.failNext('iam:GetRole', { ...REFUSED, times: 100 });
    const planned = await json(cwd, 'plan', 'shop.yaml');
    expect(planned.code).toBe(1);
    expect(planned.json.actions).toContainEqual(
      expect.objectContaining({
        action: 'unknown',
        kind: 'aws/role',
        error: expect.objectContaining({ code: 'aws-denied' }),
      }),
    );
    const applied = await json(cwd, 'apply', 'shop.yaml');
    expect(applied.code).toBe(1);
    const statuses = new Map(applied.json.outcomes.map(({ kind, status }) => [kind, status]));
    expect(Object.fromEntries(statuses)).toMatchObject({
      'aws/bucket': 'done',
      'aws/log-group': 'done',
      'aws/role': 'failed',
      'aws/function': 'skipped',
      'aws/notification': 'skipped',
    });
    aws.reset();
    expect((await json(cwd, 'apply', 'shop.yaml')).json.summary).toMatchObject({ failed: 0, skipped: 0 });
    await json(cwd, 'rm', 'shop.yaml', '--yes', '--delete-data');
  });

  it('what others made is refused, and taken over with --adopt', async () => {
    const cwd = project(shop([{ name: 'web', open: true }]));
    await json(cwd, 'apply', 'shop.yaml', '--workflow', 'other');
    const refused = await json(cwd, 'plan', 'shop.yaml');
    expect(refused.json).toMatchObject({
      error: { code: 'not-owned', hint: expect.stringContaining('--adopt') },
    });
    const adopted = await json(cwd, 'apply', 'shop.yaml', '--adopt', '--yes');
    expect(adopted.stderr).not.toContain('✗');
    expect(adopted.json).toMatchObject({ summary: { failed: 0, skipped: 0 }, endpoints: [{ step: 'web' }] });
    const again = await json(cwd, 'plan', 'shop.yaml', '--detailed-exitcode');
    expect([again.code, again.stderr]).toEqual([0, '']);
  });

  it('without credentials says so: exit 1', async () => {
    const cwd = project(shop([UPPER]));
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, ...without } = env;
    const { code, json: error } = await fdlJson(['plan', 'shop.yaml'], { cwd, env: without });
    expect(code).toBe(1);
    expect(error).toMatchObject({
      error: { code: 'aws-credentials', hint: expect.stringContaining('--local') },
    });
  });
});
