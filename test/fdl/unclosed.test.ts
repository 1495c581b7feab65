/** A quote or bracket that is not closed is found where it opens, not where the parser stumbles. */
import { describe, expect, it } from 'vitest';
import { parseTree } from '../../src/fdl/parse.ts';
import { makeSource } from '../../src/fdl/source.ts';

/** The place and the message of what is wrong with the text. `^` marks where it opens. */
function wrongWith(marked: string) {
  const text = marked.replace('^', '');
  const source = makeSource('w.yaml', text);
  const [found] = parseTree(source).diagnostics;
  const { line = 0, column = 0 } = found?.place ?? {};
  const offset = (source.lineStarts[line - 1] ?? 0) + column - 1;
  return { ...found, marked: `${text.slice(0, offset)}^${text.slice(offset)}` };
}

describe('what is not closed', () => {
  it.each([
    ['a double quote', 'a: 1\nb: ^"open\nc: 2\nd: 3\n'],
    ['a single quote', "a: 1\nb: ^'it''s open\nc: 2\n"],
    ['a quote, with others below', 'a: ^"x\nb: "y"\nc: "z"\n'],
    ['a quote in an item', 'a:\n  - "b"\n  - ^"c\n  - d\n'],
    ['a quote until the end', 'a:\n  b: ^"c'],
    ['a quote that ends where another one opens', 'a: ^"x\n  b: "y"\n'],
    ['a quote in a bracket', 'a: [x, ^"y]\nb: 1\n'],
    ['a quote behind an anchor and a tag', 'a: &x !!str ^"y\nb: 1\n'],
    ['a list', 'a: ^[1, 2\nb: 3\nc: [4]\n'],
    ['a list in a section', 'x:\n  a: ^[1, "]"\n  b: 3\n  c: [4]\ny: 1\n'],
    ['a list with a key in it', 'in: ^[provider: s3\n  path: x\nout: y\n'],
    ['a map in a list', 'a: [1, ^{b: 2]\nc: d\n'],
    ['a list in a map', 'a: {x: 1, y: ^[2\nb: 3\n'],
    ['brackets in JSON', '{"a": {"b":"[", "c":^[1}, "d": 2}\n'],
    ['a list until the end', 'a: {aws: ^['],
    [
      'a quote, below quotes and brackets that are none',
      `# don't [\na: it's {x\nb: |\n  "[\n  it's\nc:\n  - d: >-\n     "\n    e: x # '\n  - |\n   {\nf: ^"g\nh: i\n`,
    ],
  ])('%s', (_, marked) => {
    const found = wrongWith(marked);
    expect(found.marked).toBe(marked);
    expect(found.code).toBe('yaml-syntax');
    expect(found.message).toMatch(
      /the (quote|bracket) .* that opens here is (not closed|closed in line 2 only)/,
    );
  });

  it('is said with the line that no longer belongs to it', () => {
    expect(wrongWith('a: 1\nb: ^"open\nc: 2\n').message).toBe(
      'not valid YAML: the quote " that opens here is not closed: line 3 no longer belongs to it',
    );
    expect(wrongWith('a: {aws: ^[').message).toBe(
      'not valid YAML: the bracket [ that opens here is not closed',
    );
  });

  it.each([
    ['a comma that is missing', 'a: [1, {b: 2} ^{c: 3}]\n'],
    ['a bracket too many', 'a: [1, 2]^]\n'],
    ['a line in a list that is indented too little', 'x:\n  a: [\n    1,\n  ^2\n  ]\n'],
    ['text behind a quote', 'a: "b" ^c\n'],
    ['an escape that is none', 'a: "C:\\^q"\n'],
    ['an indentation', 'a: 1\n b^: "2"\n'],
  ])('is not %s', (_, marked) => {
    expect(wrongWith(marked).marked).toBe(marked);
  });
});
