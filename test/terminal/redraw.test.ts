import { expect, it } from 'vitest';
import { redrawing } from '../../src/terminal/redraw.ts';

/** What is drawn of it on a screen of these lines. */
function drawn(text: string, rows: number): readonly string[] {
  const shown: string[] = [];
  redrawing({ columns: 20, rows: rows + 1, write: (part: string) => shown.push(part) > 0 }, true)(text);
  return shown.join('').trimEnd().split('\n');
}

it('draws of a block that is too high its head and what is newest', () => {
  const block = ['shop', '  upper  4 running', '', 'a', 'b', 'c', 'd, which takes two lines'];
  expect(drawn(block.join('\n'), 8)).toEqual(block);
  expect(drawn(block.join('\n'), 7)).toEqual([...block.slice(0, 3), '  …', ...block.slice(5)]);
  expect(drawn(block.join('\n'), 3)).toEqual([...block.slice(0, 2), '  …']);
});
