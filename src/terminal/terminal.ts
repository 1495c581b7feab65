/** Where everything that people and programs read is written: data to stdout, all else to stderr. */
import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { maskCredentials, masker, withoutCredentials } from '../secret.ts';
import type { Progress, SharedProgress, Shown, Silence } from './moving-line.ts';
import { columnsOf, plain, type Style, styleFor } from './style.ts';
import { visible, visibleJson } from './visible.ts';

export type { Progress, Shown };

export interface Terminal {
  /** One JSON document on stdout is wanted instead of text. */
  readonly json: boolean;
  /** Somebody can answer a question. */
  readonly interactive: boolean;
  /** Somebody is being asked. */
  readonly asking: boolean;
  /** Columns of stdout. */
  readonly width: number;
  /** Columns that lines on stdout may take: without end where no terminal would wrap them. */
  readonly room: number;
  readonly outStyle: Style;
  readonly noteStyle: Style;
  /** Text for people, on stdout; nothing where JSON is wanted. */
  out(text: string): void;
  /** A value for programs: one JSON document, on one line. */
  data(value: unknown): void;
  /** Content that somebody else made, on stdout: byte for byte, but for secrets in text. Nothing where JSON is wanted. */
  content(bytes: Uint8Array): void;
  /** Content that may be large, on stdout: byte for byte, but a terminal gets text that it may show. */
  pour(content: Readable): Promise<void>;
  /** A block of text on stdout that is drawn anew as it changes: on a terminal in place, elsewhere one behind the other. */
  redraw(): Promise<(text: string) => void>;
  /** What is not data: warnings, progress, questions. */
  note(text: string): void;
  /** Work that takes a while: moving lines on a terminal, now and then a line on a dumb one, and rarely one elsewhere. */
  progress(shown: Shown): Promise<Progress>;
  /** Asks, and takes only a clear yes for one. */
  confirm(question: string): Promise<boolean>;
  /** Asks for what nobody may read on the screen. */
  askSecret(question: string): Promise<string>;
  /** From now on no text shows these. */
  hide(secrets: readonly string[]): void;
  /** A text without what must not be shown. */
  mask(text: string): string;
}

export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

export interface TerminalOptions {
  readonly json?: boolean;
  /** Ends questions. */
  readonly signal?: AbortSignal;
}

export function createTerminal(
  { stdin, stdout, stderr }: Streams,
  environment: Readonly<Record<string, string | undefined>>,
  { json = false, signal }: TerminalOptions = {},
): Terminal {
  const hidden = new Set<string>();
  let maskHidden = (text: string) => text;
  const mask = (text: string) => maskCredentials(maskHidden(text));
  let shown: SharedProgress | undefined;
  // That is when this process started; asking what time it is would load more of Node.
  const silence: Silence = { since: 0 };
  let questions = 0;
  const isCi = Boolean(environment['CI']) && environment['CI'] !== 'false';
  const isShown = Boolean(stderr.isTTY) && !isCi;
  const noteStyle = styleFor(stderr, environment);
  const outStyle = styleFor(stdout, environment);
  /** What others wrote must not steer the terminal; what reads a pipe gets it as it is. */
  const safe = (stream: NodeJS.WriteStream, text: string) =>
    stream.isTTY ? visible(text, { colours: (stream === stdout ? outStyle : noteStyle) !== plain }) : text;
  const noteText = (text: string) => safe(stderr, mask(text));
  /** A line that moves makes room for what else is written on its screen. */
  const write = (stream: NodeJS.WriteStream, text: string | Uint8Array) => {
    if (shown && stream.isTTY) shown.aside(() => stream.write(text));
    else stream.write(text);
  };
  const asked = async <T>(ask: (how: typeof import('./questions.ts')) => Promise<T>): Promise<T> => {
    shown?.stop();
    questions += 1;
    try {
      return await ask(await import('./questions.ts'));
    } finally {
      questions -= 1;
    }
  };
  return {
    json,
    interactive: Boolean(stdin.isTTY && stderr.isTTY) && !isCi,
    get asking() {
      return questions > 0;
    },
    width: columnsOf(stdout),
    get room() {
      return stdout.isTTY ? columnsOf(stdout) : Number.POSITIVE_INFINITY;
    },
    outStyle: json ? plain : outStyle,
    noteStyle,
    out(text) {
      if (!json) write(stdout, `${safe(stdout, mask(text))}\n`);
    },
    data(value) {
      const text = JSON.stringify(shownValue(value, mask));
      write(stdout, `${stdout.isTTY ? visibleJson(text) : text}\n`);
    },
    content(bytes) {
      if (json) return;
      if (!stdout.isTTY && !isUtf8(bytes)) return write(stdout, bytes);
      const content = safe(stdout, mask(Buffer.from(bytes).toString('utf8')));
      // Only a terminal shows what comes next on the same line.
      write(stdout, stdout.isTTY && !content.endsWith('\n') ? `${content}\n` : content);
    },
    async pour(content) {
      if (!stdout.isTTY) return pipeline(content, stdout, { end: false, ...(signal && { signal }) });
      const decoder = new TextDecoder();
      for await (const chunk of content) {
        signal?.throwIfAborted();
        write(stdout, safe(stdout, mask(decoder.decode(chunk as Buffer, { stream: true }))));
      }
    },
    async redraw() {
      const { redrawing } = await import('./redraw.ts');
      const draw = redrawing(stdout, Boolean(stdout.isTTY) && environment['TERM'] !== 'dumb');
      return (text) => draw(safe(stdout, mask(text)));
    },
    note(text) {
      write(stderr, `${noteText(text)}\n`);
    },
    async progress(first) {
      const { movingLine, plainLines, quietLines } = await import('./moving-line.ts');
      shown?.stop();
      const masked = ({ line, rows, since }: Shown) => ({ line: mask(line), rows: rows?.map(mask), since });
      const say = (line: string) => void stderr.write(`${safe(stderr, line)}\n`);
      const open = async () => {
        if (!isShown) return quietLines(say, silence, masked(first));
        if (environment['TERM'] === 'dumb') return plainLines(say, masked(first));
        return movingLine(stderr, noteStyle, masked(first));
      };
      const line = await open();
      shown = line;
      return { update: (next) => line.update(masked(next)), stop: () => line.stop() };
    },
    confirm: (question) => asked(({ confirm }) => confirm({ stdin, stderr }, noteText(question), signal)),
    askSecret: (question) =>
      asked(({ askSecret }) => askSecret({ stdin, stderr }, noteText(question), signal)),
    hide(secrets) {
      for (const secret of secrets) hidden.add(secret);
      maskHidden = masker(hidden);
    },
    mask,
  };
}

/** Writes what is said where there is no terminal yet: help, wrong command lines, and what nobody caught. */
export function plainly(stream: NodeJS.WriteStream, text: string): void {
  const shown = maskCredentials(text);
  stream.write(stream.isTTY ? visible(shown, { colours: false }) : shown);
}

// Which texts of a JSON document are for people.

/** Fields with what scripts printed and with sentences; all others name things, and programs look for these names. */
const FREE_TEXT: readonly string[] = [
  ...['message', 'hint', 'reason', 'error', 'log', 'result', 'text', 'notes', 'note', 'warning'],
  ...['fault', 'stays'],
];

/**
 * A value as JSON may show it: secrets are masked in free text, and only there, since a name such as `acme-test-files`
 * is no secret because somebody's secret is `test`. What is a credential in itself is hidden everywhere.
 */
export function shownValue(value: unknown, mask: (text: string) => string, field = ''): unknown {
  if (typeof value === 'string') return FREE_TEXT.includes(field) ? mask(value) : withoutCredentials(value);
  if (Array.isArray(value)) return value.map((each) => shownValue(each, mask, field));
  if (typeof value !== 'object' || value === null) return value;
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function')
    return shownValue((value as { toJSON(): unknown }).toJSON(), mask, field);
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, shownValue(each, mask, name)]),
  );
}
