/**
 * How lines of scripts are told from what the supervisor and AWS say about them, where all share one stream.
 *
 * A script's output reaches the log only through pipes that the supervisor reads, and each line of it that could be taken
 * for something else gets a mark in front. So no script can make a record, whatever it prints or calls its files. Not
 * covered is a script that goes around the supervisor: it runs as the same user, and may write to the log through
 * `/proc/1/fd/1`, or end the supervisor. Whoever runs scripts that are not trusted must not trust their results either.
 */

const MARK = '[script] ';

/** What records begin with, what the supervisor says of its own start, and what AWS Lambda writes. */
const RESERVED =
  /^(\{\s*"fdl"|fdl supervisor: |(START|END|REPORT) RequestId: |RequestId: |INIT_|RESTORE_|XRAY |(EXTENSION|TELEMETRY|LOGS|IMAGE)\t|\S+Z \S+ Task timed out |\[script\] )/;

/** A line of a script in the form in which it may be written. */
export function quoted(line: string): string {
  const isPlatforms = line.startsWith('{') && line.includes('"platform.');
  return isPlatforms || RESERVED.test(line) ? MARK + line : line;
}

/** The line as the script wrote it. */
export function unquoted(line: string): string {
  return line.startsWith(MARK) ? line.slice(MARK.length) : line;
}

/** Something of the supervisor itself as one line: names of files may have line ends. */
export function oneLine(text: string): string {
  return text.replaceAll('\r', '\\r').replaceAll('\n', '\\n');
}
