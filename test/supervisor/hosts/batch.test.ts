import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Storage } from '../../../src/storage/storage.ts';
import { batchHost, batchJob, furtherNode, isFurtherNode } from '../../../src/supervisor/hosts/batch.ts';
import { serve } from '../../../src/supervisor/hosts/host.ts';
import { records, testStep, written } from '../step.ts';
import { newRequestId } from './lambda-function.ts';

const REQUEST = newRequestId();

const ENV = {
  AWS_BATCH_JOB_ID: 'job-1',
  AWS_BATCH_JOB_ATTEMPT: '2',
  FDL_REQUEST_ID: REQUEST,
  FDL_DELEGATED_BY: `convert/${REQUEST}`,
};

/** A job with this script, and an event about the object `a` unless `env` says another one. */
function job(script: string, env: Readonly<Record<string, string>> = {}, signal?: AbortSignal) {
  const environment = { PATH: process.env['PATH'], ...ENV };
  const step = testStep(script, {}, { environment, ...(signal && { signal }) });
  const { event } = step.put('a', 'content');
  const events = new Map([['deployment/events/e.json', event]]);
  const storage: Pick<Storage, 'read' | 'remove'> = {
    read: async (bucket, key) => {
      const found = events.get(`${bucket}/${key}`);
      if (found === undefined) throw new Error('there is no such object');
      return Readable.from([found]);
    },
    remove: async (bucket, key) => void events.delete(`${bucket}/${key}`),
  };
  const all = { ...ENV, ...(env['FDL_EVENT_URI'] ? {} : { FDL_EVENT: event }), ...env };
  const said: string[] = [];
  const host = batchHost({ env: all, storage: () => storage as Storage, say: (line) => said.push(line) });
  const own = batchJob(all);
  const run = async () => {
    const deps = { ...step.deps, environment: { ...environment, ...env }, ...(own && { job: own }) };
    const [config, used] = isFurtherNode(all) ? furtherNode(step.config, deps) : [step.config, deps];
    await serve(host, config, used);
    return host.exitCode();
  };
  return { step, events, said, run };
}

describe('a job of AWS Batch', () => {
  it('works on the object of its event, and says in the log which job it is', async () => {
    const { step, run } = job('cp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/"; env | sort');
    expect(await run()).toBe(0);
    expect(step.stored()).toEqual({ 'res/a': 'content' });
    const place = { job: 'job-1', attempt: 2, delegatedBy: `convert/${REQUEST}` };
    expect(records(step)).toMatchObject([
      { fdl: 'start', invocation: 'job-1-2', ...place },
      { fdl: 'end', invocation: 'job-1-2', status: 'succeeded', ...place },
    ]);
    expect(written(step)).toContain(`AWS_LAMBDA_REQUEST_ID=${REQUEST}`);
    expect(written(step).filter((line) => line.startsWith('FDL_'))).toEqual([]);
  });

  it('is known by its own id in the log, and by counting what it does besides', async () => {
    const { step, run } = job('true', { AWS_BATCH_JOB_ATTEMPT: '1' });
    await run();
    const [{ Records: [record] = [] } = {}] = [JSON.parse(step.put('b', 'more').event)];
    const two = job('true', {
      AWS_BATCH_JOB_ATTEMPT: '1',
      FDL_EVENT: JSON.stringify({ Records: [record, record] }),
    });
    two.step.put('b', 'more');
    await two.run();
    expect(records(step).map(({ invocation }) => invocation)).toEqual(['job-1', 'job-1']);
    expect(records(two.step).map(({ invocation }) => invocation)).toEqual([
      ...['job-1', 'job-1'],
      ...['job-1-1-2', 'job-1-1-2'],
    ]);
  });

  const NODES = {
    AWS_BATCH_JOB_ATTEMPT: '1',
    AWS_BATCH_JOB_NUM_NODES: '2',
    AWS_BATCH_JOB_MAIN_NODE_INDEX: '1',
  };
  const SCRIPT = 'echo node $AWS_BATCH_JOB_NODE_INDEX; cp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/"';

  it('is one invocation on several machines, and its outputs are those of the main node', async () => {
    const main = job(SCRIPT, { ...NODES, AWS_BATCH_JOB_ID: 'job-1#1', AWS_BATCH_JOB_NODE_INDEX: '1' });
    expect(await main.run()).toBe(0);
    expect(main.step.stored()).toEqual({ 'res/a': 'content' });
    expect(records(main.step).map(({ invocation }) => invocation)).toEqual(['job-1', 'job-1']);
    const further = job(SCRIPT, { ...NODES, AWS_BATCH_JOB_ID: 'job-1#0', AWS_BATCH_JOB_NODE_INDEX: '0' });
    expect(await further.run()).toBe(0);
    expect([further.step.stored(), records(further.step)]).toEqual([{}, []]);
    expect(written(further.step)).toEqual(['node 0']);
  });

  it('keeps its event until the main node has succeeded', async () => {
    const uri = { FDL_EVENT_URI: 's3://deployment/events/e.json' };
    const further = job('true', { ...NODES, ...uri, AWS_BATCH_JOB_NODE_INDEX: '0' });
    await further.run();
    expect(further.events.size).toBe(1);
    const main = job('true', { ...NODES, ...uri, AWS_BATCH_JOB_NODE_INDEX: '1' });
    await main.run();
    expect(main.events.size).toBe(0);
  });

  it.each([
    ['its script', 'exit 7', 7],
    ['a signal', 'kill -KILL $$', 137],
    [
      'an output that cannot be stored',
      'rm -rf "$TMP_OUTPUT_DIR/../../stores/out"; echo x > "$TMP_OUTPUT_DIR/x"',
      1,
    ],
  ])('ends with the exit code of %s', async (_what, script, code) => {
    expect(await job(script).run()).toBe(code);
  });

  it('ends with that of an error where its event cannot be read', async () => {
    const { said, run } = job('true', { FDL_EVENT: '{"cmd_args":1}' });
    expect(await run()).toBe(1);
    expect(said).toEqual([expect.stringContaining('"cmd_args"')]);
  });

  it('ends its script when it is told to, and fails even if the script does not', async () => {
    const stop = new AbortController();
    const { step, run } = job("trap 'exit 0' TERM; echo begun; sleep 60 & wait", {}, stop.signal);
    const ended = run();
    while (!written(step).includes('begun')) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    expect(await ended).toBe(143);
    expect(records(step)).toMatchObject([{}, { status: 'cancelled' }]);
  });

  const stored = { FDL_EVENT_URI: 's3://deployment/events/e.json' };

  it('fetches a long event, which goes once it has succeeded', async () => {
    const failed = job('exit 3', stored);
    expect([await failed.run(), failed.events.size]).toEqual([3, 1]);
    const { step, run, events } = job('cp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/"', stored);
    expect([await run(), events.size]).toEqual([0, 0]);
    expect(step.stored()).toEqual({ 'res/a': 'content' });
  });

  it('says which event it does not find', async () => {
    const { run } = job('true', { FDL_EVENT_URI: 's3://deployment/events/gone.json' });
    await expect(run()).rejects.toMatchObject({
      code: 'event-not-found',
      message: expect.stringContaining('s3://deployment/events/gone.json'),
    });
  });
});

describe('batchJob', () => {
  it('is there where AWS Batch says so', () => {
    expect(batchJob({})).toBeUndefined();
    expect(batchJob({ AWS_BATCH_JOB_ID: 'j' })).toEqual({ id: 'j', attempt: 1 });
  });
});
