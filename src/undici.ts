/** The parts of undici that are used, to be loaded with the first request: by this name a bundle finds them, too. */
export { Agent, EnvHttpProxyAgent, request } from 'undici';
