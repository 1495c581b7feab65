import { describe, expect, it } from 'vitest';
import type { AwsStep } from '../../../../src/providers/aws/dialect/step.ts';
import { awsRuntime } from '../../../../src/providers/aws/runtime/index.ts';
import { payloadText, resultOf } from '../../../../src/providers/aws/runtime/invoke.ts';
import { type HttpCall, httpCall } from '../../../../src/providers/aws/runtime/invoke-http.ts';
import type { Call } from '../../../../src/providers/runtime.ts';
import type { Workflow } from '../../../../src/workflow/model.ts';
import { type Answers, awsFailure, fakeClients, SITE } from '../fake-clients.ts';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');

function step(lambda: object = {}, api?: object): AwsStep {
  const settings = { lambda: { name: 'split', ...lambda }, ...(api && { api_gateway: api }) };
  return { id: 'split', name: 'split', provider: 'aws', mode: 'lambda', settings } as AwsStep;
}

function workflow(one: AwsStep): Workflow {
  return { name: 'shop', file: 'shop.yaml', steps: [one], links: [], stores: [], clusters: [] };
}

const ACTIVE = { Configuration: { State: 'Active' }, Tags: { 'fdl:workflow': 'shop' } };

async function invoke(answers: Answers, call: Partial<Call> = {}, one = step()) {
  const fake = fakeClients({ ...answers, lambda: { GetFunction: ACTIVE, ...answers.lambda } });
  const sent: HttpCall[] = [];
  const runtime = awsRuntime({
    clients: fake.clients,
    siteOf: async () => SITE,
    signal: new AbortController().signal,
    sign: async ({ headers }, _site, service) => ({ ...headers, authorization: `signed for ${service}` }),
    send: async (http) => {
      sent.push(http);
      return { status: 200, headers: { 'amz-lambda-request-id': 'r1' }, body: Buffer.from('hi') };
    },
  });
  const result = await runtime.invoke?.(workflow(one), one, { payload: {}, async: false, ...call });
  return { result, fake, sent };
}

const answered = (payload: unknown, more: object = {}) => ({
  lambda: {
    Invoke: { Payload: Buffer.from(JSON.stringify(payload)), $metadata: { requestId: 'r1' }, ...more },
  },
});

describe('payloadText', () => {
  it.each([
    ['{"Records":[]}', '{"Records":[]}'],
    ['[1, 2]', '[1, 2]'],
    ['42', '42'],
    ['plain words', '"plain words"'],
    // The supervisor unwraps one text: what is in quotes stays so.
    ['"quoted"', '"\\"quoted\\""'],
    ['', '""'],
    [{ a: 1 }, '{"a":1}'],
    [undefined, '{}'],
  ])('makes JSON of %j', (payload, expected) => {
    expect(payloadText(payload)).toBe(expected);
  });
});

describe('resultOf', () => {
  const reply = (payload: unknown) => resultOf({ payload: Buffer.from(JSON.stringify(payload)) });

  it('takes the content out of an answer of gateways', () => {
    const body = Buffer.from('héllo\n').toString('base64');
    expect(text(reply({ statusCode: 200, body, isBase64Encoded: true }).body)).toBe('héllo\n');
    expect(text(reply({ statusCode: 200, body: 'plain' }).body)).toBe('plain');
  });

  it('answers anything else as it is', () => {
    expect(text(reply({ step: 'split', outputs: [] }).body)).toBe('{"step":"split","outputs":[]}');
    expect(text(reply({ body: 'no status' }).body)).toBe('{"body":"no status"}');
    expect(text(resultOf({ payload: Buffer.from('no json') }).body)).toBe('no json');
  });

  it('says what was stored, if the end of the log has all of it', () => {
    const outputs = [{ uri: 's3://b/out/a', size: 3 }];
    const records = [
      JSON.stringify({ fdl: 'start', invocation: 'one' }),
      JSON.stringify({ fdl: 'outputs', invocation: 'one', outputs }),
      JSON.stringify({ fdl: 'end', invocation: 'one', status: 'succeeded', outputs }),
    ];
    const stored = (lines: readonly string[]) => {
      const logResult = Buffer.from(lines.join('\n')).toString('base64');
      return resultOf({ payload: Buffer.from(''), logResult }).outputs;
    };
    expect(stored(records)).toEqual([...outputs, ...outputs]);
    expect(stored(records.slice(1))).toBeUndefined();
    expect(resultOf({ payload: Buffer.from('') }).outputs).toBeUndefined();
  });

  it('tells why the function failed, and what its script wrote last', () => {
    const failure = {
      errorType: 'ScriptFailed',
      errorMessage: 'step "split" failed: exit code 3\nLast lines of the script:\na line',
    };
    const log = [
      'START RequestId: r1 Version: $LATEST',
      '{"fdl":"end","invocation":"one"}',
      'a line',
      'step "split" failed: exit code 3',
      'END RequestId: r1',
    ];
    const logResult = Buffer.from(log.join('\n')).toString('base64');
    const payload = Buffer.from(JSON.stringify(failure));
    expect(resultOf({ payload, functionError: 'Unhandled', logResult })).toMatchObject({
      status: 'failed',
      reason: 'exit code 3',
      log: 'a line',
    });
    // A script that failed on the event of a store is no failure to AWS Lambda, which would repeat it.
    const told = { step: 's', status: 'failed', invocations: ['i'], outputs: [], reason: 'exit code 7' };
    expect(resultOf({ payload: Buffer.from(JSON.stringify(told)) })).toMatchObject({
      status: 'failed',
      reason: 'exit code 7',
    });
    expect(resultOf({ payload: Buffer.from('?'), functionError: 'Unhandled' }).reason).toContain('Unhandled');
  });
});

describe('a direct call', () => {
  it('waits for the answer, and takes the end of the log along', async () => {
    const { result, fake } = await invoke(answered({ statusCode: 200, body: 'hi' }), { payload: 'text' });
    expect(result).toMatchObject({ status: 'succeeded', requestId: 'r1' });
    expect(fake.inputs('Invoke')).toMatchObject([
      { FunctionName: 'split', InvocationType: 'RequestResponse', LogType: 'Tail' },
    ]);
    expect(text(fake.inputs('Invoke')[0].Payload)).toBe('"text"');
  });

  it('leaves the log where it is if the file says so', async () => {
    const { fake } = await invoke(answered({}), {}, step({ log_type: 'None' }));
    expect(fake.inputs('Invoke')[0]).not.toHaveProperty('LogType');
  });

  it.each([
    [{ async: true }, 'Event'],
    [{ dryRun: true }, 'DryRun'],
    [{ dryRun: true, async: true }, 'DryRun'],
  ] as const)('does not wait with %j', async (call, type) => {
    const { result, fake } = await invoke({ lambda: { Invoke: { $metadata: { requestId: 'r1' } } } }, call);
    expect(result).toMatchObject({ status: 'accepted', requestId: 'r1' });
    expect(fake.inputs('Invoke')).toMatchObject([{ InvocationType: type }]);
  });

  it('calls no function that is not there, or is not ours', async () => {
    const missing = () => {
      throw awsFailure('ResourceNotFoundException', 404);
    };
    await expect(invoke({ lambda: { GetFunction: missing } })).rejects.toMatchObject({
      code: 'step-not-deployed',
      hint: expect.stringContaining('fdl apply'),
    });
    const foreign = { ...ACTIVE, Tags: { 'fdl:workflow': 'another' } };
    await expect(invoke({ lambda: { GetFunction: foreign } })).rejects.toMatchObject({
      code: 'step-not-deployed',
    });
  });

  it('says what to do with a payload that is too large', async () => {
    const Invoke = () => {
      throw awsFailure('RequestTooLargeException', 413);
    };
    await expect(invoke({ lambda: { Invoke } })).rejects.toMatchObject({
      code: 'payload-too-large',
      message: expect.stringContaining('6 MB'),
    });
  });
});

describe('httpCall', () => {
  const call = (payload: unknown, query = {}) => ({ payload, query, async: false });

  it('sends content byte for byte by POST, and asks by GET without any', () => {
    const bytes = Buffer.from([0, 255]);
    expect(httpCall('https://x.on.aws/', step(), call(bytes))).toMatchObject({
      method: 'POST',
      body: bytes,
      headers: { 'content-type': 'application/octet-stream' },
    });
    expect(httpCall('https://x.on.aws/', step(), call({ a: 1 })).headers).toMatchObject({
      'content-type': 'application/json',
    });
    const asked = httpCall('https://x.on.aws/', step(), call(undefined, { size: '10 cm' }));
    expect(asked.method).toBe('GET');
    expect(asked.headers).not.toHaveProperty('content-type');
    expect(String(asked.url)).toBe('https://x.on.aws/?size=10+cm');
  });

  it('uses the only method that an API answers to, and a path that it has', () => {
    const api = step({}, { name: 'api', http_method: 'put' });
    const { method, url } = httpCall(
      'https://x.execute-api.eu-west-1.amazonaws.com/scar/launch',
      api,
      call('a'),
    );
    expect(method).toBe('PUT');
    expect(url.pathname).toBe('/scar/launch');
    const both = step({ function_url: true }, { name: 'api', http_method: 'GET' });
    expect(httpCall('https://x.on.aws/', both, call('a')).method).toBe('POST');
  });
});

describe('a call over HTTP', () => {
  const url = { GetFunctionUrlConfig: { FunctionUrl: 'https://x.on.aws/', AuthType: 'AWS_IAM' } };

  it('is signed, unless the address is open to all', async () => {
    const closed = await invoke(
      { lambda: url },
      { overHttp: true, payload: 'a' },
      step({ function_url: true }),
    );
    expect(closed.sent[0]?.headers['authorization']).toBe('signed for lambda');
    expect(closed.result).toMatchObject({ status: 'succeeded', requestId: 'r1' });
    expect(text(closed.result?.body ?? new Uint8Array())).toBe('hi');
    const open = await invoke(
      { lambda: url },
      { overHttp: true },
      step({ function_url: true, auth: 'NONE' }),
    );
    expect(open.sent[0]?.headers['authorization']).toBeUndefined();
  });

  it('needs an address', async () => {
    await expect(invoke({}, { overHttp: true })).rejects.toMatchObject({ code: 'no-address' });
  });
});
