/** The handlers of `fdl cluster`. */
export { run as add } from './cluster-add.ts';
export { run as standard } from './cluster-default.ts';
export { run as info } from './cluster-info.ts';
export { run as ls } from './cluster-ls.ts';
export { run as rm } from './cluster-rm.ts';
