import { describe, expect, it } from 'vitest';
import {
  type Answer,
  answerTo,
  type Host,
  type HostEvent,
  serve,
} from '../../../src/supervisor/hosts/host.ts';
import type { Runner } from '../../../src/supervisor/script.ts';
import { objectTask } from '../../../src/supervisor/task.ts';
import { testStep } from '../step.ts';

/** A host with these events, which keeps the answers. */
function hostOf(...events: readonly HostEvent[]) {
  const answers: Answer[] = [];
  const host: Host = {
    answerBytes: 1000,
    events: async function* () {
      for (const [index, event] of events.entries()) {
        expect(answers).toHaveLength(index);
        yield event;
      }
    },
    answer: async (_event, answer) => {
      answers.push(answer);
    },
  };
  return { host, answers };
}

function recordsOf(...keys: readonly string[]): unknown {
  const records = keys.flatMap((key) => {
    const object = {
      store: 's3.default',
      kind: 's3',
      bucket: 'in',
      key,
      size: key.endsWith('/') ? 0 : 1,
      etag: 'e',
      time: 'now',
    } as const;
    return JSON.parse(objectTask(object).event).Records;
  });
  return { Records: records };
}

describe('serve', () => {
  it('answers every event before it asks for the next, and says whether all went well', async () => {
    const step = testStep('grep -q good "$INPUT_FILE_PATH"');
    const good = hostOf({ event: { a: 'good' } }, { event: 'all good' });
    expect(await serve(good.host, step.config, step.deps)).toBe(true);
    const bad = hostOf({ event: 'all bad' }, { event: 'all good' });
    expect(await serve(bad.host, step.config, step.deps)).toBe(false);
    expect(bad.answers.map(({ ok }) => ok)).toEqual([false, true]);
  });
});

describe('answerTo', () => {
  it('leaves out objects whose names the input does not take, and says so', async () => {
    const inputs = [{ store: 's3.default', bucket: 'in', prefix: 'new', suffixes: ['.csv'] }];
    const step = testStep('cp "$INPUT_FILE_PATH" $TMP_OUTPUT_DIR', { inputs });
    for (const key of ['new/a.csv', 'new/b.txt', 'elsewhere/c.txt']) step.put(key, key);
    const event = recordsOf('new/a.csv', 'new/b.txt', 'elsewhere/c.txt');
    const { ok, results } = await answerTo({ event }, step.config, step.deps, 0);
    expect([ok, results.length]).toEqual([true, 2]);
    expect(Object.keys(step.stored())).toEqual(['res/a.csv', 'res/c.txt']);
    const said = step.lines.filter(({ message }) => message.includes('left out'));
    expect(said.map(({ message }) => message)).toEqual([
      's3://in/new/b.txt is left out: the input takes names that end with .csv',
    ]);
  });

  it('handles all records, and is not well when one of them is not', async () => {
    const step = testStep('cp "$INPUT_FILE_PATH" $TMP_OUTPUT_DIR; grep -q good "$INPUT_FILE_PATH"');
    step.put('a', 'good');
    step.put('b', 'bad');
    step.put('c', 'good');
    const answer = await answerTo({ event: recordsOf('a', 'b', 'c') }, step.config, step.deps, 100);
    expect(answer.ok).toBe(false);
    expect(answer.results.map(({ status }) => status)).toEqual(['succeeded', 'failed', 'succeeded']);
    expect(answer).not.toHaveProperty('body');
    expect(Object.keys(step.stored())).toEqual(['res/a', 'res/c']);
  });

  it('answers a direct call with what the script writes, up to a limit', async () => {
    const step = testStep('printf 12345');
    expect(await answerTo({ event: 'x' }, step.config, step.deps, 3)).toMatchObject({
      ok: true,
      body: Buffer.from('123'),
      results: [{ stdoutCut: true }],
    });
  });

  it('passes on id and deadline of the request', async () => {
    const runner: Runner = ({ signal, env }) => {
      const stdout = Buffer.from(env['AWS_LAMBDA_REQUEST_ID'] ?? '');
      return new Promise((resolve) => signal?.addEventListener('abort', () => resolve({ code: 0, stdout })));
    };
    const step = testStep('', {}, { runner });
    const event = { event: 'x', requestId: 'r-1', deadline: Date.now() + 200 };
    const answer = await answerTo(event, step.config, step.deps, 100);
    expect(answer.results).toMatchObject([{ status: 'timed-out', stdout: Buffer.from('r-1') }]);
  });

  it.each(['folder/..', 'folder/.'])('refuses %s, which is no file', async (key) => {
    const step = testStep('exit 0');
    const answer = await answerTo({ event: recordsOf(key) }, step.config, step.deps, 0);
    expect(answer).toMatchObject({
      ok: false,
      results: [{ status: 'failed', reason: expect.stringContaining(JSON.stringify(key)) }],
    });
  });

  it('has nothing to do for a placeholder of a folder', async () => {
    const step = testStep('exit 1');
    expect(await answerTo({ event: recordsOf('folder/') }, step.config, step.deps, 0)).toEqual({
      ok: true,
      results: [],
    });
  });

  it('refuses over HTTP what the step does not allow', async () => {
    const step = testStep('exit 0');
    const event = { httpMethod: 'POST', body: '{"cmd_args":"[\\"id\\"]"}' };
    const refused = await answerTo({ event }, step.config, step.deps, 0);
    expect(refused).toMatchObject({ ok: false, results: [], error: { code: 'event-refused' } });
    expect(step.lines).toEqual([]);
    const allowed = await answerTo({ event }, { ...step.config, overHttp: 'allow' }, step.deps, 100);
    expect(Buffer.from(allowed.body ?? []).toString()).toMatch(/^uid=/);
  });
});
