/** Text that fits into the columns of a terminal. */
import { stripVTControlCharacters } from 'node:util';
import { visible } from './visible.ts';

/** The first of some kinds of letters that take two columns; what follows counts as such, which may be too much. */
const FIRST_WIDE = 0x1100;

/** What a terminal shows of a text, letter by letter, without colours. */
function lettersOf(text: string): readonly string[] {
  return [...visible(stripVTControlCharacters(text), { colours: false })];
}

function widthOf(letter: string): number {
  return (letter.codePointAt(0) ?? 0) < FIRST_WIDE ? 1 : 2;
}

/** Columns that a text takes, colours aside. */
export function textWidth(text: string): number {
  return lettersOf(text).reduce((sum, letter) => sum + widthOf(letter), 0);
}

/** The text with blanks behind it, as wide as that. */
export function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - textWidth(text)));
}

/** As much of the beginning of a text as fits; colours are left out. */
export function beginningOf(text: string, columns: number): string {
  return cut(lettersOf(text), columns, (shown) => `${shown.join('')}…`);
}

/** As much of the end of a text as fits: of a URI, that is the name of the file. */
export function endOf(text: string, columns: number): string {
  return cut(lettersOf(text).toReversed(), columns, (shown) => `…${shown.toReversed().join('')}`, true);
}

function cut(
  letters: readonly string[],
  columns: number,
  shorter: (shown: string[]) => string,
  isReversed = false,
): string {
  const all = () => (isReversed ? letters.toReversed() : letters).join('');
  if (letters.reduce((sum, letter) => sum + widthOf(letter), 0) <= columns) return all();
  let room = columns - 1;
  const shown: string[] = [];
  for (const letter of letters) {
    room -= widthOf(letter);
    if (room < 0) break;
    shown.push(letter);
  }
  return shorter(shown);
}
