import { describe, expect, it } from 'vitest';
import { masker } from '../../src/secret.ts';
import { direct, notes, records, testStep, written } from './step.ts';

describe('the log', () => {
  it('has one record at the start and one at the end, around the script’s own lines', async () => {
    const step = testStep('echo out; exit 2');
    const result = await step.handle(step.put('a', 'xyz'), 'id-1');
    expect(step.lines.map(({ stream }) => stream)).toEqual(['supervisor', 'stdout', 'supervisor']);
    const { startedAt, endedAt, durationMs } = result;
    expect(records(step)).toEqual([
      {
        fdl: 'start',
        workflow: 'w',
        step: 's',
        invocation: 'id-1',
        input: { uri: 's3://in/a', size: 3 },
        startedAt,
      },
      {
        fdl: 'end',
        workflow: 'w',
        step: 's',
        invocation: 'id-1',
        input: { uri: 's3://in/a', size: 3, etag: expect.any(String) },
        outputs: [],
        status: 'failed',
        startedAt,
        endedAt,
        durationMs,
        exitCode: 2,
        reason: 'the script ended with exit code 2',
        usage: { ...result.usage, bytesIn: 3, bytesOut: 0 },
        span: {
          traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
          spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
        },
      },
    ]);
    expect(step.lines[1]).toMatchObject({ step: 's', invocation: 'id-1', message: 'out' });
  });

  it('lists many outputs in records that no log cuts', async () => {
    const names = 'name-that-is-long-enough-to-fill-a-line-with-a-thousand-of-them';
    const step = testStep(`i=0; while [ $i -lt 1200 ]; do : > $TMP_OUTPUT_DIR/${names}-$i; i=$((i+1)); done`);
    const { outputs } = await step.handle(step.put('a', ''));
    const found = records(step) as unknown as { fdl: string; outputs?: object[] }[];
    expect(found.map(({ fdl }) => fdl)).toEqual(['start', 'outputs', 'outputs', 'end']);
    expect(found.flatMap((record) => record.outputs ?? [])).toEqual(outputs);
    expect(outputs).toHaveLength(1200);
    for (const record of found) expect(JSON.stringify(record).length).toBeLessThan(60_000);
  });

  it('shows no secret in what is for people, and names files as they are', async () => {
    const secretEnvironment = { TOKEN: 'very-secret' };
    const mask = masker(['very-secret']);
    const step = testStep(
      'echo "token: $TOKEN"; echo "$TOKEN" >&2; : > $TMP_OUTPUT_DIR/$TOKEN',
      {},
      { mask, secretEnvironment },
    );
    await step.handle(step.put('very-secret.txt', ''));
    expect(JSON.stringify([...written(step), ...notes(step)])).not.toContain('very-secret');
    expect(records(step).at(-1)).toMatchObject({
      input: { uri: 's3://in/very-secret.txt' },
      outputs: [{ uri: 's3://out/res/very-secret' }],
    });
    expect(written(step).toSorted()).toEqual(['(secret)', 'token: (secret)']);
    const missing = await step.handle({
      ...direct('x'),
      source: { kind: 'object', provider: 's3', bucket: 'very-secret', key: 'k' },
    });
    expect(missing.reason).toBe('there is no bucket "(secret)"');
  });

  it('has the notes that the level of the step asks for', async () => {
    const script = 'echo a > $TMP_OUTPUT_DIR/a; ln -s /etc $TMP_OUTPUT_DIR/b';
    const quiet = testStep(script, { logLevel: 'error' });
    await quiet.handle(quiet.put('x', ''));
    expect([notes(quiet), records(quiet).length]).toEqual([[], 2]);
  });

  it('has what is to be known of the event', async () => {
    const step = testStep('true');
    await step.handle({ ...direct('x'), notes: ['something was ignored'] });
    await step.handle({ ...direct('x'), event: 'x'.repeat(200_000) });
    expect(notes(step)).toEqual([
      'something was ignored',
      'the event is too long for the variable EVENT, which is not set',
    ]);
  });
});
