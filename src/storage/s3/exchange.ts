/** One request and its answer over undici, without the streams that it would make for each. */
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';

/** What is sent, as undici takes it. */
export type Sendable = Omit<Dispatcher.DispatchOptions, 'body'> & {
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | null;
  readonly signal?: AbortSignal | undefined;
};

export interface Answer {
  readonly status: number;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** All of it where it is small; else a stream, to be read to its end or destroyed. */
  readonly body: Buffer | Readable;
}

/** Bytes. An answer of up to so many is handed over as a whole; of others, each piece is heard of as it comes. */
const SMALL = 64 * 1024;

/** Sends a request. Rejects with the reason of its signal, or what undici says of the connection. */
export function exchange(agent: Dispatcher, { signal, ...request }: Sendable): Promise<Answer> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    agent.dispatch(
      request as Dispatcher.DispatchOptions,
      new Receiver(resolve, reject, request.method === 'HEAD', signal),
    );
  });
}

type Controller = Dispatcher.DispatchController;

/** Takes the events of one request. */
class Receiver implements Dispatcher.DispatchHandler {
  readonly #resolve: (answer: Answer) => void;
  readonly #reject: (reason: unknown) => void;
  /** Its length is that of something else. */
  readonly #isEmpty: boolean;
  readonly #signal: AbortSignal | undefined;
  #abort: (() => void) | undefined;
  #head: Omit<Answer, 'body'> | undefined;
  #chunks: Buffer[] = [];
  #stream: Readable | undefined;

  constructor(
    resolve: (answer: Answer) => void,
    reject: (reason: unknown) => void,
    isEmpty: boolean,
    signal: AbortSignal | undefined,
  ) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#isEmpty = isEmpty;
    this.#signal = signal;
  }

  onRequestStart(controller: Controller): void {
    const signal = this.#signal;
    if (!signal) return;
    this.#stopListening();
    this.#abort = () => controller.abort(signal.reason);
    if (signal.aborted) this.#abort();
    else signal.addEventListener('abort', this.#abort);
  }

  onResponseStart(controller: Controller, status: number, headers: Answer['headers']): void {
    // What comes before the answer, such as 100.
    if (status < 200) return;
    this.#head = { status, headers };
    if (this.#isEmpty || Number(headers['content-length'] ?? Number.NaN) <= SMALL) return;
    this.#stream = new Readable({
      read: () => controller.resume(),
      destroy: (error, done) => {
        controller.abort(error ?? new Error('nobody reads on'));
        done(error);
      },
    });
    this.#resolve({ ...this.#head, body: this.#stream });
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (!this.#stream) this.#chunks.push(chunk);
    else if (!this.#stream.push(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#stopListening();
    const [first, ...more] = this.#chunks;
    const whole = first && more.length === 0 ? first : Buffer.concat(this.#chunks);
    if (this.#stream) this.#stream.push(null);
    else if (this.#head) this.#resolve({ ...this.#head, body: whole });
  }

  onResponseError(_controller: Controller, error: Error): void {
    this.#stopListening();
    const reason = this.#signal?.aborted ? this.#signal.reason : error;
    if (this.#stream) this.#stream.destroy(reason);
    else this.#reject(reason);
  }

  #stopListening(): void {
    if (this.#abort) this.#signal?.removeEventListener('abort', this.#abort);
  }
}
