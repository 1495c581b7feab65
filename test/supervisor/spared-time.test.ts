import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Storage } from '../../src/storage/storage.ts';
import { answerTo } from '../../src/supervisor/hosts/host.ts';
import { handleTask } from '../../src/supervisor/invocation.ts';
import type { Runner } from '../../src/supervisor/script.ts';
import { direct, type TestStep, testStep } from './step.ts';

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => signal?.addEventListener('abort', () => resolve()));
}

/** A step with one output, whose upload ends as `upload` says, once the time of the script is up. */
async function lateUpload(upload: (own: AbortSignal | undefined) => Promise<void>): Promise<TestStep> {
  const inner = await testStep('').deps.storage('s3.default');
  let script: AbortSignal | undefined;
  const runner: Runner = async ({ env, signal }) => {
    script = signal;
    writeFileSync(`${env['TMP_OUTPUT_DIR']}/a`, 'a');
    return { code: 0 };
  };
  const late: Storage['upload'] = async (file, bucket, key, options) => {
    await aborted(script);
    await upload(options?.signal);
    options?.signal?.throwIfAborted();
    return inner.upload(file, bucket, key, options);
  };
  return testStep('', {}, { runner, storage: () => ({ ...inner, upload: late }) });
}

describe('spared time', () => {
  it('is there for outputs', async () => {
    const step = await lateUpload(async () => {});
    const deps = { ...step.deps, deadline: Date.now() + 20_000, spareMs: 19_800 };
    expect(await handleTask(direct('x'), step.config, deps)).toMatchObject({ status: 'succeeded' });
  });

  it('ends too', async () => {
    const step = await lateUpload(aborted);
    const deps = { ...step.deps, deadline: Date.now() + 300, spareMs: 100 };
    expect(await handleTask(direct('x'), step.config, deps)).toMatchObject({
      status: 'timed-out',
      exitCode: 0,
    });
  });

  it('is not there for the script, which gets half of it to end', async () => {
    const graces: number[] = [];
    const runner: Runner = async ({ signal, graceMs }) => {
      graces.push(graceMs);
      await aborted(signal);
      return { signal: 'SIGTERM' };
    };
    const step = testStep('', {}, { runner });
    const begin = Date.now();
    const event = { event: 'x', deadline: begin + 5100, spareMs: 5000 };
    expect(await answerTo(event, step.config, step.deps, 0)).toMatchObject({
      results: [{ status: 'timed-out' }],
    });
    expect(Date.now() - begin).toBeLessThan(4000);
    expect(graces).toEqual([2500]);
  });
});
