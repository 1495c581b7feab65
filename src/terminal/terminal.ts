/** Where everything that people and programs read is written: data to stdout, all else to stderr. */
import { masker } from '../secret.ts';
import { plain, type Style, styleFor } from './style.ts';

/** Work that takes a while: a moving line on a terminal, nothing at all elsewhere. */
export interface Progress {
  update(text: string): void;
  /** Takes the line away. */
  stop(): void;
}

export interface Terminal {
  /** One JSON document on stdout is wanted instead of text. */
  readonly json: boolean;
  /** Somebody can answer a question. */
  readonly interactive: boolean;
  /** Columns of stdout. */
  readonly width: number;
  readonly outStyle: Style;
  readonly noteStyle: Style;
  /** Text for people, on stdout; nothing where JSON is wanted. */
  out(text: string): void;
  /** A value for programs: one JSON document, on one line. */
  data(value: unknown): void;
  /** What is not data: warnings, progress, questions. */
  note(text: string): void;
  progress(text: string): Promise<Progress>;
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

const NO_PROGRESS: Progress = { update: () => {}, stop: () => {} };

export function createTerminal(
  { stdin, stdout, stderr }: Streams,
  environment: Readonly<Record<string, string | undefined>>,
  { json = false } = {},
): Terminal {
  const hidden = new Set<string>();
  let mask = (text: string) => text;
  let moving: Progress | undefined;
  const isCi = Boolean(environment['CI']) && environment['CI'] !== 'false';
  const isMoving = Boolean(stderr.isTTY) && !isCi && environment['TERM'] !== 'dumb';
  return {
    json,
    interactive: Boolean(stdin.isTTY && stderr.isTTY) && !isCi,
    width: stdout.columns ?? 80,
    outStyle: json ? plain : styleFor(stdout, environment),
    noteStyle: styleFor(stderr, environment),
    out(text) {
      if (!json) stdout.write(`${mask(text)}\n`);
    },
    data(value) {
      const masked = (_key: string, each: unknown) => (typeof each === 'string' ? mask(each) : each);
      stdout.write(`${JSON.stringify(value, masked)}\n`);
    },
    note(text) {
      moving?.stop();
      stderr.write(`${mask(text)}\n`);
    },
    async progress(text) {
      if (!isMoving) return NO_PROGRESS;
      const { default: ora } = await import('ora');
      const spinner = ora({ text, stream: stderr }).start();
      moving = {
        update(next) {
          spinner.text = mask(next);
          if (!spinner.isSpinning) spinner.start();
        },
        stop: () => void spinner.stop(),
      };
      return moving;
    },
    async confirm(question) {
      moving?.stop();
      const { createInterface } = await import('node:readline/promises');
      const lines = createInterface({ input: stdin, output: stderr });
      try {
        return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
      } finally {
        lines.close();
      }
    },
    async askSecret(question) {
      moving?.stop();
      const { askSecret } = await import('./secret-prompt.ts');
      return askSecret({ stdin, stderr }, question);
    },
    hide(secrets) {
      for (const secret of secrets) hidden.add(secret);
      mask = masker(hidden);
    },
    mask: (text) => mask(text),
  };
}
