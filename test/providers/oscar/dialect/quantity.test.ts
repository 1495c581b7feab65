import { describe, expect, test } from 'vitest';
import { parseMebibytes, parseQuantity } from '../../../../src/providers/oscar/dialect/quantity.ts';

describe('a quantity of Kubernetes', () => {
  test.each([
    ['1', 1],
    ['0.5', 0.5],
    ['.5', 0.5],
    ['5.', 5],
    ['+2', 2],
    ['-2', -2],
    ['500m', 0.5],
    ['2k', 2000],
    ['1M', 1e6],
    ['1Gi', 2 ** 30],
    ['1.5Ki', 1536],
    ['2e3', 2000],
    ['2E3', 2000],
    ['1E', 1e18],
    [' 256Mi ', 256 * 2 ** 20],
  ])('%s is %d', (text, expected) => {
    expect(parseQuantity(text)).toBeCloseTo(expected, 9);
  });

  test.each([
    '',
    ' ',
    '1 Gi',
    '1gb',
    '1GB',
    'Gi',
    '1KB',
    '1,5',
    '1..5',
    'a',
    '1K',
    '0x10',
    'constructor',
    '1toString',
  ])('"%s" is none', (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });

  test('in MiB is rounded up', () => {
    expect(parseMebibytes('1Gi')).toBe(1024);
    expect(parseMebibytes('1G')).toBe(954);
    expect(parseMebibytes('1')).toBe(1);
    expect(parseMebibytes('x')).toBeUndefined();
  });
});
