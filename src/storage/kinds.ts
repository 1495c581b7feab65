/** All kinds of stores, one line for each. */
import type { StoreKind } from '../store-kinds.ts';
import type { KindOfStore } from './kind.ts';
import { minio } from './kinds/minio.ts';
import { onedata } from './kinds/onedata.ts';
import { rucio } from './kinds/rucio.ts';
import { s3 } from './kinds/s3.ts';
import { webdav } from './kinds/webdav.ts';

const KINDS: Readonly<Record<StoreKind, KindOfStore>> = { s3, minio, onedata, webdav, rucio };

/** What there is to know of a kind. */
export function kindOfStore(kind: StoreKind): KindOfStore {
  return KINDS[kind];
}

export function isStoreKind(kind: string): kind is StoreKind {
  return Object.hasOwn(KINDS, kind);
}
