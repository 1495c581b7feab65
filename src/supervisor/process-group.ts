/** Signals to a process and everything it started. */

/** Sends `signal` to the process group that `pid` leads. Answers whether anything was there to get it. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    // ESRCH: nobody is left; EPERM: what is left belongs to somebody else.
    return false;
  }
}

/**
 * Ends the group when `signal` fires: politely first, for certain `graceMs` later.
 * Answers a function that gives the watch up.
 */
export function endGroupOn(signal: AbortSignal | undefined, pid: number, graceMs: number): () => void {
  if (!signal) return () => {};
  let timer: NodeJS.Timeout | undefined;
  const kill = () => void signalGroup(pid, 'SIGKILL');
  const end = () => {
    signalGroup(pid, 'SIGTERM');
    timer = setTimeout(kill, graceMs);
  };
  // Whoever does not wait for the end, such as somebody who presses Ctrl-C twice, leaves nothing behind.
  process.once('exit', kill);
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return () => {
    signal.removeEventListener('abort', end);
    process.removeListener('exit', kill);
    clearTimeout(timer);
  };
}
