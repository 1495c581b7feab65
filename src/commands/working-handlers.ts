/** The handlers that need the deploy engine, or run steps. */
export { run as apply } from './apply.ts';
export { run as dev } from './dev.ts';
export { run as get } from './get.ts';
export { run as invoke } from './invoke.ts';
export { run as ls } from './ls.ts';
export { run as plan } from './plan.ts';
export { run as put } from './put.ts';
export { run as rm } from './rm.ts';
