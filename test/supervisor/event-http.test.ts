import { describe, expect, it } from 'vitest';
import { readEvent } from '../../src/supervisor/event.ts';
import { base64, contentOf, only, record } from './events.ts';

describe('requests over HTTP', () => {
  const v1 = (body: unknown, more: object = {}) => ({
    httpMethod: 'POST',
    path: '/launch',
    headers: { 'Content-Type': 'application/json' },
    queryStringParameters: null,
    body,
    isBase64Encoded: false,
    ...more,
  });
  const v2 = (body: unknown, more: object = {}) => ({
    version: '2.0',
    requestContext: { http: { method: 'POST', path: '/' } },
    headers: {},
    body,
    isBase64Encoded: false,
    ...more,
  });

  it.each([
    ['JSON as it is', v1('{ "a": 1 }'), '{ "a": 1 }'],
    ['base64 that the gateway did not encode, as it is', v1(base64('image')), base64('image')],
    ['lines of text, as they are', v1('test\nabcd\n'), 'test\nabcd\n'],
    ['text as it is', v1('hello, world'), 'hello, world'],
    [
      'what the gateway encoded, decoded once',
      v2(base64(base64('x')), { isBase64Encoded: true }),
      base64('x'),
    ],
    ['JSON that the gateway encoded', v2(base64('{"a":1}'), { isBase64Encoded: true }), '{"a":1}'],
    ['nothing', v1(null), ''],
    ['an absent body', { httpMethod: 'GET' }, ''],
    ['a body that is no text', v1({ a: 1 }), '{"a":1}'],
  ])('content is saved: %s', (_name, event, content) => {
    expect(contentOf(only(readEvent(event)))).toBe(content);
  });

  it('binary content survives', () => {
    const bytes = Buffer.from([0, 255, 254, 10, 13]);
    const { source } = only(readEvent(v2(bytes.toString('base64'), { isBase64Encoded: true })));
    expect(source).toMatchObject({ kind: 'body', bytes });
  });

  it('the event of content is the request without it', () => {
    const { body, ...head } = v1('text');
    expect(JSON.parse(only(readEvent({ ...head, body })).event)).toEqual(head);
  });

  const nested = [
    { script: base64('id') },
    { cmd_args: '["id"]' },
    { Records: [record('aws:s3', 'a')] },
    { storage_provider: 'minio.x', event: { Records: [record('minio:s3', 'a')] } },
    { source: 'aws.s3', detail: { bucket: { name: 'b' }, object: { key: 'k' } } },
    { event_type: 'x', payload: { scope: 's', name: 'n' } },
    { event: { name: 'a' }, subscription: 's' },
    v1('{"script":"aWQ="}'),
  ];

  it.each(nested)('%j is refused', (content) => {
    const text = JSON.stringify(content);
    for (const event of [
      v1(text),
      v2(text),
      v2(base64(text), { isBase64Encoded: true }),
      JSON.stringify(v1(text)),
    ]) {
      expect(() => readEvent(event)).toThrow(expect.objectContaining({ code: 'event-refused' }));
      expect(() => readEvent(event, { overHttp: 'refuse' })).toThrow(/may not/);
    }
  });

  it('a step may allow them', () => {
    const allowed = { overHttp: 'allow' } as const;
    expect(only(readEvent(v1(JSON.stringify(nested[0])), allowed)).command).toMatchObject({ kind: 'script' });
    expect(only(readEvent(v2(JSON.stringify(nested[2])), allowed)).source).toMatchObject({ key: 'a' });
    expect(only(readEvent(v2(JSON.stringify(nested[3])), allowed)).source).toMatchObject({
      store: 'minio.x',
    });
  });

  it('query parameters become variables, and what is not passed on is noted', () => {
    const queryStringParameters = { THRESHOLD: '0.5', PATH: '/evil', name: 'x' };
    const task = only(readEvent(v1('{"a":1}', { queryStringParameters })));
    expect(task.environment).toEqual({ THRESHOLD: '0.5', name: 'x' });
    expect(task.notes).toEqual(['the query parameter "PATH" is not passed on to the script']);
  });

  it('query parameters do not hide what the event itself says', () => {
    const queryStringParameters = { STORAGE_OBJECT_KEY: 'other', A: '1' };
    const event = v1(JSON.stringify({ Records: [record('aws:s3', 'a')] }), { queryStringParameters });
    const task = only(readEvent(event, { overHttp: 'allow' }));
    expect(task.environment).toMatchObject({ STORAGE_OBJECT_KEY: 'a', A: '1' });
  });
});
