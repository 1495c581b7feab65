/** Colours, only where a person looks, and the width of where they look. */
import { styleText } from 'node:util';

type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'magenta';

/** Paints a text, or leaves it as it is where colours are off. */
export type Style = (colour: Colour, text: string) => string;

export const plain: Style = (_colour, text) => text;

const painted: Style = (colour, text) => styleText(colour, text, { validateStream: false });

/** Colours for a stream: on a terminal, unless `NO_COLOR` is set (https://no-color.org); `FORCE_COLOR` forces them. */
export function styleFor(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Style {
  if (environment['NO_COLOR']) return plain;
  const forced = environment['FORCE_COLOR'];
  if (forced !== undefined && forced !== '0') return painted;
  return stream.isTTY && environment['TERM'] !== 'dumb' ? painted : plain;
}

/** Columns of a terminal; one that does not say so (0 columns) has 80, as other programs take it. */
export function columnsOf({ columns }: { readonly columns?: number }): number {
  return columns || 80;
}
