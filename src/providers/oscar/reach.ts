/** Whether a server can be reached from this machine: that of a cluster may be open to the cluster alone. */
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { hasCode } from '../../errors.ts';

/** Milliseconds for a connection to be made, and between two tries. */
const TIMEOUT = 4000;
const PAUSE = 700;
/** A server that just restarts refuses connections for a moment. */
const TRIES = 3;

/** Tries to connect; no byte is sent. */
export async function isReachable(endpoint: string, signal: AbortSignal): Promise<boolean> {
  if (!URL.canParse(endpoint)) return false;
  const { hostname, port, protocol } = new URL(endpoint);
  const host = hostname.replace(/^\[|\]$/g, '');
  const at = { host, port: Number(port) || (protocol === 'http:' ? 80 : 443) };
  for (let left = TRIES; ; left -= 1) {
    const answer = await tryOnce(at, signal);
    if (answer !== 'refused' || left === 1) return answer === 'open';
    await wait(PAUSE, undefined, { signal });
  }
}

type Answer = 'open' | 'refused' | 'silent';

function tryOnce(at: { readonly host: string; readonly port: number }, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = connect(at);
    const end = (answer: Answer) => {
      signal.removeEventListener('abort', stop);
      socket.destroy();
      resolve(answer);
    };
    const stop = () => end('silent');
    signal.addEventListener('abort', stop);
    socket.setTimeout(TIMEOUT, stop);
    socket.once('connect', () => end('open'));
    socket.once('error', (error) => end(hasCode(error, 'ECONNREFUSED') ? 'refused' : 'silent'));
  });
}
