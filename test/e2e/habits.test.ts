/** What people type by habit: no file where only one can be meant, and words of other tools. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fdl, fdlJson } from './fdl.ts';
import { COUNT, project, shop, UPPER, workflowText } from './project.ts';

describe('without a file', () => {
  const commands: readonly (readonly [line: string, code: number])[] = [
    ['validate', 0],
    ['graph', 0],
    ['plan --local', 0],
    ['apply --local', 0],
    ['run in/a.txt --local --engine host', 0],
    ['status --local', 0],
    ['logs --local', 0],
    ['logs upper --local', 0],
    ['invoke upper --local --engine host --data x', 0],
    ['rm --local --yes', 0],
  ];

  it.each(['workflow.yaml', 'fdl.yaml'])('every command finds %s here', async (name) => {
    const cwd = project({ [name]: workflowText([UPPER, COUNT]), 'in/a.txt': 'abc' });
    for (const [line, code] of commands) {
      const done = await fdl(line.split(' '), { cwd });
      expect(done.code, `${line}: ${done.stderr}`).toBe(code);
    }
  });

  it('none of several is chosen: they are named', async () => {
    const cwd = shop([UPPER], {});
    writeFileSync(path.join(cwd, 'fdl.yaml'), workflowText([COUNT]));
    for (const [line] of commands) {
      const { code, stderr } = await fdl(line.split(' '), { cwd });
      expect([code, stderr], line).toEqual([2, expect.stringMatching(/workflow\.yaml, fdl\.yaml/)]);
    }
    const { json } = await fdlJson<{ error: { code: string } }>(['get', '--local'], { cwd });
    expect(json.error.code).toBe('file-ambiguous');
    expect((await fdl(['plan', 'fdl.yaml', '--local'], { cwd })).code).toBe(0);
  });

  it('where there is none, it is said which would be found', async () => {
    const { code, stderr } = await fdl(['plan', '--local'], { cwd: project({}) });
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('there is no workflow.yaml, workflow.yml, fdl.yaml'),
    ]);
  });

  it('a step has to be named for a call, unless there is but one', async () => {
    const line = ['invoke', '--local', '--engine', 'host', '--data', 'x'];
    const one = await fdl(line, { cwd: shop([UPPER], {}) });
    expect([one.code, one.stderr]).toEqual([0, expect.stringContaining('upper')]);
    const { code, stderr } = await fdl(['invoke', '--local'], { cwd: shop([UPPER, COUNT], {}) });
    expect([code, stderr]).toEqual([2, expect.stringContaining('Name one of upper, count')]);
  });
});

describe('words of other tools', () => {
  it.each([
    ['destroy', 'rm'],
    ['delete', 'rm'],
    ['up', 'apply'],
    ['deploy', 'apply'],
    ['diff', 'plan'],
  ])('fdl %s: fdl %s is meant', async (typed, meant) => {
    const { code, stderr } = await fdl([typed, 'workflow.yaml', '--yes'], { cwd: project({}) });
    expect([code, stderr]).toEqual([2, expect.stringContaining(`(Did you mean ${meant}?)`)]);
  });

  it('-v is --version', async () => {
    const cwd = project({});
    expect(await fdl(['-v'], { cwd })).toEqual(await fdl(['--version'], { cwd }));
  });

  it.each([
    ['run --bogus', 'fdl help run'],
    ['put', 'fdl help put'],
    ['cluster add', 'fdl help cluster add'],
  ])('what is wrong with fdl %s points to %s', async (line, help) => {
    const { stderr } = await fdl(line.split(' '), { cwd: project({}) });
    expect(stderr).toContain(`(${help} shows`);
    expect(stderr).not.toContain('fdl --help');
  });

  it('fdl help cluster add shows that command, and help of none is an error', async () => {
    const cwd = project({});
    const help = await fdl(['help', 'cluster', 'add'], { cwd });
    expect(help).toEqual(await fdl(['cluster', 'add', '--help'], { cwd }));
    expect(help.stdout).toContain('--password-stdin');
    // It runs nothing, whatever else stands there.
    const apply = await fdl(['help', 'apply', 'workflow.yaml', '--local'], { cwd });
    expect(apply).toEqual(await fdl(['apply', '--help'], { cwd }));
    expect(await fdl(['help', 'apply', '--local'], { cwd })).toEqual(apply);
    const none = await fdl(['help', 'cluster', 'ad'], { cwd });
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('Did you mean add?')]);
  });
});
