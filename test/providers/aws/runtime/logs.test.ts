import { describe, expect, it } from 'vitest';
import { readLogs } from '../../../../src/providers/aws/runtime/logs.ts';
import type { LogQuery } from '../../../../src/providers/runtime.ts';
import type { LogLine } from '../../../../src/workflow/invocation.ts';
import {
  at,
  ended,
  type Group,
  JOIN,
  LAMBDA,
  line,
  readGroups,
  SPLIT,
  START_OF_DAY,
  started,
} from './log-lines.ts';

const { request } = LAMBDA;

function talk(): Group {
  const events = [
    line(0, LAMBDA.init),
    line(1, LAMBDA.start()),
    line(2, started('one', 2)),
    line(3, 'working\n'),
    line(5, ended('one', [2, 5])),
    line(6, LAMBDA.end()),
    line(7, LAMBDA.report()),
    line(10, LAMBDA.start('r2')),
    line(11, started('two', 11)),
    line(12, 'working again\n'),
    line(13, LAMBDA.timedOut('r2')),
    line(14, LAMBDA.report('r2', 'Status: timeout')),
  ];
  return { source: SPLIT, events };
}

interface Setting {
  readonly groups: readonly Group[];
  readonly signal?: AbortSignal;
  /** What happens between two looks. */
  readonly meanwhile?: (look: number) => void;
  readonly queries?: unknown[];
}

async function logs(query: LogQuery, setting: Setting = { groups: [talk()] }): Promise<LogLine[]> {
  const { groups, signal = new AbortController().signal, meanwhile, queries } = setting;
  let looks = 0;
  const delay = async () => {
    looks += 1;
    meanwhile?.(looks);
    signal.throwIfAborted();
  };
  const options = { read: readGroups(groups, queries), signal, delay, clock: () => START_OF_DAY };
  const found: LogLine[] = [];
  for await (const each of readLogs(
    groups.map(({ source }) => source),
    query,
    options,
  ))
    found.push(each);
  return found;
}

const brief = ({ invocation, stream, message }: LogLine) => `${invocation} ${stream} ${message}`;

describe('readLogs', () => {
  it('shows what scripts and the supervisor wrote, with the invocation it belongs to', async () => {
    const found = await logs({});
    expect(found.map(brief)).toEqual([
      `one supervisor ${started('one', 2)}`,
      'one stdout working',
      `one supervisor ${ended('one', [2, 5])}`,
      `two supervisor ${started('two', 11)}`,
      'two stdout working again',
      expect.stringContaining('two supervisor 2026-03-01T08:00:03.000Z r2 Task timed out after 3.00 seconds'),
    ]);
    expect(found[1]).toEqual({
      time: at(3),
      step: 'split',
      invocation: 'one',
      stream: 'stdout',
      message: 'working',
    });
  });

  it('says in words what only a report tells', async () => {
    const events = [
      line(1, LAMBDA.start()),
      line(2, started('one', 2)),
      line(3, LAMBDA.report(request, 'Status: error\tError Type: Runtime.OutOfMemory')),
    ];
    const found = await logs({}, { groups: [{ source: SPLIT, events }] });
    expect(found.map(brief).at(-1)).toBe('one supervisor it ran out of the memory of its function (128 MB)');
  });

  it('merges the steps by time', async () => {
    const join: Group = { source: JOIN, events: [line(4, 'between'), line(20, 'last')] };
    const found = await logs({}, { groups: [talk(), join] });
    expect(found.map(({ time }) => time)).toEqual(found.map(({ time }) => time).sort());
    const names = found.map(({ step }) => step);
    expect(names).toEqual(['split', 'split', 'join', 'split', 'split', 'split', 'split', 'join']);
  });

  it('filters by text, by time and by invocation', async () => {
    expect((await logs({ filter: 'again' })).map(brief)).toEqual(['two stdout working again']);
    expect((await logs({ filter: 'AGAIN' })).map(brief)).toEqual([]);
    expect((await logs({ since: at(12) })).map(({ time }) => time)).toEqual([at(12), at(13)]);
    expect((await logs({ invocation: 'one', filter: 'working' })).map(brief)).toEqual(['one stdout working']);
    expect(await logs({ invocation: 'three' })).toEqual([]);
  });

  it('knows whose lines they are that follow a start before --since', async () => {
    expect((await logs({ since: at(3) })).map(brief)[0]).toBe('one stdout working');
  });

  it('reads only the stream and the time of an invocation that is asked for', async () => {
    const queries: { stream?: string; from?: number; to?: number; structured?: boolean }[] = [];
    const found = await logs({ invocation: 'one' }, { groups: [talk()], queries });
    expect(found).toHaveLength(3);
    expect(queries.filter(({ structured }) => !structured)).toEqual([
      { group: SPLIT.group, stream: 'a', from: START_OF_DAY + 2, to: START_OF_DAY + 1007 },
    ]);
  });

  it('shows each line once that arrives while it follows, also those that arrive late', async () => {
    const group: Group = { source: SPLIT, events: [line(1, LAMBDA.start()), line(2, started('one', 2))] };
    const other: Group = { source: JOIN, events: [] };
    const controller = new AbortController();
    const meanwhile = (look: number) => {
      if (look === 1) group.events.push(line(50, 'first'), line(51, 'first'));
      if (look === 2) {
        other.events.push(line(30, 'of another step'));
        group.events.push(line(40, 'late, of another sandbox', 'b'), line(52, 'second'));
      }
      if (look === 4) controller.abort();
    };
    const setting = { groups: [group, other], signal: controller.signal, meanwhile };
    const found = await logs({ follow: true }, setting);
    expect(found.slice(1).map(brief)).toEqual([
      'one stdout first',
      'one stdout first',
      ' stdout of another step',
      ' stdout late, of another sandbox',
      'one stdout second',
    ]);
  });

  it('goes on with the latest minute, of which each line was shown already', async () => {
    const minute = 60_000;
    const events = Array.from({ length: 12_000 }, (_, index) => line(index * 10, `line ${index}`));
    const group: Group = { source: SPLIT, events };
    const controller = new AbortController();
    const queries: { from?: number }[] = [];
    const meanwhile = (look: number) => {
      if (look === 2) controller.abort();
    };
    const found = await logs(
      { follow: true },
      { groups: [group], signal: controller.signal, meanwhile, queries },
    );
    expect(found).toHaveLength(12_000);
    expect(queries.at(-1)?.from).toBe(START_OF_DAY + 119_990 - minute);
  });

  it('ends where nobody follows any more, and fails where reading fails', async () => {
    const broken = async function* (): AsyncGenerator<never> {
      yield* [];
      throw new Error('denied');
    };
    const options = { read: broken, signal: new AbortController().signal, clock: Date.now };
    await expect(readLogs([SPLIT], {}, options).next()).rejects.toThrow('denied');
    await expect(readLogs([SPLIT], { follow: true }, options).next()).rejects.toThrow('denied');
    await expect(
      readLogs([SPLIT], { follow: true }, { ...options, signal: AbortSignal.abort() }).next(),
    ).resolves.toMatchObject({ done: true });
  });
});
