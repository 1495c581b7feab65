/** How a command is stopped from outside: in order at first, at once when somebody insists. */

/** What programs that a signal ended answer: 128 and its number. */
const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGQUIT: 131 } as const;

type Stop = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/**
 * Milliseconds in which one key press may arrive twice: by the terminal, and by npm or a shell that passes signals on to
 * what it has started.
 */
const ECHO = 200;

/**
 * Fires the controller at the first signal, and says so. A second Ctrl-C or SIGTERM does not wait for anything, nor does
 * Ctrl-\: whoever started scripts ends them when this process exits. SIGHUP is never a second one, since a terminal that
 * is closed sends several.
 * @returns the exit code of a command that was stopped
 */
export function stopOnSignals(controller: AbortController, say: (message: string) => void): () => number {
  let code: number = CODES.SIGINT;
  let first = 0;
  const stop = (signal: Stop) => {
    if (!controller.signal.aborted) {
      code = CODES[signal];
      first = performance.now();
      say(signal === 'SIGINT' ? 'stopping; Ctrl-C again ends all at once' : `stopping (${signal})`);
      controller.abort();
    } else if (signal !== 'SIGHUP' && performance.now() - first > ECHO) {
      process.once('exit', () => endBy(signal));
      process.exit(CODES[signal]);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal));
  process.on('SIGQUIT', () => process.exit(CODES.SIGQUIT));
  return () => {
    if (code === CODES.SIGHUP) process.once('exit', () => endBy('SIGHUP'));
    return code;
  };
}

/**
 * Ends by the signal itself, which shells show as the same code. Node's own way out waits for calls of the system that go on,
 * such as opening a pipe that nobody writes to, or asking a server of names that does not answer; and it aborts where it
 * cannot give a terminal its settings back, and one that was closed takes none.
 */
function endBy(signal: Stop): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
