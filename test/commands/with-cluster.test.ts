import { expect, it } from 'vitest';
import { columnsText } from '../../src/commands/with-cluster.ts';

it('what a cluster tells makes no rows of its own', () => {
  const rows = [
    ['a', 'mine'],
    ['b', 'theirs\r\nc  mine'],
  ];
  expect(columnsText(rows, (_, text) => text)).toBe('a  mine\nb  theirs c  mine');
});
