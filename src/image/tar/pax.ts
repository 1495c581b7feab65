/** Extended headers of tar archives: names and sizes that do not fit a block. Rule: POSIX.1-2017, pax. */

/** Reads records: `LENGTH KEY=VALUE\n`, the length counting itself. */
export function readPax(bytes: Buffer): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(0x20, at);
    const length = Number.parseInt(bytes.toString('latin1', at, space), 10);
    if (space < 0 || !(length > space - at)) throw new Error('an extended header of the archive is damaged');
    const record = bytes.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    values[record.slice(0, equals)] = record.slice(equals + 1);
    at += length;
  }
  return values;
}

/** Writes records. */
export function writePax(values: Readonly<Record<string, string>>): Buffer {
  return Buffer.from(Object.entries(values).map(record).join(''));
}

function record([key, value]: readonly [string, string]): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  // The digits of the length count too, and may make it one digit longer.
  const length = bytes + String(bytes).length;
  return `${bytes + String(length).length}${rest}`;
}
