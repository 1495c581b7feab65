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
 * On a terminal the block takes the place of the one before: as much of it as the screen has lines. Elsewhere, and where the
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

/** The first lines that fit; that there are more is said. */
function fitting(lines: readonly string[], columns: number, rows: number): readonly string[] {
  const fits: string[] = [];
  let left = rows;
  for (const line of lines) {
    left -= rowsOf(line, columns);
    if (left < (fits.length + 1 === lines.length ? 0 : 1)) return [...fits, '  …'];
    fits.push(line);
  }
  return fits;
}
