/** What a real terminal shows of names and texts that others chose: nothing steers it, and what is copied stands whole. */
import { describe, expect, it } from 'vitest';
import { needs } from '../standins/need.ts';
import { fdl } from './fdl.ts';
import { endedOf, type StepText, shop, UPPER } from './project.ts';
import { fdlInPty } from './pty.ts';

const HERE = ['--local', '--engine', 'host'];
const RUN = ['run', 'workflow.yaml', 'in', ...HERE];

/** Clears the screen, sets the title, turns text around, goes back to the start of the line; then paints. */
const HOSTILE: StepText = {
  ...UPPER,
  script: `printf 'a\\033[2Jb\\033]0;stolen\\007c\\n'
printf 'good\\rbad \\342\\200\\256txt \\302\\2332J\\n'
printf '\\033[32mgreen\\n'
exit 3`,
};

/** Control characters that are no line ends and no colours of letters. */
const STEERING = new RegExp(
  [
    '\\x1b(?!\\[[\\d;]*m|\\[\\?25[hl])',
    '[\\0-\\x08\\x0b\\x0c\\x0e-\\x1a\\x1c-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069]',
    '\\r(?!\\n)',
  ].join('|'),
);

describe.skipIf(!needs('python3'))('control characters of others', () => {
  it('are seen on a terminal and do nothing there; on a pipe they stay as they are', async () => {
    const cwd = shop([HOSTILE], { 'x\x1b[1mn\x07\u202e.txt': 'abc' });
    await fdl(RUN, { cwd });
    for (const line of [
      ['logs', 'workflow.yaml', '--local'],
      ['status', 'workflow.yaml', '--local'],
    ]) {
      const pty = await fdlInPty(line, { cwd, columns: 200 });
      expect(await pty.ended).toEqual({ code: 0 });
      expect(pty.raw()).not.toMatch(STEERING);
      expect(await pty.screen()).toContain('x');
      const json = await fdlInPty([...line, '--json'], { cwd, columns: 200 });
      await json.ended;
      expect(json.raw()).not.toMatch(STEERING);
    }
    const logs = await fdlInPty(['logs', 'workflow.yaml', '--local'], { cwd, columns: 200 });
    await logs.ended;
    const screen = await logs.screen();
    expect(screen).toContain('a\\x1b[2Jb\\x1b]0;stolen\\x07c');
    expect(screen).toContain('good\\x0dbad \\u202etxt \\x9b2J');
    expect(logs.raw()).toContain('\x1b[32mgreen\x1b[0m');
    const piped = await fdl(['logs', 'workflow.yaml', '--local'], { cwd });
    expect(piped.stdout).toContain('a\x1b[2Jb\x1b]0;stolen\x07c\n');
  });

  it('do nothing in what run says of a failure either', async () => {
    const cwd = shop([HOSTILE], { 'a.txt': 'abc' });
    const pty = await fdlInPty(RUN, { cwd, env: { TERM: 'dumb' } });
    expect(await pty.ended).toEqual({ code: 1 });
    expect(pty.raw()).not.toMatch(STEERING);
    expect(pty.raw()).toContain('a\\x1b[2Jb');
  });
});

describe.skipIf(!needs('python3'))('status', () => {
  it.each([40, 80, 200])('keeps ids whole on one line of %i columns', async (columns) => {
    const inputs = { [`${'long-name-'.repeat(12)}.csv`]: 'abc', 'b.txt': 'x' };
    const cwd = shop([UPPER], inputs);
    await fdl(RUN, { cwd });
    const pty = await fdlInPty(['status', 'workflow.yaml', '--local'], { cwd, columns });
    await pty.ended;
    const lines = (await pty.screen()).split('\n');
    for (const { id } of endedOf(cwd)) expect(lines.filter((line) => line.includes(id))).toHaveLength(1);
    // What ends a name tells one from another.
    expect(lines.join('\n')).toMatch(/name-\.csv/);
    expect(lines.join('\n')).toContain('s3://shop/in/b.txt');
    const written = pty.raw().split('\r\n');
    expect(lines.length, 'no line is wrapped').toBeLessThanOrEqual(written.length);
    const piped = await fdl(['status', 'workflow.yaml', '--local'], { cwd });
    expect(piped.stdout).toContain(`s3://shop/in/${'long-name-'.repeat(12)}.csv`);
  });
});
