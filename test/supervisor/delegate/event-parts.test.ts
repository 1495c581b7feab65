import { describe, expect, it } from 'vitest';
import { eventParts } from '../../../src/supervisor/delegate/event-parts.ts';
import { readEvent } from '../../../src/supervisor/event.ts';
import { s3Event } from './orders.ts';

/** Sources of an event, and those that its parts have once they are read again. */
function sources(event: unknown, options = {}) {
  const parts = eventParts(event, options);
  const again = parts.map((part) => readEvent(part.event, options));
  expect(again.every((tasks) => tasks.length === 1)).toBe(true);
  const whole = readEvent(event, options);
  return { whole, again: again.flat() };
}

const base64 = Buffer.from('echo hi').toString('base64');

describe('eventParts', () => {
  it.each([
    ['two records', s3Event('a+1', 'b/c'), {}],
    ['one record', s3Event('a'), {}],
    ['records with a script', { ...s3Event('a', 'b'), script: base64 }, {}],
    ['what another cluster passed on', { storage_provider: 'minio.far', event: s3Event('a', 'b') }, {}],
    [
      'the same as text, with a command',
      { storage_provider: 'far', event: JSON.stringify(s3Event('a', 'b')), cmd_args: ['ls'] },
      {},
    ],
    [
      'a request that may carry events',
      { httpMethod: 'POST', queryStringParameters: { n: '1' }, body: JSON.stringify(s3Event('a', 'b')) },
      { overHttp: 'allow' },
    ],
  ])('are each what the whole was: %s', (_what, event, options) => {
    const { whole, again } = sources(event, options);
    const seen = (tasks: typeof whole) =>
      tasks.map(({ source, command, environment }) => ({ source, command, environment }));
    expect(seen(again)).toEqual(seen(whole));
  });

  it('are the event itself, to the letter, where it is one', () => {
    for (const text of ['hello', '', '{ "a": 1 }', JSON.stringify(s3Event('a'))]) {
      expect(eventParts(text).map(({ event }) => event)).toEqual([text]);
    }
  });

  it('are none for placeholders of folders, and for what only warms up', () => {
    expect(eventParts(s3Event('folder/'))).toEqual([]);
    expect(eventParts({ fdl: 'preheat' })).toEqual([]);
  });
});
