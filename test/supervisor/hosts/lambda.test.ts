import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { logTail } from '../../../src/supervisor/hosts/lambda.ts';
import type { LogLine } from '../../../src/workflow/invocation.ts';
import { base64 } from '../events.ts';
import { bodyOf, lambda, newRequestId, payloadOf } from './lambda-function.ts';

const COPY = 'cp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/"';
const SHOUT = 'tr a-z A-Z < "$INPUT_FILE_PATH"';

describe('a function on AWS Lambda', () => {
  it('works on the objects of an event and answers with what it stored', async () => {
    const { step, invoke } = await lambda(COPY);
    const event = JSON.parse(step.put('folder/a.txt', 'hello').event);
    expect(payloadOf(await invoke(event))).toEqual({
      step: 's',
      status: 'succeeded',
      invocations: [expect.any(String)],
      outputs: [{ uri: 's3://out/res/a.txt', size: 5, etag: expect.any(String) }],
      outputCount: 1,
    });
    expect(step.stored()).toEqual({ 'res/a.txt': 'hello' });
  });

  it('answers a direct call with what the script writes, and says where the log is', async () => {
    const { invoke } = await lambda(SHOUT);
    const requestId = newRequestId();
    expect(payloadOf(await invoke({ question: 'why' }, 20_000, requestId))).toEqual({
      statusCode: 200,
      headers: {
        'content-type': 'application/json',
        'amz-lambda-request-id': requestId,
        'amz-log-group-name': 'group',
        'amz-log-stream-name': 'stream',
      },
      body: base64('{"QUESTION":"WHY"}'),
      isBase64Encoded: true,
    });
  });

  it.each([
    ['text', 'hello', 'HELLO'],
    ['a word that could be base64', 'test', 'TEST'],
    ['bytes that say so', { fdl: 'content', base64: base64('hello') }, 'HELLO'],
    ['a list', ['a'], '["A"]'],
    ['nothing', null, 'NULL'],
  ])('takes an event that is %s', async (_what, event, body) => {
    const { invoke } = await lambda(SHOUT);
    expect(bodyOf(await invoke(event))).toBe(body);
  });

  it.each([
    ['1.0', { httpMethod: 'POST', headers: {}, body: 'hello, all' }],
    ['2.0', { version: '2.0', requestContext: { http: { method: 'POST' } }, body: 'hello, all' }],
  ])('answers a request over HTTP, payload %s', async (_version, event) => {
    const { invoke } = await lambda(SHOUT);
    const requestId = newRequestId();
    expect(payloadOf(await invoke(event, 20_000, requestId))).toEqual({
      statusCode: 200,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'amz-lambda-request-id': requestId },
      body: base64('HELLO, ALL'),
      isBase64Encoded: true,
    });
  });

  it('refuses a script over HTTP, and runs it in a direct call', async () => {
    const { invoke } = await lambda('echo mine');
    const event = { script: base64('echo theirs') };
    const refused = await invoke({ httpMethod: 'POST', body: JSON.stringify(event) });
    expect(payloadOf(refused)).toMatchObject({ statusCode: 403 });
    expect(JSON.parse(bodyOf(refused))).toMatchObject({ error: { code: 'event-refused' } });
    expect(bodyOf(await invoke(event))).toBe('theirs\n');
  });

  const LINES = 'for i in $(seq 12); do echo line $i; done; exit 7';
  const EVENT_FAILED = 'step "s" failed on s3://in/a: the script ended with exit code 7';

  it('fails for a script that fails, with the last lines that it wrote', async () => {
    const { step, said, invoke } = await lambda(LINES, { repeated: true });
    const outcome = await invoke(JSON.parse(step.put('a', 'x').event));
    expect(outcome).toMatchObject({ status: 'failed', error: { errorType: 'ScriptFailed' } });
    const message = outcome.status === 'failed' ? outcome.error.errorMessage : '';
    const [first, second, ...lines] = message.split('\n');
    expect(first).toBe(EVENT_FAILED);
    expect(second).toBe('Last lines of the script:');
    expect(lines).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((number) => `line ${number}`));
    expect(said).toEqual([first]);
  });

  it('reports no failure for a script that fails on an object, since AWS Lambda would repeat it', async () => {
    const { step, said, invoke } = await lambda(LINES);
    const event = JSON.parse(step.put('a', 'x').event);
    expect(payloadOf(await invoke(event))).toMatchObject({
      step: 's',
      status: 'failed',
      invocations: [expect.any(String)],
      reason: expect.stringMatching(
        /^step "s" failed on .* exit code 7\nLast lines of the script:\nline 3\n/,
      ),
    });
    expect(said).toEqual([EVENT_FAILED]);
  });

  it('reports the failure to a queue, which says itself how often it sends what failed', async () => {
    const { step, invoke } = await lambda('exit 7');
    const body = step.put('a', 'x').event;
    const event = { Records: [{ messageId: '1', eventSource: 'aws:sqs', body }] };
    expect(await invoke(event)).toMatchObject({ error: { errorType: 'ScriptFailed' } });
  });

  it('reports a failure for an object that cannot be fetched, since it may be there the next time', async () => {
    const { step, invoke } = await lambda('true');
    const event = step.put('a', 'x').event.replace('"a"', '"b"');
    expect(await invoke(JSON.parse(event))).toMatchObject({ error: { errorType: 'StepFailed' } });
  });

  it('tells nothing of one invocation in the failure of the next', async () => {
    const { invoke } = await lambda('cat "$INPUT_FILE_PATH"; grep -q good "$INPUT_FILE_PATH"');
    expect(bodyOf(await invoke('good secret'))).toBe('good secret');
    expect(await invoke('bad')).toMatchObject({
      error: { errorMessage: expect.not.stringContaining('good') },
    });
  });

  it('hides secrets in the failure', async () => {
    const mask = (text: string) => text.replaceAll('hunter2', '(secret)');
    const { invoke } = await lambda('echo my password is hunter2; exit 1', {}, { mask });
    const message = expect.stringMatching(/my password is \(secret\)$/);
    expect(await invoke('x')).toMatchObject({ error: { errorMessage: message } });
  });

  it('says that an event cannot be read', async () => {
    const { invoke } = await lambda('true');
    expect(await invoke({ cmd_args: 1 })).toMatchObject({
      error: { errorType: 'EventInvalid', errorMessage: expect.stringContaining('"cmd_args"') },
    });
    const overHttp = await invoke({ httpMethod: 'GET', body: '{"cmd_args":1}' });
    expect(payloadOf(overHttp)).toMatchObject({ statusCode: 403 });
  });

  it('gives the script the id and the trace of the request, and keeps the events of the function from it', async () => {
    const environment = { PATH: process.env['PATH'], AWS_LAMBDA_RUNTIME_API: 'x' };
    const { env, invoke } = await lambda('env', {}, { environment });
    const requestId = newRequestId();
    const variables = bodyOf(await invoke('x', 20_000, requestId)).split('\n');
    expect(variables).toContain(`AWS_LAMBDA_REQUEST_ID=${requestId}`);
    expect(env['_X_AMZN_TRACE_ID']).toMatch(/^Root=/);
    expect(variables).toContain(`_X_AMZN_TRACE_ID=${env['_X_AMZN_TRACE_ID']}`);
    expect(variables.filter((each) => each.startsWith('AWS_LAMBDA_RUNTIME_API'))).toEqual([]);
  });
});

describe('HOME on AWS Lambda, where only /tmp can be written', () => {
  const homeOf = async (home: string | undefined, own: Record<string, string> = {}) => {
    const environment = { PATH: process.env['PATH'], ...(home !== undefined && { HOME: home }) };
    const { step, invoke } = await lambda('printf %s "$HOME"', { environment: own }, { environment });
    return { found: bodyOf(await invoke('x')), tmp: step.deps.tmpRoot };
  };

  it.each([[undefined], [''], ['/home/sbx_user1051']])(
    'is the folder for files if it is %s',
    async (home) => {
      const { found, tmp } = await homeOf(home);
      expect(found).toBe(tmp);
    },
  );

  it('stays what the step says, and where it can be written', async () => {
    expect((await homeOf('/proc', { HOME: '/opt/models' })).found).toBe('/opt/models');
    expect((await homeOf(tmpdir())).found).toBe(tmpdir());
  });
});

function line(message: string, stream: LogLine['stream'] = 'stdout'): LogLine {
  return { time: 't', step: 's', invocation: 'i', stream, message };
}

it('keeps the last lines that scripts wrote', () => {
  const tail = logTail();
  for (let number = 1; number <= 12; number += 1)
    tail.push(line(`${number}`, number % 2 ? 'stdout' : 'stderr'));
  tail.push(line('a note', 'supervisor'));
  expect(tail.lines()).toEqual(['3', '4', '5', '6', '7', '8', '9', '10', '11', '12']);
  tail.clear();
  expect(tail.lines()).toEqual([]);
});

it('cuts long lines', () => {
  const tail = logTail();
  tail.push(line('x'.repeat(300)));
  tail.push(line('x'.repeat(301)));
  expect(tail.lines()).toEqual(['x'.repeat(300), `${'x'.repeat(300)}…`]);
});
