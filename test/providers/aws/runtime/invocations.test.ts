import { describe, expect, it } from 'vitest';
import type { LogEvent } from '../../../../src/providers/aws/runtime/attribution.ts';
import { openInvocations } from '../../../../src/providers/aws/runtime/invocations.ts';
import type { Invocation } from '../../../../src/workflow/invocation.ts';
import { at, ended, JOIN, LAMBDA, line, readGroups, SPLIT, START_OF_DAY, started } from './log-lines.ts';

const INPUT = { input: { uri: 's3://shop/in/a.txt', size: 5 } };
const { request } = LAMBDA;

const clock = () => START_OF_DAY;

async function invocations(
  events: LogEvent[],
  { since, nowMs = 60_000 }: { since?: number; nowMs?: number } = {},
): Promise<readonly Invocation[]> {
  const read = readGroups([{ source: SPLIT, events }]);
  const from = since === undefined ? undefined : START_OF_DAY + since;
  return openInvocations({ read, clock: () => START_OF_DAY + nowMs })([SPLIT], from);
}

describe('openInvocations', () => {
  it('reads what the supervisor wrote', async () => {
    const output = { uri: 's3://shop/out/a.txt', size: 7 };
    const end = { ...INPUT, outputs: [output], exitCode: 0 };
    expect(
      await invocations([
        line(0, LAMBDA.start()),
        line(1, started('one', 1, INPUT)),
        line(2, 'hello'),
        line(900, `${ended('one', [1, 900], end)}\n`),
        line(901, LAMBDA.end()),
        line(902, LAMBDA.report()),
      ]),
    ).toEqual([
      {
        id: 'one',
        step: 'split',
        status: 'succeeded',
        ...INPUT,
        outputs: [output],
        startedAt: at(1),
        endedAt: at(900),
        durationMs: 899,
        exitCode: 0,
        billed: { milliseconds: 3000, memoryMib: 128, requests: 1 },
      },
    ]);
  });

  it('knows what is charged for each, in whatever order lines come, and not of requests that it has not seen begin', async () => {
    const other = `1${request.slice(1)}`;
    const found = await invocations([
      line(0, LAMBDA.report(other)),
      line(1, LAMBDA.start(other)),
      line(1, LAMBDA.start(request), 'b'),
      line(2, started('one', 2, INPUT)),
      line(2, started('two', 2, INPUT), 'b'),
      line(3, LAMBDA.report(other)),
      line(4, LAMBDA.report(request), 'b'),
      line(5, ended('one', [2, 5], INPUT)),
      line(5, ended('two', [2, 5], INPUT), 'b'),
    ]);
    const billed = { milliseconds: 3000, memoryMib: 128, requests: 1 };
    expect(found).toMatchObject([
      { id: 'one', status: 'succeeded', billed },
      { id: 'two', status: 'succeeded', billed },
    ]);
  });

  it('gathers outputs that are in several records', async () => {
    const objects = ['x', 'y', 'z'].map((key) => ({ uri: `s3://shop/out/${key}`, size: 1 }));
    const list = (outputs: object[]) =>
      JSON.stringify({ fdl: 'outputs', workflow: 'shop', step: 'split', invocation: 'one', outputs });
    const found = await invocations([
      line(1, started('one', 1, INPUT)),
      line(2, list(objects.slice(0, 1))),
      line(2, list(objects.slice(1, 2))),
      line(3, ended('one', [1, 3], { ...INPUT, outputs: objects.slice(2) })),
    ]);
    expect(found).toMatchObject([{ id: 'one', status: 'succeeded', outputs: objects }]);
  });

  it('tells the same whether records arrive late, in another order, or twice', async () => {
    const [x, y] = ['x', 'y'].map((key) => ({ uri: `s3://shop/out/${key}`, size: 1 }));
    const list = JSON.stringify({
      ...{ fdl: 'outputs', workflow: 'shop', step: 'split', invocation: 'one' },
      outputs: [x],
    });
    const records = [started('one', 1, INPUT), list, ended('one', [1, 3], { ...INPUT, outputs: [y] })];
    const orders = [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
      [2, 0, 1, 2, 1, 0],
    ];
    for (const order of orders) {
      const lines = order.map((number, at) => line(10 + at, records[number] ?? ''));
      const [one, ...others] = await invocations(lines);
      expect(others).toEqual([]);
      expect(one).toMatchObject({ status: 'succeeded', startedAt: at(1), endedAt: at(3), ...INPUT });
      expect(new Set(one?.outputs)).toEqual(new Set([x, y]));
      expect(one?.outputs).toHaveLength(2);
    }
  });

  it('takes what has no end for running, until it takes longer than it may', async () => {
    const events = [line(0, LAMBDA.start()), line(1, started('one', 1, INPUT))];
    expect(await invocations(events)).toMatchObject([{ id: 'one', status: 'running', ...INPUT }]);
    expect(await invocations(events, { nowMs: 961_000 })).toMatchObject([{ id: 'one', status: 'timed-out' }]);
  });

  it.each([
    ['timed-out', [LAMBDA.timedOut(), LAMBDA.end(), LAMBDA.report(request, 'Status: timeout')], /\(3 s\)/],
    ['timed-out', [LAMBDA.end(), LAMBDA.report(request, 'Status: timeout'), LAMBDA.timedOut()], /\(3 s\)/],
    ['timed-out', [LAMBDA.report(request, 'Status: timeout')], /timeout of its function/],
    ['failed', [LAMBDA.crashed(), LAMBDA.report()], /signal: killed/],
    [
      'failed',
      [LAMBDA.crashed(), LAMBDA.report(request, 'Status: error\tError Type: Runtime.OutOfMemory')],
      /ran out of the memory/,
    ],
  ] as const)('ends what AWS Lambda ended as %s: %j', async (status, lines, reason) => {
    const events = [line(0, LAMBDA.start()), line(1, started('one', 1, INPUT))];
    const rest = lines.map((text) => line(3000, text));
    const [found, ...more] = await invocations([...events, ...rest]);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ id: 'one', status, ...INPUT, endedAt: at(3000), durationMs: 2999 });
    expect(found?.reason).toMatch(reason);
  });

  it('believes an invocation what it says of its own end', async () => {
    const end = { ...INPUT, status: 'failed', exitCode: 3, reason: 'the script ended with exit code 3' };
    const found = await invocations([
      line(0, LAMBDA.start()),
      line(1, started('one', 1, INPUT)),
      line(5, ended('one', [1, 5], end)),
      line(6, LAMBDA.report(request, 'Status: error\tError Type: ScriptFailed')),
    ]);
    expect(found).toMatchObject([{ id: 'one', status: 'failed', exitCode: 3, reason: end.reason }]);
  });

  it('keeps sandboxes apart that write at the same time', async () => {
    const found = await invocations([
      line(0, LAMBDA.start('r1'), 'a'),
      line(1, LAMBDA.start('r2'), 'b'),
      line(2, started('one', 2), 'a'),
      line(3, started('two', 3), 'b'),
      line(4, LAMBDA.report('r1', 'Status: timeout'), 'a'),
      line(5, ended('two', [3, 5]), 'b'),
    ]);
    expect(found.map(({ id, status }) => [id, status])).toEqual([
      ['one', 'timed-out'],
      ['two', 'succeeded'],
    ]);
  });

  it('names a request that no invocation came of after itself, and says why it could not start', async () => {
    const found = await invocations([
      line(0, LAMBDA.init),
      line(1, 'fdl supervisor: the parameter cannot be read'),
      line(2, 'INIT_REPORT Init Duration: 3 ms\tPhase: init\tStatus: error\tError Type: ConfigInvalid'),
      line(3, LAMBDA.start()),
      line(4, LAMBDA.end()),
      line(5, LAMBDA.report(request, 'Status: error\tError Type: ConfigInvalid')),
      line(9, LAMBDA.start('r2')),
      line(10, started('one', 10)),
    ]);
    const reason = 'it could not start: the parameter cannot be read';
    expect(found).toMatchObject([
      { id: request, status: 'failed', reason, durationMs: 0 },
      { id: 'one', status: 'running' },
    ]);
    expect(found[0]?.input).toBeUndefined();
  });

  it('says nothing of requests that began before it looks, of warming up, and of other workflows', async () => {
    const found = await invocations(
      [
        line(0, LAMBDA.start('early')),
        line(5, started('early', 5)),
        line(10, LAMBDA.report('early', 'Status: timeout')),
        line(11, ended('late', [5, 11])),
        line(12, LAMBDA.start('warm')),
        line(13, LAMBDA.report('warm')),
        line(14, started('other', 14, {}, 'another')),
        line(15, started('mine', 15)),
        line(16, '{"fdl":"start","invocation":"cut'),
        line(17, '{"fdl":"dance","invocation":"x"}'),
      ],
      { since: 7 },
    );
    expect(found.map(({ id }) => id)).toEqual(['mine']);
  });

  it('tells what was handed over to a job, and does not take unknown ends for success', async () => {
    const found = await invocations([
      line(1, ended('one', [0, 1], { status: 'delegated', job: 'job-7' })),
      line(2, ended('two', [1, 2], { status: 'exploded' })),
    ]);
    expect(found).toMatchObject([
      { status: 'delegated', reason: 'the job job-7 goes on with it' },
      { status: 'failed' },
    ]);
  });

  it('reads what is new when it is asked again, and knows the rest', async () => {
    const events = [line(0, LAMBDA.start()), line(100_000, started('one', 100_000))];
    const queries: { from?: number }[] = [];
    const ask = openInvocations({ read: readGroups([{ source: SPLIT, events }], queries), clock });
    expect(await ask([SPLIT], START_OF_DAY)).toMatchObject([{ id: 'one', status: 'running' }]);
    events.push(line(99_000, started('late', 99_000), 'b'), line(200_000, ended('one', [100_000, 200_000])));
    expect(await ask([SPLIT], START_OF_DAY)).toMatchObject([
      { id: 'late', status: 'running' },
      { id: 'one', status: 'succeeded' },
    ]);
    expect(queries.map(({ from = 0 }) => from - START_OF_DAY)).toEqual([0, 40_000]);
    await ask([SPLIT], START_OF_DAY);
    expect(queries.at(-1)?.from).toBe(START_OF_DAY + 140_000);
  });

  it('orders the invocations of all steps by their start', async () => {
    const read = readGroups([
      { source: SPLIT, events: [line(1, started('one', 1)), line(9, started('three', 9))] },
      { source: JOIN, events: [line(5, started('two', 5))] },
    ]);
    const found = await openInvocations({ read, clock })([SPLIT, JOIN], undefined);
    expect(found.map(({ id, step }) => `${id} ${step}`)).toEqual(['one split', 'two join', 'three split']);
  });
});
