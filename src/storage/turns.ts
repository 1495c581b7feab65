/** Long work in small synchronous pieces must let the process hear signals, and draw, in between. */
import { setImmediate } from 'node:timers/promises';

/** Milliseconds that one may keep all else waiting; nobody notices that a key is heard so much later. */
const TURN = 30;

let began = 0;

/**
 * Lets all else have its turn, if it had none for a while: promises that are kept at once never do that by themselves.
 * Rejects with the reason of the signal when that has fired.
 */
export async function takeTurns(signal: AbortSignal | undefined): Promise<void> {
  if (performance.now() - began > TURN) {
    await setImmediate();
    began = performance.now();
  }
  signal?.throwIfAborted();
}
