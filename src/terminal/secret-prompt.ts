/** A question whose answer does not appear on the screen. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { FdlError } from '../errors.ts';

interface Streams {
  readonly stdin: NodeJS.ReadableStream;
  readonly stderr: NodeJS.WritableStream;
}

/**
 * Asks and reads one line.
 * @throws FdlError `interrupted` on Ctrl-C, or where the input ends
 */
export async function askSecret({ stdin, stderr }: Streams, question: string): Promise<string> {
  stderr.write(question);
  // What readline would echo goes here.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      const stop = () => reject(new FdlError('interrupted', 'interrupted', { exitCode: 130 }));
      lines.once('line', resolve).once('SIGINT', stop).once('close', stop);
    });
  } finally {
    lines.close();
    stderr.write('\n');
  }
}
