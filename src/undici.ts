/**
 * The parts of undici that are used, to be loaded with the first request: by this name a bundle finds them, too. They are taken
 * one by one, as undici's own index would bring its fetch, web sockets, caches and mocks along: more than half of the time that
 * loading it takes.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import type * as undici from 'undici';
import connect from 'undici/lib/api/api-connect.js';
import request from 'undici/lib/api/api-request.js';
import symbols, { type Parser } from 'undici/lib/core/symbols.js';
import agent from 'undici/lib/dispatcher/agent.js';
import dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import proxyAgent from 'undici/lib/dispatcher/env-http-proxy-agent.js';
import { shortLived } from './short-lived.ts';

if (shortLived.is) setFlagsFromString('--liftoff-only');

// As its index does, with more calls. Proxies are asked by `connect`.
Object.assign(dispatcher.prototype, { connect, request });

/**
 * Ends answers whose server closes the connection behind them while nobody reads on, as proxies do: undici holds their last
 * step back until then, and takes the end of the connection for a failure, or, where the answer ends with its connection,
 * breaks off the whole process. Rule: https://github.com/nodejs/undici/pull/5474, which version 7 does not have, and which
 * is of answers alone that say `Connection: close`. A connection ends when all its bytes are read, so that nothing is lost.
 */
subscribe('undici:client:connected', (message) => {
  const { socket } = message as { readonly socket: Socket & { readonly [symbols.kParser]?: Parser | null } };
  socket.prependListener('end', () => {
    const parser = socket[symbols.kParser];
    if (parser?.paused) parser.resume();
    // An answer without a length waits for the end, which undici is told now.
    if (parser?.ptr == null || !parser.paused) return;
    parser.llhttp.llhttp_resume(parser.ptr);
    parser.paused = false;
  });
});

export const Agent: typeof undici.Agent = agent;
export const EnvHttpProxyAgent: typeof undici.EnvHttpProxyAgent = proxyAgent;
