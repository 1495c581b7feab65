import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FdlError } from '../../../src/errors.ts';
import { lambdaEvent, serveLambda } from '../../../src/supervisor/hosts/lambda.ts';
import { openRuntimeApi } from '../../../src/supervisor/hosts/runtime-api.ts';
import { startRuntimeApi } from '../../standins/runtime-api.ts';
import { records, written } from '../step.ts';
import { lambda } from './lambda-function.ts';

describe('the time of a function on AWS Lambda', () => {
  it('ends a script in the middle of a short time, so that the failure is reported', async () => {
    const { step, invoke } = await lambda('echo begun; sleep 60', { repeated: true });
    const begin = Date.now();
    const outcome = await invoke(JSON.parse(step.put('a', 'x').event), 4000);
    const used = Date.now() - begin;
    expect(outcome).toMatchObject({
      error: { errorType: 'ScriptTimedOut', errorMessage: expect.stringContaining('begun') },
    });
    expect(used).toBeGreaterThanOrEqual(1990);
    expect(used).toBeLessThan(4000);
    expect(step.stored()).toEqual({});
  });

  it.each([
    // Seconds that are left and threshold, then those until scripts and uploads end.
    [900, 10, 890, 899],
    [900, 60, 840, 894],
    [12, 10, 6, 11.4],
    [3, 10, 1.5, 2.85],
    [900, 0, 899.5, 899.95],
    [0, 10, 0, 0],
    [-5, 10, -5, -5],
  ])(
    'of %d s with a threshold of %d s is %d s for scripts and %d s for outputs',
    (left, threshold, script, all) => {
      const now = 1_700_000_000_000;
      const invocation = { requestId: 'r', payload: '{}', deadline: now + left * 1000 };
      const { deadline = 0, spareMs = 0 } = lambdaEvent(invocation, threshold * 1000, now);
      expect((deadline - now) / 1000).toBeCloseTo(all);
      expect((deadline - spareMs - now) / 1000).toBeCloseTo(script);
    },
  );

  it('ends a script that does not want to', async () => {
    const { invoke } = await lambda("trap '' TERM; while :; do sleep 0.05; done");
    expect(await invoke('x', 700)).toMatchObject({ error: { errorType: 'ScriptTimedOut' } });
  });
});

describe('what an invocation leaves on AWS Lambda', () => {
  it('is gone before the next one: files and processes', async () => {
    const { step, said, invoke } = await lambda(`
      echo x > "$TMP_INPUT_DIR/../cache"; mkdir -p "$TMP_INPUT_DIR/../deep/er"; chmod 0 "$TMP_INPUT_DIR/../deep"
      ( setsid sleep 300 & echo $! ) > "$TMP_INPUT_DIR/../before/pid" 2>&1`);
    const { tmpRoot } = step.deps;
    mkdirSync(path.join(tmpRoot, 'before'), { recursive: true });
    writeFileSync(path.join(tmpRoot, 'before/own'), '');
    expect(await invoke('x')).toMatchObject({ status: 'succeeded' });
    expect(readdirSync(tmpRoot)).toEqual(['before']);
    expect(readdirSync(path.join(tmpRoot, 'before'))).toEqual(['own', 'pid']);
    const pid = readFileSync(path.join(tmpRoot, 'before/pid'), 'utf8').trim();
    expect(Number(pid)).toBeGreaterThan(1);
    expect(existsSync(`/proc/${pid}/exe`)).toBe(false);
    expect(said).toEqual([]);
  });
});

describe('the end of a function on AWS Lambda', () => {
  it('comes when it is told to stop while it waits', async () => {
    const { stop, ended, invoke } = await lambda('true');
    await invoke('x');
    stop.abort();
    expect(await ended).toBe(true);
  });

  it('ends the script when it is told to stop while it works', async () => {
    const { step, stop, ended, invoke } = await lambda('echo begun; sleep 60');
    void invoke('x');
    await expect.poll(() => written(step)).toContain('begun');
    stop.abort();
    expect(await ended).toBe(false);
    expect(records(step).at(-1)).toMatchObject({ fdl: 'end', status: 'cancelled' });
  });
});

describe('the start of a function on AWS Lambda', () => {
  async function started(start: () => Promise<never>) {
    const server = await startRuntimeApi();
    onTestFinished(server.close);
    const api = await openRuntimeApi(server.address);
    const ended = serveLambda({ api, start, env: {}, say: () => {} });
    await expect(ended).rejects.toThrow();
    return server.initFailed();
  }

  it('reports what keeps it from starting', async () => {
    const error = new FdlError('config-invalid', 'no configuration.', { hint: 'Deploy again.' });
    expect(await started(() => Promise.reject(error))).toMatchObject({
      errorType: 'ConfigInvalid',
      errorMessage: 'no configuration. Deploy again.',
    });
    expect(await started(() => Promise.reject(new Error('odd')))).toMatchObject({
      errorType: 'StartFailed',
      errorMessage: 'the step cannot start: odd',
    });
  });
});
