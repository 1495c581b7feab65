/** Cuts a stream of bytes into lines of text. */

/** Bytes of the longest line; a longer one comes in pieces, so that memory stays bounded. */
const LONGEST_LINE = 64 * 1024;

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

export interface LineSplitter {
  push(chunk: Buffer): void;
  /** Gives out the last line, if it had no end. */
  end(): void;
}

/** Calls `onLine` for each line without its end. Bytes that are no UTF-8 become U+FFFD. */
export function lineSplitter(onLine: (line: string) => void): LineSplitter {
  let rest: Buffer = Buffer.alloc(0);
  const feed = (bytes: Buffer): Buffer => {
    let left = bytes;
    for (;;) {
      const end = left.indexOf(NEWLINE);
      if (end >= 0 && end <= LONGEST_LINE) {
        onLine(decode(left, end));
        left = left.subarray(end + 1);
      } else if (left.length > LONGEST_LINE) {
        const cut = boundary(left, LONGEST_LINE);
        onLine(left.toString('utf8', 0, cut));
        left = left.subarray(cut);
      } else return left;
    }
  };
  return {
    push: (chunk) => {
      const left = feed(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]));
      // A copy, so that a few bytes do not keep the whole chunk in memory.
      rest = Buffer.from(left);
    },
    end: () => {
      if (rest.length > 0) onLine(decode(rest, rest.length));
      rest = Buffer.alloc(0);
    },
  };
}

/** The text up to `end`, without the carriage return of a Windows line end. */
function decode(bytes: Buffer, end: number): string {
  return bytes.toString('utf8', 0, bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end);
}

/** The last place up to `limit` that is not inside a UTF-8 character: continuation bytes are 10xxxxxx. */
function boundary(bytes: Buffer, limit: number): number {
  for (let cut = limit; cut > limit - 4; cut -= 1) {
    if (((bytes[cut] ?? 0) & 0xc0) !== 0x80) return cut;
  }
  return limit;
}
