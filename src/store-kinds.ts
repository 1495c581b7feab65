/**
 * The kinds of stores by their names, with which the URIs of objects begin, in the order in which they are named to people.
 * Known to all, and light, since masks of secrets look for such URIs in everything that is written. What there is to know
 * of a kind is in the file of its name in `storage/kinds/`.
 */
export const STORE_KINDS = ['s3', 'minio', 'onedata', 'webdav', 'rucio', 'gcs', 'azure'] as const;

export type StoreKind = (typeof STORE_KINDS)[number];
