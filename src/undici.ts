/**
 * The parts of undici that are used, to be loaded with the first request: by this name a bundle finds them, too. They are taken
 * one by one, as undici's own index would bring its fetch, web sockets, caches and mocks along: more than half of the time that
 * loading it takes.
 */
import type * as undici from 'undici';
import connect from 'undici/lib/api/api-connect.js';
import request from 'undici/lib/api/api-request.js';
import agent from 'undici/lib/dispatcher/agent.js';
import dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import proxyAgent from 'undici/lib/dispatcher/env-http-proxy-agent.js';

// As its index does, with more calls. Proxies are asked by `connect`.
Object.assign(dispatcher.prototype, { connect, request });

export const Agent: typeof undici.Agent = agent;
export const EnvHttpProxyAgent: typeof undici.EnvHttpProxyAgent = proxyAgent;
