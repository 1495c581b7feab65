/** How far work is, in real terminals of several widths. */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { needs } from '../standins/need.ts';
import { fdl } from './fdl.ts';
import { COUNT, type StepText, shop, stored, UPPER } from './project.ts';
import { CTRL_C, fdlInPty } from './pty.ts';
import { until } from './until.ts';

const RUN = ['run', 'workflow.yaml', 'in', '--local', '--engine', 'host', '--concurrency', '1'];
const SLOW: StepText = { ...COUNT, script: `sleep 3; ${COUNT.script}` };
const INPUTS = { 'a.txt': 'abc', 'b.txt': 'abc' };

describe.skipIf(!needs('python3'))('progress of run', () => {
  it('has a line for each step on a wide terminal, with the time that it takes, and leaves no trace', async () => {
    const cwd = shop([UPPER, SLOW], INPUTS);
    const pty = await fdlInPty(RUN, { cwd, columns: 200 });
    await until('each step is shown', async () => {
      const screen = await pty.screen();
      return (
        /[⠁-⣿] +\d done, 1 running, .*upper \d\/2, count \d\/\d · \d s$/m.test(screen) &&
        /^ +upper +\d done, .*waiting$/m.test(screen) &&
        /^ +count +\d done, 1 running/m.test(screen)
      );
    });
    expect(await pty.ended).toEqual({ code: 0 });
    const screen = await pty.screen();
    expect(screen).not.toMatch(/running|[⠁-⣿]/);
    expect(screen.match(/^shop: 4 invocations/gm)).toHaveLength(1);
  });

  it('follows the width of the terminal, and leaves nothing of the wider one', async () => {
    const cwd = shop([UPPER, { ...SLOW, script: `sleep 60; ${COUNT.script}` }], INPUTS);
    const pty = await fdlInPty(RUN, { cwd, columns: 200 });
    await until('the rows', async () => /^ +count +\d done, 1 running/m.test(await pty.screen()));
    const before = (await pty.screen()).split('\n').filter((line) => line.includes('created'));
    for (const columns of [120, 50, 200]) {
      pty.resize(columns);
      // Two pictures of this width.
      const from = pty.raw().length;
      await until('it is drawn anew', () => (pty.raw().slice(from).match(/[⠁-⣿]/g)?.length ?? 0) > 2);
      const lines = (await pty.screen()).split('\n');
      expect(
        lines.filter((line) => /[⠁-⣿]/.test(line)),
        lines.join('\n'),
      ).toHaveLength(1);
      const rest = lines.slice(lines.findIndex((line) => /[⠁-⣿]/.test(line)) + 1);
      expect(rest, lines.join('\n')).toHaveLength(columns === 50 ? 0 : 2);
      expect(
        lines.filter((line) => line.includes('created')),
        `${columns}\n${lines.join('\n')}`,
      ).toEqual(before);
    }
    pty.type(CTRL_C);
    expect(await pty.ended).toEqual({ code: 130 });
    expect(await pty.screen()).not.toMatch(/running,|[⠁-⣿]/);
  });

  it('of dev is shown while a script runs, in the width of the terminal, until Ctrl-C', async () => {
    const cwd = shop([{ ...UPPER, script: 'sleep 60' }], {});
    const pty = await fdlInPty(['dev', 'workflow.yaml', '--engine', 'host'], { cwd, columns: 120 });
    await pty.says(/waits for files/);
    const idle = /^[⠁-⣿] +0 done, 0 running, 0 waiting · \d+ s$/m;
    await until('that it has started is seen', async () => idle.test(await pty.screen()));
    writeFileSync(stored(cwd, 'shop/in/a.txt'), 'abc');
    await pty.says(/1 running/);
    pty.resize(20);
    await until('it is cut', async () => /^[⠁-⣿] .*…$/m.test(await pty.screen()));
    expect((await pty.screen()).match(/[⠁-⣿]/g)).toHaveLength(1);
    pty.type(CTRL_C);
    expect(await pty.ended).toEqual({ code: 0 });
  });

  it('is folded into one line of 80 columns', async () => {
    const cwd = shop([UPPER, SLOW], INPUTS);
    const pty = await fdlInPty(RUN, { cwd, columns: 80 });
    const seen = /^[⠁-⣿] +\d done, 1 running, \d waiting: upper \d\/2, count \d\/\d · \d s$/m;
    await until('the line', async () => seen.test(await pty.screen()));
    const screen = await pty.screen();
    expect(screen.match(/upper/g)).toHaveLength(screen.includes('step upper') ? 2 : 1);
    pty.type(CTRL_C);
    await pty.ended;
  });

  it('is nothing on stdout, and nothing at all on a pipe for what takes a moment', async () => {
    const cwd = shop([UPPER, COUNT], INPUTS);
    const { stdout, stderr } = await fdl(RUN, { cwd });
    expect(stdout).toMatch(/^shop: 4 invocations/);
    expect(stderr).not.toMatch(/running|waiting/);
  });
});
