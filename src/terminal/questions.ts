/** Questions to people. Ctrl-C ends them, and the command with them; Ctrl-\ and Ctrl-Z do what they do anywhere. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { FdlError } from '../errors.ts';

interface Streams {
  readonly stdin: NodeJS.ReadableStream;
  readonly stderr: NodeJS.WritableStream;
}

/**
 * Asks, and takes only a clear yes for one; the end of the input is none.
 * @throws FdlError `interrupted` when the signal fires
 */
export async function confirm(
  { stdin, stderr }: Streams,
  question: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const ask = () => void stderr.write(`${question} [y/N] `);
  // The terminal edits the line and makes signals of keys by itself: nothing here reads single keys.
  const lines = createInterface({ input: stdin, terminal: false });
  process.on('SIGCONT', ask);
  ask();
  try {
    const answer = await new Promise<string | undefined>((resolve, reject) => {
      lines.once('line', resolve);
      for (const end of ['close', 'error']) lines.once(end, () => resolve(undefined));
      const stop = () => reject(interrupted());
      if (signal?.aborted) stop();
      signal?.addEventListener('abort', stop, { once: true });
    });
    return /^y(es)?$/i.test(answer?.trim() ?? '');
  } finally {
    process.off('SIGCONT', ask);
    lines.close();
  }
}

const CTRL_BACKSLASH = '\x1c';

/**
 * Asks and reads one line whose text does not appear on the screen.
 * @throws FdlError `interrupted` on Ctrl-C, when the signal fires, or where the input ends
 */
export async function askSecret(
  { stdin, stderr }: Streams,
  question: string,
  signal?: AbortSignal,
): Promise<string> {
  // What readline would echo goes here.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true });
  const ask = () => {
    stderr.write(question);
    lines.resume();
  };
  let quits = false;
  // Reading single keys, the terminal does not make a signal of this one, and readline knows only the others.
  let onQuit = () => {};
  const onKey = (_text: string | undefined, { sequence }: { sequence?: string }) => {
    quits = sequence === CTRL_BACKSLASH;
    if (quits) onQuit();
  };
  stdin.on('keypress', onKey);
  ask();
  try {
    return await new Promise<string>((resolve, reject) => {
      const stop = () => reject(interrupted());
      lines.once('line', resolve).once('SIGINT', stop).once('close', stop).once('error', stop);
      lines.on('SIGCONT', ask);
      signal?.addEventListener('abort', stop, { once: true });
      onQuit = stop;
    });
  } finally {
    stdin.removeListener('keypress', onKey);
    lines.close();
    stderr.write('\n');
    // At once: a signal that goes through the system may come after the command has ended otherwise.
    if (quits) process.emit('SIGQUIT', 'SIGQUIT');
  }
}

function interrupted(): FdlError {
  return new FdlError('interrupted', 'interrupted', { exitCode: 130 });
}
