/** What others wrote never steers a terminal. */
import { describe, expect, it } from 'vitest';
import { visible, visibleJson } from '../../src/terminal/visible.ts';

const shown = (text: string) => visible(text, { colours: true });

describe('control characters on a terminal', () => {
  it.each([
    ['\x1b[2Jgone', '\\x1b[2Jgone'],
    ['\x1b]0;title\x07', '\\x1b]0;title\\x07'],
    ['good\rbad', 'good\\x0dbad'],
    ['\x9b31m\x7f', '\\x9b31m\\x7f'],
    ['a\u202egpj.exe\u2069', 'a\\u202egpj.exe\\u2069'],
    ['\x1b[8mhidden', '\\x1b[8mhidden'],
    ['\x1b[1;8mhidden', '\\x1b[1;8mhidden'],
  ])('%j shows as %j', (text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  it.each(['plain', 'a\tb\nc', '日本 ✓ é שלום', '\x1b[31mred\x1b[39m', '\x1b[38;5;8mgrey\x1b[0m'])(
    '%j stays',
    (text) => {
      expect(shown(text)).toBe(text);
    },
  );

  it('a line end of Windows is a line end', () => {
    expect(shown('one\r\ntwo\r\n')).toBe('one\ntwo\n');
  });

  it('a colour that nothing ends, ends with the text', () => {
    expect(shown('\x1b[31mred')).toBe('\x1b[31mred\x1b[0m');
  });

  it('colours are left out where none are wanted', () => {
    expect(visible('\x1b[31mred\x1b[0m \x1b[A', { colours: false })).toBe('red \\x1b[A');
  });

  it('JSON means the same as before', () => {
    const value = { name: 'a\x9b\u202e\x7f\x1b' };
    const text = visibleJson(JSON.stringify(value));
    expect(text).toBe('{"name":"a\\u009b\\u202e\\u007f\\u001b"}');
    expect(JSON.parse(text)).toEqual(value);
  });
});
