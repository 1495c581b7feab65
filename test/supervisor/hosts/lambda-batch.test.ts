import { describe, expect, it } from 'vitest';
import type { Storage } from '../../../src/storage/storage.ts';
import type { StepConfig } from '../../../src/supervisor/config.ts';
import { delegate } from '../../../src/supervisor/delegate/delegate.ts';
import { partOf } from '../../../src/supervisor/delegate/event-parts.ts';
import type { batchOverflow } from '../../../src/supervisor/delegate/overflow.ts';
import { readEvent } from '../../../src/supervisor/event.ts';
import type { TaskDeps } from '../../../src/supervisor/task.ts';
import { fakeAws, refusal } from '../delegate/fake-aws.ts';
import { TARGET } from '../delegate/orders.ts';
import { notes, records } from '../step.ts';
import { lambda, newRequestId, payloadOf } from './lambda-function.ts';

/** A function that passes on to AWS Batch. */
async function overflowing(script: string, changes: Partial<StepConfig> = {}, deps: Partial<TaskDeps> = {}) {
  const aws = fakeAws();
  const overflow: typeof batchOverflow =
    ({ event, order, clock }) =>
    async (task, signal) => {
      const part = partOf(event, task, readEvent(event).length);
      return (await delegate({ ...order, task, event: part }, { send: aws.send, clock, signal })).id;
    };
  return { aws, ...(await lambda(script, { batch: TARGET, ...changes }, deps, overflow)) };
}

describe('a function that passes on to AWS Batch', () => {
  it('answers as a success where its script fails, with the job in answer and log', async () => {
    const { aws, step, said, invoke } = await overflowing('echo half; exit 7');
    const event = JSON.parse(step.put('a', 'x').event);
    const requestId = newRequestId();
    expect(payloadOf(await invoke(event, 20_000, requestId))).toEqual({
      step: 's',
      status: 'delegated',
      invocations: [expect.any(String)],
      outputs: [],
      outputCount: 0,
      jobs: ['job-1'],
    });
    expect(aws.jobs[0]?.variables).toEqual({
      FDL_EVENT: JSON.stringify(event),
      FDL_REQUEST_ID: requestId,
      FDL_DELEGATED_BY: `the-function/${requestId}`,
    });
    expect(records(step).at(-1)).toMatchObject({
      fdl: 'end',
      status: 'delegated',
      job: 'job-1',
      exitCode: 7,
      reason: 'the script ended with exit code 7: AWS Batch does it as the job job-1',
    });
    expect(said).toEqual([]);
  });

  it.each([
    ['is killed, as when memory runs out', 'kill -KILL $$', 20_000],
    // Half of the time is the script's: enough for a busy machine to start it, and to pass it on afterwards.
    ['does not end in time', 'sleep 60 & sleep 60', 3000],
    ['does not want to end', "trap '' TERM; while :; do sleep 0.05; done", 3000],
  ])('does so where the script %s', async (_what, script, deadline) => {
    const { aws, step, invoke } = await overflowing(script);
    const outcome = await invoke(JSON.parse(step.put('a', 'x').event), deadline);
    expect(payloadOf(outcome)).toMatchObject({ status: 'delegated', jobs: ['job-1'] });
    expect(aws.jobs).toHaveLength(1);
    expect(records(step).at(-1)).toMatchObject({ status: 'delegated', signal: expect.any(String) });
  });

  it('does so where the step’s own time is up', async () => {
    const { step, invoke } = await overflowing('sleep 60', { timeoutSeconds: 0.1 });
    expect(payloadOf(await invoke(JSON.parse(step.put('a', 'x').event)))).toMatchObject({ jobs: ['job-1'] });
  });

  it('does so for a direct call, whose answer is not what the script had written by then', async () => {
    const { aws, invoke } = await overflowing('echo half; exit 1');
    const answer = payloadOf(await invoke({ question: 'why' }));
    expect(answer).toMatchObject({ status: 'delegated', jobs: ['job-1'] });
    expect(answer).not.toHaveProperty('body');
    expect(aws.jobs[0]?.variables['FDL_EVENT']).toBe('{"question":"why"}');
  });

  it('keeps what it can do itself', async () => {
    const { aws, step, invoke } = await overflowing(
      'cp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR"; ! grep -q big "$INPUT_FILE_PATH"',
    );
    const [small, big] = [step.put('small', 'x'), step.put('big', 'big')].map(({ event }) =>
      JSON.parse(event),
    );
    const event = { Records: [...small.Records, ...big.Records] };
    expect(payloadOf(await invoke(event))).toMatchObject({
      status: 'delegated',
      outputs: [{ uri: 's3://out/res/small' }],
      jobs: ['job-1'],
    });
    expect(JSON.parse(aws.jobs[0]?.variables['FDL_EVENT'] ?? '')).toEqual(big);
  });

  it('gives an event that comes again no second job', async () => {
    const { aws, step, invoke } = await overflowing('exit 1');
    const event = JSON.parse(step.put('a', 'x').event);
    const requestId = newRequestId();
    for (let times = 0; times < 2; times += 1) {
      expect(payloadOf(await invoke(event, 20_000, requestId))).toMatchObject({ jobs: ['job-1'] });
    }
    expect(aws.jobs).toHaveLength(1);
  });

  it('fails where neither worked, and says both', async () => {
    const { aws, step, invoke } = await overflowing('exit 7');
    aws.failNext('SubmitJob', refusal(403, 'AccessDeniedException'));
    expect(await invoke(JSON.parse(step.put('a', 'x').event))).toMatchObject({
      status: 'failed',
      error: {
        errorType: 'ScriptFailed',
        errorMessage: expect.stringMatching(
          /the script ended with exit code 7; it could not be passed on to AWS Batch: .*AccessDeniedException/,
        ),
      },
    });
    expect(notes(step)).toEqual([expect.stringContaining('could not be passed on')]);
  });

  it('does not pass on what a job could do no better', async () => {
    const { aws, step, invoke } = await overflowing('true');
    const event = JSON.stringify(JSON.parse(step.put('a', 'x').event)).replace('"key":"a"', '"key":"gone"');
    expect(await invoke(JSON.parse(event))).toMatchObject({ error: { errorType: 'StepFailed' } });
    expect(await invoke({ cmd_args: 1 })).toMatchObject({ error: { errorType: 'EventInvalid' } });
    expect(aws.calls).toEqual([]);
  });

  it('passes on an input that does not fit on its disk', async () => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const download: Storage['download'] = async () => {
      throw new Error('"a" could not be used', { cause: full });
    };
    const { step, invoke } = await overflowing('true', {}, { storage: () => ({ download }) as Storage });
    expect(payloadOf(await invoke(JSON.parse(step.put('a', 'x').event)))).toMatchObject({ jobs: ['job-1'] });
  });

  it('answers over HTTP itself, whatever comes of it', async () => {
    const { aws, invoke } = await overflowing('exit 1');
    expect(await invoke({ httpMethod: 'POST', body: 'x, y' })).toMatchObject({
      error: { errorType: 'ScriptFailed' },
    });
    expect(aws.calls).toEqual([]);
  });

  it('has nothing to do where it is only warmed up', async () => {
    const { aws, step, invoke } = await overflowing('exit 1');
    expect(payloadOf(await invoke({ fdl: 'preheat' }))).toMatchObject({
      status: 'succeeded',
      invocations: [],
    });
    expect([step.lines, aws.calls]).toEqual([[], []]);
  });
});
