/** A block of text that is drawn anew in place as it changes. */
import type { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { textWidth } from './fit.ts';

/** What a block is drawn on. */
export interface Screen extends Pick<Writable, 'write'> {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** Draws the block. */
export type Redraw = (text: string) => void;

/**
 * On a terminal the block takes the place of the one before: as much of it as the screen has lines for. Elsewhere, and where the
 * cursor cannot move, each block that differs comes behind the last, with an empty line between them.
 */
export function redrawing(screen: Screen, canMove: boolean): Redraw {
  let last: string | undefined;
  let drawn: readonly string[] = [];
  return (text) => {
    if (text === last) return;
    if (!canMove) screen.write(`${last === undefined ? '' : '\n'}${text}\n`);
    else {
      const columns = screen.columns || 80;
      // As the terminal folds them by now: it may have become narrower.
      const height = drawn.reduce((sum, line) => sum + rowsOf(line, columns), 0);
      drawn = fitting(text.split('\n'), columns, (screen.rows || 24) - 1);
      const up = height > 0 ? `\x1b[${height}A\r\x1b[J` : '';
      screen.write(`${up}${drawn.join('\n')}\n`);
    }
    last = text;
  };
}

function rowsOf(line: string, columns: number): number {
  return Math.max(1, Math.ceil(textWidth(stripVTControlCharacters(line)) / columns));
}

/**
 * What fits: of a block with an empty line in it all that stands above, and of what is below the last lines, which are the
 * newest; else the first lines. That there are more is said.
 */
function fitting(lines: readonly string[], columns: number, rows: number): readonly string[] {
  const height = (those: readonly string[]) => those.reduce((sum, line) => sum + rowsOf(line, columns), 0);
  if (height(lines) <= rows) return lines;
  const head = lines.slice(0, lines.indexOf('') + 1);
  const left = rows - height(head) - 1;
  if (left < 1) return firstOf(lines, columns, rows - 1);
  let from = lines.length;
  while (height(lines.slice(from - 1)) <= left) from--;
  return [...head, '  …', ...lines.slice(from)];
}

function firstOf(lines: readonly string[], columns: number, rows: number): readonly string[] {
  let [left, to] = [rows, 0];
  for (; to < lines.length; to++) {
    left -= rowsOf(lines[to] ?? '', columns);
    if (left < 0) break;
  }
  return [...lines.slice(0, to), '  …'];
}
