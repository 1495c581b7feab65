import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { handleTask } from '../../src/supervisor/invocation.ts';
import type { Task, TaskDeps } from '../../src/supervisor/task.ts';
import { direct, records, testStep, written } from './step.ts';

describe('a task that fails', () => {
  it('stores nothing when its script exits with another code than 0', async () => {
    const step = testStep('echo half > $TMP_OUTPUT_DIR/a; exit 3');
    expect(await step.handle(step.put('x', ''))).toMatchObject({
      status: 'failed',
      exitCode: 3,
      outputs: [],
      reason: 'the script ended with exit code 3',
    });
    expect([step.stored(), step.leftovers()]).toEqual([{}, []]);
  });

  it('says which signal ended its script', async () => {
    const result = await testStep('kill -SEGV $$').handle(direct('x'));
    expect(result).toMatchObject({
      status: 'failed',
      signal: 'SIGSEGV',
      reason: 'the script ended by the signal SIGSEGV',
    });
    expect(result).not.toHaveProperty('exitCode');
  });

  it('says that its input is missing, and runs nothing', async () => {
    const step = testStep('echo ran');
    const task = step.put('a', 'x');
    const missing = { ...task, source: { ...task.source, key: 'b' } } as Task;
    expect(await step.handle(missing)).toMatchObject({
      status: 'failed',
      input: { uri: 's3://in/b' },
      reason: 'there is no "b" in bucket "in"',
    });
    expect([written(step), step.leftovers()]).toEqual([[], []]);
  });

  it('says which outputs it could not store, and which it has', async () => {
    const out = { store: 's3.default', prefix: '', prefixes: [], suffixes: [] };
    const outputs = [
      { ...out, bucket: 'out' },
      { ...out, bucket: 'nowhere' },
    ];
    const step = testStep('echo a > $TMP_OUTPUT_DIR/a', { outputs });
    expect(await step.handle(step.put('x', ''))).toMatchObject({
      status: 'failed',
      exitCode: 0,
      outputs: [{ uri: 's3://out/a' }],
      reason: 'there is no bucket "nowhere"',
    });
  });

  it('keeps the exit code when an output has no store', async () => {
    const storage: TaskDeps['storage'] = (id) => {
      throw new Error(`no ${id}`);
    };
    const step = testStep('echo a > $TMP_OUTPUT_DIR/a', {}, { storage });
    expect(await step.handle(direct('x'))).toMatchObject({
      status: 'failed',
      exitCode: 0,
      reason: 'no s3.default',
    });
  });

  it('says that there is nothing to run', async () => {
    const { config, deps, ...step } = testStep('');
    const { script: _, ...bare } = config;
    const result = await handleTask(step.put('x', ''), bare, deps);
    expect(result).toMatchObject({
      status: 'failed',
      reason: 'step "s" has neither a script nor a command',
    });
    const command = { ...bare, command: ['true'] };
    expect(await handleTask(step.put('x', ''), command, deps)).toMatchObject({ status: 'succeeded' });
  });

  it('never rejects, even when the store or the runner breaks', async () => {
    const broken: Partial<TaskDeps>[] = [
      {
        storage: () => {
          throw new TypeError('broken store');
        },
      },
      { runner: () => Promise.reject(new Error('broken runner')) },
      { tmpRoot: '/dev/null/nowhere' },
    ];
    for (const deps of broken) {
      const step = testStep('true', {}, deps);
      expect(await step.handle(step.put('x', ''))).toMatchObject({
        status: 'failed',
        reason: expect.any(String),
      });
      expect(records(step).map(({ fdl }) => fdl)).toEqual(['start', 'end']);
    }
  });
});

/** A script that leaves a file, and ends with 0 when it is told to end. */
const untilTold: TaskDeps['runner'] = ({ signal, env }) => {
  writeFileSync(`${env['TMP_OUTPUT_DIR']}/a`, 'a');
  return new Promise((resolve) => signal?.addEventListener('abort', () => resolve({ code: 0 })));
};

describe('time and cancellation', () => {
  it('ends a script that takes longer than its step may', async () => {
    const step = testStep('echo half > $TMP_OUTPUT_DIR/a; sleep 60', { timeoutSeconds: 0.1 });
    expect(await step.handle(step.put('x', ''))).toMatchObject({
      status: 'timed-out',
      reason: 'the invocation did not end within its 0.1 seconds',
    });
    expect([step.stored(), step.leftovers()]).toEqual([{}, []]);
  });

  it('does not take an exit after the deadline for success', async () => {
    const step = testStep('', { timeoutSeconds: 0.2 }, { runner: untilTold });
    expect(await step.handle(step.put('x', ''))).toMatchObject({
      status: 'timed-out',
      exitCode: 0,
      outputs: [],
    });
    expect(step.stored()).toEqual({});
  });

  it('ends at the deadline of its surroundings', async () => {
    const step = testStep('sleep 60', { timeoutSeconds: 1000 }, { deadline: Date.now() + 100 });
    expect((await step.handle(step.put('x', ''))).status).toBe('timed-out');
  });

  it('is cancelled while its script runs', async () => {
    const controller = new AbortController();
    const log: TaskDeps['log'] = ({ stream }) => stream === 'stdout' && controller.abort();
    const step = testStep('echo ready; sleep 60', {}, { signal: controller.signal, log });
    expect(await step.handle(step.put('x', ''))).toMatchObject({
      status: 'cancelled',
      signal: 'SIGTERM',
      reason: 'the invocation was cancelled',
    });
    expect(step.leftovers()).toEqual([]);
  });

  it('runs nothing when it is cancelled before', async () => {
    const step = testStep('echo ran', {}, { signal: AbortSignal.abort() });
    expect((await step.handle(direct('x'))).status).toBe('cancelled');
    expect(written(step)).toEqual([]);
  });
});
