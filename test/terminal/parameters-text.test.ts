import { expect, test } from 'vitest';
import { parametersJson, parametersText } from '../../src/terminal/parameters-text.ts';
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

test('what is hidden is so before a long value is cut, and in JSON', () => {
  const secret = 'k'.repeat(100);
  const mask = (text: string) => text.replaceAll(secret, '(secret)');
  const values = { LOGIN: `user:${secret}`, PIN: 12, NONE: null };
  expect(parametersText(values, plain, mask)).toBe(
    'parameters: LOGIN=user:(secret), PIN=12, NONE=(no value)',
  );
  expect(parametersJson(values, mask)).toEqual({ LOGIN: 'user:(secret)', PIN: 12, NONE: null });
  expect(parametersJson({ PIN: 123456 }, (text) => text.replace('123456', '(secret)'))).toEqual({
    PIN: '(secret)',
  });
});
