/** Object stores behind one interface: see docs/stores.md. */
import type { Readable } from 'node:stream';
import type { Skipped } from './odd-files.ts';

/** One object of a bucket. */
export interface ObjectInfo {
  /** The key below the bucket, never with a slash at its start. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly modified: Date;
  /** Changes when the content does; without quotes. */
  readonly etag: string;
  /** What was kept with it, of what a download brings; absent where there is nothing. */
  readonly metadata?: Metadata;
}

/** Values that lie with an object, by names of letters and digits. */
export type Metadata = Readonly<Record<string, string>>;

export interface TransferOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of bytes moved since the last call; negative where a failed piece starts over. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /** Of an upload: the file is not needed afterwards, so a store on the same file system may take it by rename. */
  readonly consume?: boolean | undefined;
  /** Of an upload: is kept with the object, where the store has a place for that (S3, MinIO, Azure). */
  readonly metadata?: Metadata | undefined;
}

export interface ListOptions {
  readonly signal?: AbortSignal | undefined;
  /** Hears of files in a local folder that can be no objects. */
  readonly onSkipped?: ((skipped: Skipped) => void) | undefined;
}

/** A folder among what stands right below another one: there are objects whose keys start with it. */
export interface FolderInfo {
  /** As a key, with a slash at its end. */
  readonly folder: string;
}

/** Where an object is. */
export interface ObjectName {
  readonly bucket: string;
  readonly key: string;
}

/**
 * A store of objects in buckets. All methods throw `StorageError`, an `FdlError`: `bucket-not-found`,
 * `object-not-found`, `storage-denied` (credentials or rights), `key-invalid` (the store cannot hold such a key) or
 * `storage-failed` (anything else, after retries). An aborted call rejects with the reason of its signal.
 */
export interface Storage {
  /** The object, or nothing where bucket or key do not exist. */
  stat(bucket: string, key: string): Promise<ObjectInfo | undefined>;
  /** Objects whose key starts with `prefix`, in the order of their keys. Placeholders of folders (`a/` without content) are left out. */
  list(bucket: string, prefix: string, options?: ListOptions): AsyncIterable<ObjectInfo>;
  /** Writes the object to a file, which appears complete or not at all; makes the folders above it. */
  download(bucket: string, key: string, file: string, options?: TransferOptions): Promise<ObjectInfo>;
  /** Writes a file to the key; the object appears complete or not at all. The bucket must exist. */
  upload(file: string, bucket: string, key: string, options?: TransferOptions): Promise<ObjectInfo>;
  /** The content as a stream: for small objects and for what is not a file. */
  read(bucket: string, key: string): Promise<Readable>;
  /** Removes the object; an absent one is success. */
  remove(bucket: string, key: string): Promise<void>;
  /** The names of the buckets that one sees. Absent where a store has no list of them. */
  buckets?(signal?: AbortSignal): Promise<readonly string[]>;
  /**
   * What stands right below a folder: `prefix` is empty or ends in a slash. Absent where a store lists whole buckets only.
   */
  level?(bucket: string, prefix: string, options?: ListOptions): AsyncIterable<ObjectInfo | FolderInfo>;
  /** Copies an object of `size` bytes within the store, without its content coming here. Absent where a store cannot. */
  copy?(from: ObjectName, to: ObjectName, size: number, signal?: AbortSignal): Promise<void>;
  /** Whether what is removed or replaced stays as an older version. Absent where no store of the kind does that. */
  keepsVersions?(bucket: string): Promise<boolean>;
  /** The store itself, of one that is chosen or loaded with the first call: it may do more than this says. */
  settled?(): Promise<Storage>;
}
