/** Values for `${env:NAME}` from a file: `.env` beside the workflow, or one that is named. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import { BIN, fdl, NODE } from './fdl.ts';
import { project, UPPER, workflowText } from './project.ts';

/** The script tells how long the value is: the value itself is a secret, and masked in what scripts print. */
const STEP = {
  ...UPPER,
  variables: { WORD: '${env:WORD}' },
  script: 'printf %s "$WORD" | wc -c; echo "it is $WORD"',
};

const files = { 'workflow.yaml': workflowText([STEP]) };

async function called(cwd: string, more: readonly string[] = [], env: Record<string, string> = {}) {
  const line = [
    'invoke',
    path.join(cwd, 'workflow.yaml'),
    'upper',
    '--local',
    '--engine',
    'host',
    '--data',
    'x',
  ];
  return fdl([...line, ...more], { cwd: path.dirname(cwd), env });
}

it('.env beside the file, --env-file instead of it, and the environment before both', async () => {
  const cwd = project({
    ...files,
    '.env': 'WORD="four-letters"\n',
    'other.env': '# a note\nWORD=other-value-1\n',
  });
  const beside = await called(cwd);
  expect([beside.code, beside.stdout.trim().split('\n')[0]?.trim()]).toEqual([0, '12']);
  const named = await called(cwd, ['--env-file', 'shop/other.env']);
  expect(named.stdout.trim().split('\n')[0]?.trim()).toBe('13');
  const set = await called(cwd, ['--env-file', 'shop/other.env'], { WORD: 'from-the-shell' });
  expect(set.stdout.trim().split('\n')[0]?.trim()).toBe('14');
});

it('values of the file are secrets, as all of the environment are', async () => {
  const cwd = project({ ...files, '.env': 'WORD=four-letters\n' });
  const plan = await fdl(['plan', '--local', '--json'], { cwd });
  expect([plan.code, plan.stdout]).toEqual([0, expect.not.stringContaining('four-letters')]);
  expect((await fdl(['validate', '--strict'], { cwd })).code).toBe(0);
});

it('a file that is named must be there; a folder called .env is none', async () => {
  const cwd = project({ ...files, '.env/bin/python': '' });
  // Node looks for an option of this name itself, unless it is told where its own options end.
  const env = { ...process.env, PATH: `${path.dirname(NODE)}:${process.env['PATH']}` };
  const line = ['plan', '--local', '--env-file', 'none.env'];
  const { status, stderr } = spawnSync(BIN, line, { cwd, env, encoding: 'utf8' });
  expect([status, stderr]).toEqual([2, expect.stringContaining('error: there is no file none.env')]);
  const { code } = await fdl(['plan', '--local'], { cwd, env: { WORD: 'four-letters' } });
  expect(code).toBe(0);
});
