import { describe, expect, it } from 'vitest';
import { platformLine } from '../../../../src/providers/aws/runtime/platform-line.ts';
import { LAMBDA } from './log-lines.ts';

const { request } = LAMBDA;

describe('platformLine', () => {
  it.each([
    'plain text',
    'REPORT of the year',
    'START',
    'Error: RequestId: none',
    '{"type":"platform"}',
    '{"fdl":"start"}',
    '{"type":"function","record":"platform.report"}',
    '{"broken "platform.report',
    '',
  ])('leaves %j to the script', (message) => {
    expect(platformLine(message)).toBeUndefined();
  });

  it('knows the start of a request', () => {
    expect(platformLine(LAMBDA.start())).toEqual({ kind: 'start', requestId: request });
    const json = { time: 'now', type: 'platform.start', record: { requestId: request, version: '1' } };
    expect(platformLine(JSON.stringify(json))).toEqual({ kind: 'start', requestId: request });
  });

  it.each([
    LAMBDA.init,
    LAMBDA.end(),
    LAMBDA.report(),
    LAMBDA.report(request, 'Init Duration: 200.11 ms'),
    'EXTENSION\tName: insights\tState: Ready',
    'INIT_REPORT Init Duration: 9999.40 ms\tPhase: init\tStatus: timeout',
    JSON.stringify({ type: 'platform.report', record: { requestId: request, status: 'success' } }),
    JSON.stringify({ type: 'platform.runtimeDone', record: { requestId: request, status: 'timeout' } }),
  ])('hides %j', (message) => {
    expect(platformLine(message)).toMatchObject({ kind: 'other' });
  });

  it('reads what a request is charged for, as text and as JSON', () => {
    const bill = { requestId: request, milliseconds: 3000, memoryMib: 128, requests: 1 };
    expect(platformLine(LAMBDA.report(request, 'Status: timeout'))).toMatchObject({ kind: 'failure', bill });
    const metrics = { billedDurationMs: 3000, memorySizeMB: 128 };
    const json = { type: 'platform.report', record: { requestId: request, status: 'success', metrics } };
    expect(platformLine(JSON.stringify(json))).toEqual({ kind: 'other', bill });
  });

  it('knows what ran out of time, and after how long', () => {
    expect(platformLine(LAMBDA.timedOut())).toMatchObject({
      kind: 'failure',
      requestId: request,
      status: 'timed-out',
      reason: 'it did not end within the timeout of its function (3 s)',
    });
    const report = LAMBDA.report(request, 'Status: timeout');
    expect(platformLine(report)).toMatchObject({ kind: 'failure', status: 'timed-out', precise: false });
    const json = { type: 'platform.report', record: { requestId: request, status: 'timeout' } };
    expect(platformLine(JSON.stringify(json))).toMatchObject({ status: 'timed-out', requestId: request });
  });

  it.each([
    [LAMBDA.report(request, 'Status: error\tError Type: Runtime.OutOfMemory')],
    [LAMBDA.report(request, 'Status: error\tError Type: Runtime.ExitError', 128)],
    [
      JSON.stringify({
        type: 'platform.report',
        record: {
          requestId: request,
          status: 'error',
          errorType: 'Runtime.OutOfMemory',
          metrics: { memorySizeMB: 128, maxMemoryUsedMB: 127 },
        },
      }),
    ],
  ])('knows what ran out of memory: %j', (message) => {
    const reason = 'it ran out of the memory of its function (128 MB)';
    expect(platformLine(message)).toMatchObject({ kind: 'failure', status: 'failed', reason, precise: true });
  });

  it('tells apart who ended it', () => {
    const exit = platformLine(LAMBDA.report(request, 'Status: error\tError Type: Runtime.ExitError'));
    expect(exit).toMatchObject({ reason: 'AWS Lambda ended it: Runtime.ExitError', precise: false });
    const own = platformLine(LAMBDA.report(request, 'Status: error\tError Type: EventInvalid'));
    expect(own).toMatchObject({ reason: 'it failed: EventInvalid' });
    expect(platformLine(LAMBDA.crashed())).toMatchObject({
      status: 'failed',
      reason: 'its process ended: Runtime exited with error: signal: killed',
    });
  });

  it('knows starts that failed', () => {
    const report =
      'INIT_REPORT Init Duration: 30.11 ms\tPhase: init\tStatus: error\tError Type: ConfigInvalid';
    expect(platformLine(report)).toEqual({ kind: 'init-failure', reason: 'ConfigInvalid' });
    const launch = 'IMAGE\tLaunch error: fork/exec /x: exec format error\tEntrypoint: [/x]\tCmd: []';
    expect(platformLine(launch)).toMatchObject({ kind: 'init-failure' });
  });
});
