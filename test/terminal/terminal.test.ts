import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Secret } from '../../src/secret.ts';
import { plain, styleFor } from '../../src/terminal/style.ts';
import { createTerminal, type Streams } from '../../src/terminal/terminal.ts';

/** What moves the cursor of a terminal. */
const CURSOR = { cursorTo: () => true, clearLine: () => true, moveCursor: () => true };

/** A terminal on streams that remember what is written. */
function open({
  tty = false,
  env = {},
  json = false,
}: {
  tty?: boolean;
  env?: Record<string, string>;
  json?: boolean;
} = {}) {
  const stream = () => Object.assign(new PassThrough(), { isTTY: tty, columns: 100, ...CURSOR });
  const streams = { stdin: stream(), stdout: stream(), stderr: stream() };
  const terminal = createTerminal(streams as unknown as Streams, env, { json });
  const written = (name: 'stdout' | 'stderr') => String(streams[name].read() ?? '');
  return { terminal, ...streams, written };
}

describe('colours', () => {
  const paints = (tty: boolean, env: Record<string, string>) =>
    styleFor({ isTTY: tty }, env)('red', 'x') !== 'x';

  it.each<[boolean, Record<string, string>, boolean]>([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '1' }, true],
    [false, { FORCE_COLOR: '0' }, false],
    [true, { FORCE_COLOR: '0' }, true],
    [true, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('on a terminal: %s, with %j: %s', (tty, env, painted) => {
    expect(paints(tty, env)).toBe(painted);
  });

  it('are never in JSON', () => {
    expect(open({ tty: true, json: true }).terminal.outStyle).toBe(plain);
  });
});

describe('the terminal', () => {
  it('writes data to stdout, and all else to stderr', () => {
    const { terminal, written } = open();
    terminal.out('data');
    terminal.note('progress');
    expect([written('stdout'), written('stderr')]).toEqual(['data\n', 'progress\n']);
  });

  it('writes one document and no text where JSON is wanted', () => {
    const { terminal, written } = open({ json: true });
    terminal.out('text');
    terminal.data({ a: [1, 'x'] });
    expect(written('stdout')).toBe('{"a":[1,"x"]}\n');
  });

  it('hides secrets in texts, in those of JSON too, but not in names', () => {
    const secret = 'quote"and\\slash';
    const { terminal, written } = open();
    terminal.hide([secret, 'abc', 'abcd']);
    terminal.out(`out ${secret} abc`);
    terminal.note(`note ${secret}`);
    terminal.data({ text: `in ${secret}`, log: [secret], uri: 's3://abcd/x', own: new Secret('other') });
    expect(written('stdout')).toBe(
      'out (secret) abc\n{"text":"in (secret)","log":["(secret)"],"uri":"s3://abcd/x","own":"(secret)"}\n',
    );
    expect(written('stderr')).toBe('note (secret)\n');
    expect(terminal.mask(secret)).toBe('(secret)');
  });

  it.each<[boolean, Record<string, string>, boolean]>([
    [true, {}, true],
    [false, {}, false],
    [true, { CI: '1' }, false],
    [true, { CI: 'false' }, true],
  ])('can ask on a terminal: %s, with %j: %s', (tty, env, interactive) => {
    expect(open({ tty, env }).terminal.interactive).toBe(interactive);
  });

  it.each([
    ['y', true],
    ['YES', true],
    [' yes ', true],
    ['', false],
    ['n', false],
    ['yep', false],
  ])('takes only a clear yes for one: "%s"', async (answer, agreed) => {
    const { terminal, stdin, written } = open({ tty: true });
    const asked = terminal.confirm('Do this?');
    stdin.write(`${answer}\n`);
    expect(await asked).toBe(agreed);
    expect(written('stderr')).toContain('Do this? [y/N] ');
  });

  it('says every half minute how far work is where nobody looks, and nothing of what is done before', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { terminal, written } = open();
    terminal.hide(['hidden-text']);
    const progress = await terminal.progress({ line: '0 done', since: performance.now() });
    vi.advanceTimersByTime(20_000);
    progress.update({ line: '1 done of hidden-text', since: 0 });
    expect(written('stderr')).toBe('');
    vi.advanceTimersByTime(20_000);
    expect(written('stderr')).toMatch(/^1 done of \(secret\) · \d.*\n$/);
    vi.advanceTimersByTime(15_000);
    expect(written('stderr')).toBe('');
    vi.advanceTimersByTime(20_000);
    expect(written('stderr')).toMatch(/^1 done.*\n$/);
    progress.stop();
    vi.advanceTimersByTime(100_000);
    expect(written('stderr')).toBe('');
    expect(written('stdout')).toBe('');
  });

  it('shows a moving line on a terminal, without secrets, and takes it away', async () => {
    const { terminal, written } = open({ tty: true, env: { TERM: 'xterm' } });
    terminal.hide(['hidden-text']);
    const progress = await terminal.progress({ line: 'working' });
    progress.update({ line: 'with hidden-text' });
    expect(written('stderr')).toContain('working');
    terminal.note('a note');
    progress.stop();
    const rest = written('stderr');
    expect(rest).toContain('a note\n');
    expect(rest).not.toContain('hidden-text');
  });
});
