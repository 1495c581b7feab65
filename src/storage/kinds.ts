/** All kinds of stores, one line for each. */
import type { KindOfStore } from './kind.ts';
import { minio } from './kinds/minio.ts';
import { onedata } from './kinds/onedata.ts';
import { rucio } from './kinds/rucio.ts';
import { s3 } from './kinds/s3.ts';
import { webdav } from './kinds/webdav.ts';

const KINDS = { s3, minio, onedata, webdav, rucio };

export type StoreKind = keyof typeof KINDS;

/** In the order in which they are named to people. */
export const STORE_KINDS = Object.keys(KINDS) as readonly StoreKind[];

/** What there is to know of a kind. */
export function kindOfStore(kind: StoreKind): KindOfStore {
  return KINDS[kind];
}

export function isStoreKind(kind: string): kind is StoreKind {
  return Object.hasOwn(KINDS, kind);
}
