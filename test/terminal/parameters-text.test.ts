import { expect, test } from 'vitest';
import { parametersText } from '../../src/terminal/parameters-text.ts';
import { plain } from '../../src/terminal/style.ts';

test('parameters are a line, with quotes where a value could be misread', () => {
  const values = { STAGE: 'test', LIMIT: 5, OPEN: true, TITLE: 'a, b', EMPTY: '', NONE: null };
  expect(parametersText(values, plain)).toBe(
    'parameters: STAGE=test, LIMIT=5, OPEN=true, TITLE="a, b", EMPTY="", NONE=(no value)',
  );
  expect(parametersText({ LONG: 'x'.repeat(100) }, plain)).toMatch(/=x{60}…$/);
});

test('a file without parameters has no such line', () => {
  expect(parametersText({}, plain)).toBeUndefined();
});
