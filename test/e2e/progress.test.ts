/** How far work is, in real terminals of several widths. */
import { describe, expect, it } from 'vitest';
import { needs } from '../standins/need.ts';
import { fdl } from './fdl.ts';
import { COUNT, type StepText, shop, UPPER } from './project.ts';
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
