/** The handlers that do little themselves. */
export { run as completion } from './completion.ts';
export { run as graph } from './graph.ts';
export { run as init } from './init.ts';
export { run as logs } from './logs.ts';
export { run } from './run.ts';
export { run as status } from './status.ts';
export { run as validate } from './validate.ts';
