import { describe, expect, it } from 'vitest';
import { type GatewayConfig, gatewayAnswer } from '../../src/supervisor/gateway.ts';
import { fakeAws, refusal } from './delegate/fake-aws.ts';
import { s3Event, TARGET } from './delegate/orders.ts';

const CONFIG: GatewayConfig = { workflow: 'w', step: 'convert', batch: TARGET };
const CONTEXT = { awsRequestId: 'r-1', functionName: 'convert-gateway' };

function gateway(changes: Partial<GatewayConfig> = {}) {
  const aws = fakeAws();
  const said: string[] = [];
  const deps = { send: aws.send, clock: Date.now, say: (line: string) => said.push(line) };
  return {
    aws,
    lines: () => said.map((line) => JSON.parse(line)),
    call: (event: unknown) => gatewayAnswer(event, CONTEXT, { ...CONFIG, ...changes }, deps),
  };
}

describe('the gateway', () => {
  it('submits a job for each object', async () => {
    const { aws, call, lines } = gateway();
    expect(await call(s3Event('a.txt', 'b%2Fc.txt'))).toEqual({
      step: 'convert',
      status: 'delegated',
      jobs: [
        { id: 'job-1', name: expect.stringMatching(/^convert-a-txt-/), input: 's3://in/a.txt' },
        { id: 'job-2', name: expect.stringMatching(/^convert-c-txt-/), input: 's3://in/b/c.txt' },
      ],
    });
    const keys = aws.jobs.map(
      ({ variables }) => JSON.parse(variables['FDL_EVENT'] ?? '').Records[0].s3.object.key,
    );
    expect(keys).toEqual(['a.txt', 'b%2Fc.txt']);
    expect(lines()).toMatchObject([
      {
        fdl: 'delegated',
        workflow: 'w',
        step: 'convert',
        input: 's3://in/a.txt',
        job: 'job-1',
        requestId: 'r-1',
      },
      { fdl: 'delegated', job: 'job-2' },
    ]);
  });

  it('has nothing to do for an event without objects', async () => {
    const { aws, call } = gateway();
    expect(await call({ fdl: 'preheat' })).toMatchObject({ jobs: [] });
    expect(await call(s3Event('folder/'))).toMatchObject({ jobs: [] });
    expect(aws.calls).toEqual([]);
  });

  it('fails where a job is missing, and makes up for it when the event comes again', async () => {
    const { aws, call, lines } = gateway();
    aws.failNext('SubmitJob', refusal(400, 'ClientException'));
    await expect(call(s3Event('a', 'b'))).rejects.toMatchObject({ awsCode: 'ClientException' });
    expect(aws.jobs).toHaveLength(1);
    expect(
      lines()
        .map(({ fdl }) => fdl)
        .toSorted(),
    ).toEqual(['delegated', 'undelegated']);
    expect(await call(s3Event('a', 'b'))).toMatchObject({ jobs: [{}, {}] });
    expect(aws.jobs).toHaveLength(2);
  });

  it('takes the events that a function failed on, and says whose they are', async () => {
    const { aws, call } = gateway();
    const failed = {
      version: '1.0',
      timestamp: '2026-01-01T00:00:00.000Z',
      requestContext: {
        requestId: 'r-0',
        functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:convert:$LATEST',
        condition: 'RetriesExhausted',
        approximateInvokeCount: 1,
      },
      requestPayload: s3Event('a', 'b'),
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: { errorMessage: 'Runtime exited' },
    };
    await call(failed);
    expect(aws.jobs.map(({ variables }) => variables['FDL_DELEGATED_BY'])).toEqual([
      'convert/r-0',
      'convert/r-0',
    ]);
    expect(aws.jobs.map(({ variables }) => variables['FDL_REQUEST_ID'])).toEqual(['r-0', 'r-0']);
    await call(s3Event('a'));
    expect(aws.jobs).toHaveLength(2);
  });

  it('answers requests over HTTP, and refuses what may not come that way', async () => {
    const { aws, call } = gateway();
    const request = (body: string) => ({ requestContext: { http: { method: 'POST' } }, body });
    const accepted = (await call(request('hello, all'))) as { statusCode: number; body: string };
    expect(accepted.statusCode).toBe(200);
    expect(JSON.parse(accepted.body)).toMatchObject({ jobs: [{ id: 'job-1' }] });
    expect(await call(request(JSON.stringify(s3Event('a'))))).toMatchObject({ statusCode: 403 });
    expect(aws.jobs).toHaveLength(1);
    const open = gateway({ overHttp: 'allow' });
    expect(await open.call(request(JSON.stringify(s3Event('a', 'b'))))).toMatchObject({ statusCode: 200 });
    expect(open.aws.jobs).toHaveLength(2);
  });
});
