import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isUnreached } from '../../../src/supervisor/aws/call-error.ts';
import { environmentKeys } from '../../../src/supervisor/aws/credentials.ts';
import { type AwsCall, awsSender } from '../../../src/supervisor/aws/send.ts';
import { endless, lyingServer } from '../../lying-server.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'a-secret-key', AWS_SESSION_TOKEN: 'token' };
const CALL: AwsCall = { service: 'ssm', operation: 'GetParameter', path: '/', body: '{"Name":"☃"}' };

interface Seen {
  readonly request: IncomingMessage;
  readonly body: string;
}

/** A server that answers each request with the next of these, and with the last one from then on. */
async function server(...answers: readonly (readonly [status: number, body: string])[]) {
  const seen: Seen[] = [];
  const listener: RequestListener = async (request, response) => {
    seen.push({ request, body: await text(request) });
    const [status, body] = answers[Math.min(seen.length, answers.length) - 1] ?? [200, '{}'];
    response.writeHead(status).end(body);
  };
  const http = createServer(listener);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  const { port } = http.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, seen };
}

function senderTo(url: string, env: Readonly<Record<string, string>> = {}, connectMs = 2000) {
  const all = { ...KEYS, AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: url, ...env };
  return awsSender({ env: all, keys: environmentKeys(all), connectMs, delay: async () => {} });
}

/** The signature as the service computes it: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function signatureOf({ request, body }: Seen, secret: string) {
  const { authorization = '' } = request.headers;
  const [, scope = '', names = '', signature] =
    /Credential=AKID\/([^,]+), SignedHeaders=([^,]+), Signature=(\w+)$/.exec(authorization) ?? [];
  const sha = (content: string) => createHash('sha256').update(content).digest('hex');
  const headers = names.split(';').map((name) => `${name}:${request.headers[name]}\n`);
  const canonical = [request.method, request.url, '', headers.join(''), names, sha(body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, sha(canonical)].join('\n');
  const hmac = (key: string | Buffer, content: string) => createHmac('sha256', key).update(content).digest();
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return { scope, names, signature, expected: hmac(key, toSign).toString('hex') };
}

describe('an answer without end', () => {
  it.each([
    ['in size', 0, 'its answer has more than 1 MiB'],
    ['in time', 20, 'its answer takes longer than 1 seconds'],
  ])('%s is given up', async (_, everyMs, why) => {
    const { url, asked } = await lyingServer((request, response) => {
      request
        .resume()
        .on('end', () => endless(response, everyMs === 0 ? Buffer.alloc(65_536, 'x') : 'x', everyMs));
    });
    const env = { ...KEYS, AWS_ENDPOINT_URL: url };
    const answer = { bytes: 1024 * 1024, ms: everyMs === 0 ? 60_000 : 200 };
    const send = awsSender({ env, keys: environmentKeys(env), answer, delay: async () => {} });
    await expect(send(CALL)).rejects.toThrow(`ssm GetParameter got no answer: ${why}`);
    expect(asked).toHaveLength(1);
  });
});

describe('a call to AWS', () => {
  it.each<[string, AwsCall]>([
    ['ssm', CALL],
    ['batch', { service: 'batch', operation: 'SubmitJob', path: '/v1/submitjob', body: '{}' }],
    ['s3', { service: 's3', operation: 'GetObject', method: 'GET', bucket: 'b', path: '/a%20b/%C3%A9%27' }],
  ])('is signed: %s', async (service, call) => {
    const { url, seen } = await server();
    await senderTo(url)(call);
    const [first] = seen;
    if (!first) throw new Error('nothing came');
    const { scope, names, signature, expected } = signatureOf(first, 'a-secret-key');
    expect(signature).toBe(expected);
    expect(scope).toMatch(new RegExp(`^\\d{8}/eu-west-1/${service}/aws4_request$`));
    expect(names.split(';')).toEqual(expect.arrayContaining(['host', 'x-amz-date', 'x-amz-security-token']));
    expect(first.request.url).toBe(call.bucket === undefined ? call.path : '/b/a%20b/%C3%A9%27');
    expect(first.body).toBe(call.body ?? '');
  });

  it('goes to the server of its service, if the environment names one', async () => {
    const [own, all] = [await server(), await server()];
    await senderTo(all.url, { AWS_ENDPOINT_URL_SSM: `${own.url}/` })(CALL);
    expect([own.seen.length, all.seen.length]).toEqual([1, 0]);
  });

  it('is made again after a failure of the moment', async () => {
    const busy = '{"__type":"ThrottlingException"}';
    const { url, seen } = await server([500, ''], [400, busy], [200, '{"a":1}']);
    expect(await senderTo(url)(CALL)).toMatchObject({ status: 200, body: '{"a":1}' });
    expect(seen).toHaveLength(3);
  });

  it('is not made again where that could do it twice', async () => {
    const failing = await server([500, '']);
    const call = { ...CALL, repeatable: false };
    await expect(senderTo(failing.url)(call)).rejects.toMatchObject({ status: 500, uncertain: true });
    expect(failing.seen).toHaveLength(1);
    const busy = await server([429, '{"code":"TooManyRequestsException"}'], [200, '{}']);
    expect(await senderTo(busy.url)(call)).toMatchObject({ status: 200 });
  });

  it.each([
    ['JSON', '{"__type":"com.amazonaws.ssm#ParameterNotFound","message":"no such"}', 'ParameterNotFound'],
    ['JSON with a code', '{"code":"ParameterNotFound:http://x","Message":"no such"}', 'ParameterNotFound'],
    [
      'XML',
      '<?xml version="1.0"?><Error><Code>ParameterNotFound</Code><Message>no such</Message></Error>',
      'ParameterNotFound',
    ],
  ])('fails with what the service says in %s', async (_form, body, awsCode) => {
    const { url, seen } = await server([400, body]);
    await expect(senderTo(url)(CALL)).rejects.toMatchObject({
      awsCode,
      message: `ssm GetParameter was answered with ${awsCode}: no such`,
    });
    expect(seen).toHaveLength(1);
  });

  it('ends with its signal', async () => {
    const stop = new AbortController();
    stop.abort(new Error('no time left'));
    const { url } = await server();
    await expect(senderTo(url)({ ...CALL, signal: stop.signal })).rejects.toThrow('no time left');
  });

  it('needs keys', async () => {
    const send = awsSender({ env: {}, keys: environmentKeys({}) });
    await expect(send(CALL)).rejects.toMatchObject({ code: 'aws-credentials' });
  });
});

describe('a network without a way', () => {
  it('is noticed where connections are refused', async () => {
    const error = await senderTo('http://127.0.0.1:1')(CALL).catch((thrown: unknown) => thrown);
    expect(isUnreached(error)).toBe(true);
    expect(error).toMatchObject({ awsCode: 'ECONNREFUSED' });
  });

  it('is noticed where nobody answers, after the time for a connection and once only', async () => {
    let connections = 0;
    const silent = createTcpServer(() => {
      connections += 1;
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    const error = await senderTo(
      `https://127.0.0.1:${port}`,
      {},
      50,
    )(CALL).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      awsCode: 'CONNECT_TIMEOUT',
      message: 'ssm GetParameter got no answer: no connection was made within 0.05 seconds',
    });
    expect([isUnreached(error), connections]).toEqual([true, 1]);
  });
});
