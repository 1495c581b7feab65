import { appendFileSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { LocalHome } from '../../../src/providers/local/home.ts';
import { type FollowQuery, openLog, readLog } from '../../../src/providers/local/log-file.ts';
import type { LogLine } from '../../../src/workflow/invocation.ts';
import { newHome } from './samples.ts';

const BASE: LogLine = {
  time: '2026-01-01T00:00:00.000Z',
  step: 'a',
  invocation: 'a-1',
  stream: 'stdout',
  message: 'x',
};

const LINES: readonly LogLine[] = [
  { ...BASE, message: 'first' },
  {
    ...BASE,
    time: '2026-01-02T00:00:00.000Z',
    step: 'b',
    invocation: 'b-1',
    message: 'second ☃ \u2028 line',
  },
  {
    ...BASE,
    time: '2026-01-03T00:00:00.000Z',
    invocation: 'a-2',
    stream: 'stderr',
    message: 'third\rreturn',
  },
];

function logWith(lines: readonly LogLine[]): LocalHome {
  const home = newHome();
  const log = openLog(home);
  for (const line of lines) log.write(line);
  log.close();
  return home;
}

async function messages(home: LocalHome, query: Partial<FollowQuery> = {}): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { message } of readLog(home, { signal: new AbortController().signal, ...query }))
    found.push(message);
  return found;
}

describe('the log', () => {
  it('gives back what was written, in that order', async () => {
    expect(await messages(logWith(LINES))).toEqual(LINES.map(({ message }) => message));
    expect(await messages(newHome())).toEqual([]);
  });

  it('is written by the end of the turn, at once where much comes', async () => {
    const home = newHome();
    const log = openLog(home);
    log.write(BASE);
    expect(readFileSync(home.log, 'utf8')).toBe('');
    await new Promise((resolve) => setImmediate(resolve));
    expect(await messages(home)).toEqual(['x']);
    for (let line = 0; line < 2000; line += 1) log.write(BASE);
    expect((await messages(home)).length).toBeGreaterThan(1000);
    log.close();
    expect(await messages(home)).toHaveLength(2001);
  });

  it.each<[string, Partial<FollowQuery>, readonly string[]]>([
    ['a step', { step: 'b' }, ['second ☃ \u2028 line']],
    ['an invocation', { invocation: 'a-2' }, ['third\rreturn']],
    ['a text', { filter: 'ir' }, ['first', 'third\rreturn']],
    [
      'a time, that time included',
      { since: '2026-01-02T00:00:00.000Z' },
      ['second ☃ \u2028 line', 'third\rreturn'],
    ],
    ['several of them', { step: 'a', filter: 'third' }, ['third\rreturn']],
    ['nothing that matches', { step: 'c' }, []],
  ])('is filtered by %s', async (_what, query, expected) => {
    expect(await messages(logWith(LINES), query)).toEqual(expected);
  });

  it('leaves out a line that is not complete, or is none', async () => {
    const home = logWith(LINES.slice(0, 1));
    appendFileSync(home.log, `no json\n${JSON.stringify({ ...BASE, message: 'whole' })}\n{"time":"`);
    expect(await messages(home)).toEqual(['first', 'whole']);
  });
});

describe('a log that is followed', () => {
  it('goes on with what is written later, a line when it is whole, until the signal', async () => {
    const home = newHome();
    const controller = new AbortController();
    const lines = readLog(home, { follow: true, signal: controller.signal });
    const log = openLog(home);
    log.write({ ...BASE, message: 'first ☃' });
    log.close();
    expect((await lines.next()).value).toMatchObject({ message: 'first ☃' });
    const text = `${JSON.stringify({ ...BASE, message: 'second ☃' })}\n`;
    const bytes = Buffer.from(text);
    const next = lines.next();
    appendFileSync(home.log, bytes.subarray(0, bytes.length - 4));
    await new Promise((resolve) => setImmediate(resolve));
    appendFileSync(home.log, bytes.subarray(bytes.length - 4));
    expect((await next).value).toMatchObject({ message: 'second ☃' });
    const end = lines.next();
    controller.abort();
    expect(await end).toEqual({ done: true, value: undefined });
  });
});
