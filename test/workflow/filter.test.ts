import { describe, expect, test } from 'vitest';
import { filterText, keyPatterns, mayShare, takesKey } from '../../src/workflow/filter.ts';

const folder = (prefix: string, prefixes: readonly string[] = [], suffixes: readonly string[] = []) => {
  return { prefix, prefixes, suffixes };
};

describe('the keys of a folder', () => {
  test.each([
    ['all', folder('in'), ['in/*']],
    ['of a whole bucket', folder(''), ['*']],
    ['with an end', folder('in', [], ['.csv']), ['in/*.csv']],
    [
      'with several ends and starts',
      folder('in', ['a', 'b'], ['.x', '.y']),
      ['in/a*.x', 'in/a*.y', 'in/b*.x', 'in/b*.y'],
    ],
    ['without what says the same again', folder('', ['a', 'ab'], ['.tar.gz', '.gz', '.gz']), ['a*.gz']],
    ['with an empty end, which is any', folder('in', [], ['', '.csv']), ['in/*']],
  ])('%s', (_, given, patterns) => {
    expect(keyPatterns(given).map(({ prefix, suffix }) => `${prefix}*${suffix}`)).toEqual(patterns);
  });

  test.each([
    ['in/a.csv', true],
    ['in/deep/a.csv', true],
    ['in/a.txt', false],
    ['input/a.csv', false],
    ['a.csv', false],
  ])('%s belongs into in/*.csv: %s', (key, expected) => {
    expect(takesKey(folder('in', [], ['.csv']), key)).toBe(expected);
  });

  test.each([
    [folder('in'), folder('in/x'), true],
    [folder('in', [], ['.csv']), folder('in', [], ['.txt']), false],
    [folder('in', [], ['.gz']), folder('in', [], ['.tar.gz']), true],
    [folder('in', [], ['.csv', '.txt']), folder('in', [], ['.txt']), true],
    [folder('in', ['a'], []), folder('in', ['b'], []), false],
    [folder('in', ['x/a'], []), folder('in/x', ['b'], []), false],
    [folder('in', ['x/a'], []), folder('in/x', [], []), true],
  ])('%j and %j share some: %s', (a, b, expected) => {
    expect([mayShare(a, b), mayShare(b, a)]).toEqual([expected, expected]);
  });
});

test.each([
  ['one of each', folder('', ['a'], ['.csv']), 'start with a and end with .csv'],
  ['blanks', folder('', ['a b', 'é'], ['.csv ']), 'start with "a b" or é and end with ".csv "'],
  ['without what says the same again', folder('', [], ['.gz', '.tar.gz']), 'end with .gz'],
  ['an empty end, which is any', folder('', ['a'], ['', '.csv']), 'start with a'],
  ['nothing', folder('', [], ['']), undefined],
])('what names must be like: %s', (_, filter, text) => {
  expect(filterText(filter)).toBe(text);
});
