/** What fdl shows in terminals of all kinds: without a size, without colours, without a cursor that moves. */
import { describe, expect } from 'vitest';
import { inTurn } from '../sample.ts';
import { needs } from '../standins/need.ts';
import { fdl } from './fdl.ts';
import { type StepText, shop, UPPER } from './project.ts';
import { CTRL_C, fdlInPty } from './pty.ts';
import { until } from './until.ts';

const it = inTurn();

const RUN = ['run', 'workflow.yaml', 'in', '--local', '--engine', 'host'];
const SLOW: StepText = { ...UPPER, script: `sleep 1; ${UPPER.script}` };
/** So that a loop without an end does not take the machine with it. */
const BOUNDED = { NODE_OPTIONS: '--max-old-space-size=256' };

describe.skipIf(!needs('python3'))('a terminal', () => {
  it('without a width: as if it had 80 columns', async () => {
    const cwd = shop([SLOW], { 'a.txt': 'abc' });
    const pty = await fdlInPty(RUN, { cwd, columns: 0, env: BOUNDED });
    await pty.says(/1 running/);
    expect(await pty.ended).toEqual({ code: 0 });
    const drawn = await fdlInPty(['graph', 'workflow.yaml'], { cwd, columns: 0, env: BOUNDED });
    await drawn.ended;
    expect(drawn.raw()).toContain('s3://shop/in');
  });

  it('that loses its width on the way', async () => {
    const cwd = shop([SLOW], { 'a.txt': 'abc' });
    const pty = await fdlInPty(RUN, { cwd, env: BOUNDED });
    await pty.says(/1 running/);
    pty.resize(0);
    expect(await pty.ended).toEqual({ code: 0 });
  });

  it.each([20, 200])('of %i columns shows one moving line at most, and none in the end', async (columns) => {
    const cwd = shop([SLOW], { 'a.txt': 'abc' });
    const pty = await fdlInPty(RUN, { cwd, columns });
    let screen = '';
    await until('the moving line', async () => {
      screen = await pty.screen();
      return /[⠁-⣿] +0 done, 1/.test(screen);
    });
    expect(screen.match(/[⠁-⣿]/g)).toHaveLength(1);
    await pty.ended;
    expect(await pty.screen()).not.toMatch(/[⠁-⣿]/);
  });

  it('status --watch draws anew in place, also when it becomes narrower, until Ctrl-C', async () => {
    const cwd = shop([UPPER], { 'a.txt': 'abc', 'b.txt': 'abc' });
    const put = (file: string) => fdl(['put', file, '-f', 'workflow.yaml', '--local'], { cwd });
    await put('in/a.txt');
    const pty = await fdlInPty(['status', 'workflow.yaml', '--local', '--watch'], { cwd });
    await pty.says(/upper +1 queued/);
    pty.resize(40);
    await put('in/b.txt');
    await pty.says(/upper +2 queued/);
    await until('the screen shows one block', async () => {
      const screen = await pty.screen();
      return screen.startsWith('shop\n  upper  2 queued\n') && screen.match(/queued/g)?.length === 3;
    });
    pty.type(CTRL_C);
    expect(await pty.ended).toEqual({ code: 0 });
  });

  it('paints, but not with NO_COLOR: not the moving line either', async () => {
    const cwd = shop([SLOW], { 'a.txt': 'abc' });
    const paint = /.\[[\d;]*m/;
    const painted = await fdlInPty(RUN, { cwd });
    await painted.ended;
    expect(painted.raw()).toMatch(paint);
    const plain = await fdlInPty(RUN, { cwd, env: { NO_COLOR: '1' } });
    await plain.says(/1 running/);
    await plain.ended;
    expect(plain.raw()).not.toMatch(paint);
  });

  it('that is dumb gets whole lines and no control sequence', async () => {
    const cwd = shop([SLOW], { 'a.txt': 'abc' });
    const pty = await fdlInPty(RUN, { cwd, env: { TERM: 'dumb' } });
    expect(await pty.ended).toEqual({ code: 0 });
    expect(pty.raw()).toMatch(/^starting\r$/m);
    expect(pty.raw()).toMatch(/^shop: 1 invocation .*\r$/m);
    expect(pty.raw()).not.toContain('\x1b');
  });
});
