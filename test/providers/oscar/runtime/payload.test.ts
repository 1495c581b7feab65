import { describe, expect, it } from 'vitest';
import { answerOf, bodyOf } from '../../../../src/providers/oscar/runtime/payload.ts';

const base64 = (text: string | Buffer) => Buffer.from(text as string).toString('base64');

describe('the body of a call', () => {
  it('is JSON for events, base64 for everything else', () => {
    expect(bodyOf({ a: 1 })).toBe('{"a":1}');
    expect(bodyOf(undefined)).toBe('{}');
    expect(bodyOf('{"a": 1}')).toBe('{"a": 1}');
    expect(bodyOf(Buffer.from('{"a": 1}'))).toBe('{"a": 1}');
    expect(bodyOf('hello')).toBe(base64('hello'));
    // JSON that is no object would break the supervisor.
    expect(bodyOf('[1]')).toBe(base64('[1]'));
    expect(bodyOf(12)).toBe(base64('12'));
    const bytes = Buffer.from([0xff, 0, 1]);
    expect(bodyOf(bytes)).toBe(base64(bytes));
  });
});

describe('the answer of a service', () => {
  // Rule: Python's `print` puts a line feed behind it.
  const answer = (printed: string) => Buffer.from(answerOf(Buffer.from(`${printed}\n`)));

  it('is its output file', () => {
    expect(answer(base64('hello\n')).toString()).toBe('hello\n');
    const bytes = Buffer.alloc(60, 0xff);
    expect(answer(base64(bytes))).toEqual(bytes);
  });

  it('is what the script printed, byte for byte, where that is no file', () => {
    for (const printed of [
      'two words\n',
      'DONE\n',
      'test\n',
      `${base64('hello')}\n`,
      'hello123',
      '{"a":1}',
      '',
    ])
      expect(answer(printed).toString()).toBe(printed);
  });
});
