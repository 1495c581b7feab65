/** `fdl plan`, `fdl apply` and `fdl rm` on this machine. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fdl, fdlJson } from './fdl.ts';
import {
  COUNT,
  filesBelow,
  project,
  type StepText,
  shop,
  stored,
  UPPER,
  workflowText,
  write,
} from './project.ts';

const FILE = ['workflow.yaml', '--local'] as const;
const HERE = [...FILE, '--engine', 'host'] as const;

interface PlanDocument {
  readonly workflow: string;
  readonly actions: readonly {
    action: string;
    kind: string;
    id: string;
    step: string | null;
    changes: object[];
  }[];
  readonly summary: Readonly<Record<string, number>>;
}

async function plan(cwd: string): Promise<PlanDocument> {
  return (await fdlJson<PlanDocument>(['plan', ...FILE], { cwd })).json;
}

const changing = ({ actions }: PlanDocument) => actions.filter(({ action }) => action !== 'keep');

describe('fdl plan and fdl apply', () => {
  it('plan only reads; apply does what it says; a second apply changes nothing', async () => {
    const cwd = shop([UPPER, COUNT], {});
    const before = await plan(cwd);
    expect(before).toMatchObject({ workflow: 'shop', summary: { create: 4, update: 0, delete: 0 } });
    expect(before.actions.filter(({ step }) => step).map(({ step }) => step)).toEqual(['upper', 'count']);
    expect(existsSync(path.join(cwd, '.fdl'))).toBe(false);
    const first = await fdlJson<{ outcomes: object[] }>(['apply', ...FILE], { cwd });
    expect(first.code).toBe(0);
    expect(first.json).toMatchObject({ workflow: 'shop', summary: { create: 4 }, endpoints: [] });
    expect(first.json.outcomes[0]).toMatchObject({ action: 'create', status: 'done' });
    const second = await fdlJson(['apply', ...FILE], { cwd });
    expect(second.json).toMatchObject({ summary: { create: 0, update: 0, keep: 4 } });
    expect(second.stderr).toBe('');
    expect((await fdl(['plan', ...FILE], { cwd })).stdout).toContain('No changes: 4 resources as');
  });

  it('a changed script is an update of its step alone', async () => {
    const file = { ...UPPER, script: '#!./upper.sh' };
    const text = workflowText([file, COUNT]).replace('"#!./upper.sh"', '"upper.sh"');
    const cwd = project({ 'workflow.yaml': text, 'upper.sh': 'cat "$INPUT_FILE_PATH"\n' });
    await fdl(['apply', ...FILE], { cwd });
    write(cwd, { 'upper.sh': 'cat "$INPUT_FILE_PATH" # changed\n' });
    const changes = changing(await plan(cwd));
    expect(changes).toMatchObject([{ action: 'update', kind: 'local/step', step: 'upper' }]);
    expect(changes[0]?.changes).toMatchObject([{ path: 'script' }]);
    const shown = await fdl(['plan', ...FILE], { cwd });
    expect(shown.stdout).toContain(
      [
        `  on this machine (${path.join(cwd, '.fdl/shop')})`,
        '  ~ step upper',
        '      script: 1 line now, 1 new, 1 gone',
        '        - cat "$INPUT_FILE_PATH"',
        '        + cat "$INPUT_FILE_PATH" # changed',
      ].join('\n'),
    );
    expect(shown.stdout).toContain('1 to update, 3 unchanged.');
    await fdl(['apply', ...FILE], { cwd });
    expect(readFileSync(path.join(cwd, '.fdl/shop/scripts/upper'), 'utf8')).toContain('# changed');
    expect(changing(await plan(cwd))).toEqual([]);
  });

  it('--detailed-exitcode is 3 when there are changes, else 0', async () => {
    const cwd = shop([UPPER], {});
    expect((await fdl(['plan', ...FILE, '--detailed-exitcode'], { cwd })).code).toBe(3);
    expect((await fdl(['plan', ...FILE], { cwd })).code).toBe(0);
    await fdl(['apply', ...FILE], { cwd });
    expect((await fdl(['plan', ...FILE, '--detailed-exitcode'], { cwd })).code).toBe(0);
  });

  it('brings back what somebody removed', async () => {
    const cwd = shop([UPPER], { 'a.txt': 'a' });
    await fdl(['apply', ...FILE], { cwd });
    rmSync(stored(cwd, 'shop'), { recursive: true });
    expect(changing(await plan(cwd))).toMatchObject([{ action: 'create', kind: 'local/bucket' }]);
    await fdl(['apply', ...FILE], { cwd });
    rmSync(path.join(cwd, '.fdl/shop/scripts'), { recursive: true });
    expect((await fdl(['run', ...HERE, 'in/a.txt'], { cwd })).code).toBe(0);
  });

  it('names what the file no longer does; --prune deletes it, and asks before', async () => {
    const cwd = shop([UPPER, COUNT], {});
    await fdl(['apply', ...FILE], { cwd });
    write(cwd, { 'workflow.yaml': workflowText([UPPER]) });
    const planned = await fdlJson<PlanDocument>(['plan', ...FILE], { cwd });
    expect(planned.json).toMatchObject({
      summary: { delete: 0 },
      orphans: [{ kind: 'local/step', id: 'local/shop/step/count', step: 'count' }],
    });
    expect(planned.stderr).toContain('! step count');
    expect((await fdl(['apply', ...FILE], { cwd })).stderr).toContain('(--prune deletes it)');
    expect((await fdlJson(['plan', ...FILE, '--prune'], { cwd })).json).toMatchObject({
      summary: { delete: 1 },
      orphans: [],
    });
    const asked = await fdl(['apply', ...FILE, '--prune'], { cwd });
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('- step count')]);
    const pruned = await fdlJson(['apply', ...FILE, '--prune', '--yes'], { cwd });
    expect(pruned.json).toMatchObject({ summary: { delete: 1, failed: 0 }, orphans: [] });
    const { json } = await fdlJson(['ls', 'workflow.yaml', '--local'], { cwd });
    expect(json).toMatchObject({ workflows: [{ workflow: 'shop', steps: [{ step: 'upper' }] }] });
    expect(changing(await plan(cwd))).toEqual([]);
  });

  it('--workflow gives another name, with a life of its own', async () => {
    const cwd = shop([UPPER], {});
    await fdl(['apply', ...FILE], { cwd });
    const { json } = await fdlJson(['plan', ...FILE, '--workflow', 'other'], { cwd });
    expect(json).toMatchObject({ workflow: 'other', summary: { create: 3 } });
  });

  it('refuses what cannot run, with the place: exit 2', async () => {
    const loop: StepText = { ...UPPER, outputs: ['shop/in/again'] };
    const cwd = shop([loop], {});
    for (const command of ['plan', 'apply']) {
      const { code, stderr } = await fdl([command, ...FILE], { cwd });
      expect(stderr).toMatch(/workflow\.yaml:\d+:\d+: error: .*trigger itself/);
      expect(code).toBe(2);
    }
    expect(existsSync(path.join(cwd, '.fdl'))).toBe(false);
  });

  it('without --local says what to do: exit 1', async () => {
    const cwd = shop([UPPER], {});
    const { code, stderr } = await fdl(['plan', 'workflow.yaml'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain('--local');
  });
});

describe('fdl rm', () => {
  it('without a terminal says what it would do, and that --yes is missing: exit 2', async () => {
    const cwd = shop([UPPER], {});
    await fdl(['apply', ...FILE], { cwd });
    const before = filesBelow(cwd);
    const { code, stdout, stderr } = await fdl(['rm', ...FILE], { cwd });
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('- step upper');
    expect(stderr).toContain('--yes');
    expect(filesBelow(cwd)).toEqual(before);
    const { json } = await fdlJson(['rm', ...FILE], { cwd });
    expect(json).toMatchObject({ error: { code: 'not-confirmed', hint: expect.stringContaining('--yes') } });
  });

  it('--yes keeps data and names it; --delete-data leaves nothing', async () => {
    const cwd = shop([UPPER], { 'a.txt': 'a' });
    await fdl(['run', ...HERE, 'in/a.txt'], { cwd });
    const asked = await fdl(['rm', ...FILE], { cwd });
    expect(asked.stderr).toContain(
      `= bucket s3.default/shop: stays, has 2 files in ${stored(cwd, 'shop')}; --delete-data removes it`,
    );
    expect(asked.stderr).toContain('2 to delete, 1 stays.');
    const kept = await fdl(['rm', ...FILE, '--yes'], { cwd });
    expect(kept.code).toBe(0);
    expect(kept.stderr).toContain(`kept bucket s3.default/shop: has 2 files in ${stored(cwd, 'shop')}`);
    const left = await fdlJson(['rm', ...FILE], { cwd });
    expect([left.code, left.json]).toMatchObject([
      0,
      { outcomes: [{ action: 'keep', status: 'kept', reason: expect.stringMatching(/^has 2 files in /) }] },
    ]);
    expect(filesBelow(path.join(cwd, '.fdl'))).toEqual([
      'shop/buckets/s3.default/shop/in/a.txt',
      'shop/buckets/s3.default/shop/upper/a.txt',
    ]);
    const gone = await fdlJson(['rm', ...FILE, '--yes', '--delete-data'], { cwd });
    expect(gone.code).toBe(0);
    expect(gone.json).toMatchObject({ summary: { delete: 1, failed: 0 } });
    expect(filesBelow(cwd)).toEqual(['in/a.txt', 'workflow.yaml']);
    expect(existsSync(path.join(cwd, '.fdl'))).toBe(false);
    const again = await fdl(['rm', ...FILE], { cwd });
    expect([again.code, again.stdout]).toEqual([0, 'shop: nothing to do.\n']);
  });

  it('removes what the file no longer names, too', async () => {
    const cwd = shop([UPPER, COUNT], {});
    await fdl(['apply', ...FILE], { cwd });
    write(cwd, { 'workflow.yaml': workflowText([UPPER]) });
    expect((await fdl(['rm', ...FILE, '--yes'], { cwd })).code).toBe(0);
    expect(existsSync(path.join(cwd, '.fdl'))).toBe(false);
  });

  it('starts from nothing afterwards', async () => {
    const cwd = shop([UPPER], { 'a.txt': 'a' });
    await fdl(['run', ...HERE, 'in/a.txt'], { cwd });
    await fdl(['rm', ...FILE, '--yes', '--delete-data'], { cwd });
    expect((await fdl(['status', ...FILE], { cwd })).stdout).toContain('no invocations');
    await fdl(['put', 'in/a.txt', '--local'], { cwd });
    const { stdout } = await fdl(['run', ...HERE, '--resume'], { cwd });
    expect(stdout).toContain('1 invocation (upper 1)');
  });
});
