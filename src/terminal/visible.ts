/**
 * Control characters made visible. What servers answer, what objects are called and what scripts print comes from others: a
 * terminal that takes it as it is may be made to move its cursor, to change its title, or to show text in another order.
 */

/**
 * What moves or hides other text: C0 but for tab and line end, DEL, C1, and the marks that turn the direction of text
 * (U+202A to U+202E, U+2066 to U+2069).
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about.
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** Colours and weights of letters ("select graphic rendition", ECMA-48 8.3.117). They move nothing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
const COLOUR = /(\x1b\[[\d;:]*m)/;

/** Behind these, letters look as before. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
const BACK = /^\x1b\[(0|22|39|49|)m$/;

/** Invisible letters, alone or among others; `38;5;8` is a colour. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
const CONCEAL = /^\x1b\[(?![\d;:]*[34]8[;:])(?:[\d;:]*[;:])?0*8[;:m]/;

/**
 * A text as a terminal may show it: each control character as `\x1b` or `\u202e`. Colours stay, or are left out where none
 * are wanted; those that nothing ends end with the text. The CR of a line end that Windows writes is left out.
 */
export function visible(text: string, { colours }: { readonly colours: boolean }): string {
  // Nearly every text: what follows is not for free.
  if (text.search(CONTROL) < 0) return text;
  const pieces = text.replaceAll('\r\n', '\n').split(COLOUR);
  // With a group, what is split at stands between the pieces: each second one is a colour.
  const shown = pieces.map((piece, index) => {
    if (index % 2 === 0 || CONCEAL.test(piece)) return piece.replace(CONTROL, codeOf);
    return colours ? piece : '';
  });
  const last = pieces.findLast((piece, index) => index % 2 === 1 && !CONCEAL.test(piece));
  return shown.join('') + (colours && last !== undefined && !BACK.test(last) ? '\x1b[0m' : '');
}

/** What something is called, on one line whatever is in it: no name makes lines that look as if they were ours. */
export function nameText(name: string): string {
  return name.replaceAll('\r', '\\r').replaceAll('\n', '\\n').replaceAll('\t', '\\t');
}

/** A JSON text as a terminal may show it, which means the same. */
export function visibleJson(text: string): string {
  return text.replace(CONTROL, (found) => `\\u${hex(found).padStart(4, '0')}`);
}

function codeOf(found: string): string {
  const code = hex(found);
  return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, '0')}`;
}

function hex(letter: string): string {
  return letter.charCodeAt(0).toString(16);
}
