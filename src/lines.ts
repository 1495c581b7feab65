/** Cuts streams into lines at line feeds alone: others, such as U+2028, may stand inside of a JSON text. */

/** A line without its end, and the offset in bytes behind that end. */
export interface WholeLine {
  readonly text: string;
  readonly end: number;
}

const NEWLINE = 10;

/** The lines of a stream whose first byte is at `start`. A last line without an end is left out. */
export async function* wholeLines(chunks: AsyncIterable<Buffer>, start = 0): AsyncGenerator<WholeLine> {
  let pieces: readonly Buffer[] = [];
  let end = start;
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      const piece = chunk.subarray(from, at);
      // Only the first line of a chunk may have begun before it.
      const line = pieces.length === 0 ? piece : Buffer.concat([...pieces, piece]);
      pieces = [];
      from = at + 1;
      end += line.length + 1;
      yield { text: line.toString('utf8'), end };
    }
    pieces = [...pieces, chunk.subarray(from)];
  }
}
