import type { KindOfStore } from '../kind.ts';

/** Servers that speak WebDAV, such as dCache. */
export const webdav: KindOfStore = { endpoint: 'hostname', settings: ['hostname'] };
