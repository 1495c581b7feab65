import { describe, expect, it } from 'vitest';
import { FdlError } from '../../../src/errors.ts';
import type { Answer } from '../../../src/supervisor/hosts/host.ts';
import {
  type AnswerContext,
  LONGEST_BODY,
  lambdaAnswer,
} from '../../../src/supervisor/hosts/lambda-answer.ts';
import type { TaskResult } from '../../../src/supervisor/task.ts';

/** Bytes. AWS Lambda takes synchronous answers of up to 6 MB. */
const LONGEST_ANSWER = 6 * 1024 * 1024;

const CONTEXT: AnswerContext = {
  step: 's',
  requestId: 'r',
  http: false,
  repeated: true,
  lastLines: [],
  ownHeaders: { 'amz-log-group-name': 'group' },
};

function result(changes: Partial<TaskResult> = {}): TaskResult {
  const time = '2026-01-01T00:00:00.000Z';
  return {
    id: 'i',
    step: 's',
    status: 'succeeded',
    outputs: [],
    startedAt: time,
    endedAt: time,
    durationMs: 0,
    ...changes,
  };
}

function answer(results: readonly TaskResult[], body?: Uint8Array): Answer {
  return { ok: results.every(({ status }) => status === 'succeeded'), results, ...(body && { body }) };
}

function payload(given: Answer, context: Partial<AnswerContext> = {}) {
  const made = lambdaAnswer(given, { ...CONTEXT, ...context });
  if ('failure' in made) throw new Error(made.failure.errorMessage);
  return JSON.parse(made.payload);
}

function failure(given: Answer, context: Partial<AnswerContext> = {}) {
  const made = lambdaAnswer(given, { ...CONTEXT, ...context });
  if ('payload' in made) throw new Error(made.payload);
  return made.failure;
}

describe('lambdaAnswer', () => {
  it.each([
    ['application/json', Buffer.from('{"a":1}\n')],
    ['text/plain; charset=utf-8', Buffer.from('größer\n')],
    ['text/plain; charset=utf-8', Buffer.alloc(0)],
    ['application/octet-stream', Buffer.from([0xff, 0xd8, 0xff])],
  ])('says that content is %s', (type, body) => {
    const made = payload(answer([result()], body), { http: true });
    expect(made.headers).toEqual({ 'content-type': type, 'amz-lambda-request-id': 'r' });
    expect(Buffer.from(made.body, 'base64')).toEqual(body);
  });

  it('stays within 6 MB with the longest content', () => {
    const made = lambdaAnswer(answer([result()], Buffer.alloc(LONGEST_BODY)), CONTEXT);
    const length = 'payload' in made ? made.payload.length : 0;
    expect(length).toBeGreaterThan(LONGEST_ANSWER - 8192);
    expect(length).toBeLessThanOrEqual(LONGEST_ANSWER);
  });

  it('refuses content that was cut', () => {
    const cut = result({ stdoutCut: true, stdout: Buffer.from('a') });
    expect(failure(answer([cut], Buffer.from('a')))).toEqual({
      errorType: 'AnswerTooLarge',
      errorMessage: expect.stringMatching(/"s" wrote more than the \d+ bytes .* TMP_OUTPUT_DIR/),
    });
  });

  it('sums up several inputs, and names no more outputs than fit', () => {
    const output = { uri: `s3://bucket/${'k'.repeat(1024)}`, size: 1 };
    const results = [
      result({ id: 'a', outputs: Array(9000).fill(output) }),
      result({ id: 'b', outputs: [output] }),
    ];
    const made = payload(answer(results));
    expect(made).toMatchObject({ status: 'succeeded', invocations: ['a', 'b'], outputCount: 9001 });
    expect(JSON.stringify(made).length).toBeLessThan(LONGEST_ANSWER);
  });

  it('has nothing to tell of an event without objects', () => {
    expect(payload(answer([]))).toMatchObject({ step: 's', status: 'succeeded', outputs: [] });
  });

  it('puts the summary into an answer over HTTP for a request over HTTP', () => {
    const made = payload(answer([result()]), { http: true });
    expect(made).toMatchObject({ statusCode: 200, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(Buffer.from(made.body, 'base64').toString())).toMatchObject({ status: 'succeeded' });
  });

  it.each([
    ['ScriptFailed', { status: 'failed', exitCode: 3 }],
    ['ScriptFailed', { status: 'failed', signal: 'SIGKILL' }],
    ['ScriptTimedOut', { status: 'timed-out', signal: 'SIGTERM' }],
    ['ScriptCancelled', { status: 'cancelled' }],
    ['StepFailed', { status: 'failed' }],
    ['StepFailed', { status: 'failed', exitCode: 0 }],
  ] as const)('calls it %s: %j', (type, changes) => {
    expect(failure(answer([result({ ...changes, reason: 'why' })]))).toEqual({
      errorType: type,
      errorMessage: 'step "s" failed: why',
    });
  });

  const object = { uri: 's3://b/k', size: 1 };

  it.each([
    ['a script that failed', [result({ status: 'failed', exitCode: 1, reason: 'why', input: object })]],
    ['one that ran out of time', [result({ status: 'timed-out', signal: 'SIGTERM', input: object })]],
    [
      'one of several inputs',
      [result({ input: object }), result({ status: 'failed', signal: 'SIGKILL', input: object })],
    ],
  ])('is no failure where it would be repeated: %s', (_what, results) => {
    const made = payload(answer(results), { repeated: false });
    expect(made).toMatchObject({ status: 'failed', reason: expect.stringContaining('step "s" failed on') });
  });

  it.each([
    ['what is not the fault of a script', [result({ status: 'failed', input: object })]],
    ['time that ran out before the script', [result({ status: 'timed-out', input: object })]],
    ['an invocation that was ended', [result({ status: 'cancelled', signal: 'SIGTERM', input: object })]],
    ['a direct call, whose caller waits', [result({ status: 'failed', exitCode: 1 })]],
    [
      'an input beside one that a script failed on',
      [result({ status: 'failed', exitCode: 1, input: object }), result({ status: 'failed', input: object })],
    ],
  ])('is a failure all the same: %s', (_what, results) => {
    expect(failure(answer(results), { repeated: false }).errorMessage).toContain('step "s" failed');
  });

  it('fails if one of several inputs does', () => {
    const input = { uri: 's3://b/k', size: 1 };
    const bad = result({ status: 'failed', exitCode: 1, reason: 'why', input });
    expect(failure(answer([result(), bad, bad]), { lastLines: ['a', 'b'] }).errorMessage).toBe(
      'step "s" failed on s3://b/k: why (2 of 3 inputs failed)\nLast lines of the script:\na\nb',
    );
  });

  it('is a failure over HTTP too, so that no log reaches the caller', () => {
    const bad = result({ status: 'failed', exitCode: 1 });
    expect(failure(answer([bad]), { http: true }).errorType).toBe('ScriptFailed');
  });

  it.each([
    ['event-refused', 403],
    ['event-invalid', 400],
  ])('blames the caller over HTTP for %s, and nobody else', (code, statusCode) => {
    const error = new FdlError(code, 'the message', { hint: 'the hint' });
    const wrong: Answer = { ok: false, results: [], error };
    const made = payload(wrong, { http: true });
    expect(made).toMatchObject({ statusCode, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(Buffer.from(made.body, 'base64').toString())).toEqual({
      error: { code, message: 'the message', hint: 'the hint' },
    });
    expect(failure(wrong).errorMessage).toBe('the message the hint');
  });

  it('fails over HTTP for what is no fault of the caller', () => {
    const error = new FdlError('event-failed', 'odd');
    expect(failure({ ok: false, results: [], error }, { http: true })).toEqual({
      errorType: 'EventFailed',
      errorMessage: 'odd',
    });
  });
});
