/**
 * The kinds of stores by their names, with which the URIs of objects begin: known to all, and light, since masks of secrets
 * look for such URIs in everything that is written. What there is to know of each kind is in `storage/kinds/`.
 */
export type StoreKind = 's3' | 'minio' | 'onedata' | 'webdav' | 'rucio';

/** In the order in which they are named to people. */
export const STORE_KINDS: readonly StoreKind[] = ['s3', 'minio', 'onedata', 'webdav', 'rucio'];
