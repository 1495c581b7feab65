/** The text of a file, with the places of its characters. */
import type { Place } from '../errors.ts';
import { FdlError } from '../errors.ts';

/** A file may be this long, in bytes: more than ten thousand functions, and still read in about a second. */
const MAX_BYTES = 8 * 1024 * 1024;

export interface Source {
  readonly file: string;
  readonly text: string;
  /** Offset of the first character of each line. */
  readonly lineStarts: readonly number[];
}

/**
 * Decodes a file as YAML allows it: UTF-8 or UTF-16, with or without a byte order mark, which is dropped.
 * @throws FdlError `file-too-large`, `not-text`
 */
export function decodeSource(file: string, bytes: Uint8Array): Source {
  const place = { file, line: 1, column: 1 };
  if (bytes.length > MAX_BYTES) {
    throw new FdlError(
      'file-too-large',
      `${file} has ${bytes.length} bytes; an FDL file may have ${MAX_BYTES}`,
      {
        hint: 'Split the workflow into several files, or move inline scripts into files of their own.',
        place,
        exitCode: 2,
      },
    );
  }
  try {
    return makeSource(file, new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new FdlError('not-text', `${file} is not a text file in UTF-8`, {
      hint: 'Save it as UTF-8.',
      place,
      exitCode: 2,
      cause,
    });
  }
}

/** A file starts with a mark or with an ASCII character: https://yaml.org/spec/1.2.2/#52-character-encodings */
function encodingOf([first, second]: Uint8Array): string {
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return 'utf-16be';
  return 'utf-8';
}

/** A source from text that is already decoded. */
export function makeSource(file: string, text: string): Source {
  const lineStarts = [0];
  // A lone carriage return ends a line too.
  const hasReturns = text.includes('\r');
  const next = (from: number) => (hasReturns ? nextBreak(text, from) : text.indexOf('\n', from));
  for (let at = next(0); at !== -1; at = next(at + 1)) lineStarts.push(at + 1);
  return { file, text, lineStarts };
}

/** The last character of the next line break, or -1. */
function nextBreak(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 10 || (code === 13 && text.charCodeAt(at + 1) !== 10)) return at;
  }
  return -1;
}

/** Where the character at `offset` stands. */
export function placeAt(source: Source, offset: number): Place {
  let low = 0;
  let high = source.lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((source.lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { file: source.file, line: low + 1, column: offset - (source.lineStarts[low] ?? 0) + 1 };
}

/** The text of a line, counted from 1, without its end. */
export function lineText(source: Source, line: number): string {
  const text = source.text.slice(source.lineStarts[line - 1] ?? 0, source.lineStarts[line]);
  return text.replace(/(\r\n?|\n)$/, '');
}
