import { describe, expect, it } from 'vitest';
import { textDiff } from '../../src/terminal/text-diff.ts';

const diff = (before: string, after: string) =>
  textDiff(before, after).map(({ sign, text }) => `${sign}${text}`);

describe('what differs between two texts', () => {
  it.each([
    ['nothing', 'a\nb\n', 'a\nb\n', []],
    ['a line at the end', 'a\n', 'a\nb\n', ['+b']],
    ['a line break at the end', 'a\nb', 'a\nb\n', []],
    ['a line within', 'a\nb\nc\n', 'a\nx\nc\n', ['-b', '+x']],
    ['two places', 'a\nb\nc\nd\ne\n', 'b\nc\nx\ne\nf\n', ['-a', '-d', '+x', '+f']],
    ['equal lines that are added', 'a\na\n', 'a\na\na\n', ['+a']],
    ['everything', '', 'a\nb\n', ['+a', '+b']],
  ])('%s', (_, before, after, lines) => {
    expect(diff(before, after)).toEqual(lines);
  });

  it('long texts take no time: what lies between equal ends counts as changed', () => {
    const many = (name: string) =>
      `start\n${Array.from({ length: 3000 }, (_, n) => `${name}${n}`).join('\n')}\nend\n`;
    expect(textDiff(many('a'), many('b'))).toHaveLength(6000);
  });
});
