/** Files of this machine → objects of a folder. */
import { messageOf } from '../errors.ts';
import { type Transfer, type TransferProgress, transferAll } from '../storage/transfer.ts';
import { bytesText, countOf } from '../terminal/amount.ts';
import type { Folder } from '../workflow/model.ts';
import type { Cloud } from './cloud.ts';
import type { CommandContext } from './command.ts';
import type { SourceFile } from './sources.ts';

/** A file and the object that it becomes. */
export interface Placed {
  readonly path: string;
  readonly store: string;
  readonly bucket: string;
  readonly key: string;
}

export interface Uploaded {
  /** With the sizes of the objects, in bytes. */
  readonly puts: readonly (Placed & { readonly size: number })[];
  /** With the reasons, as sentences. */
  readonly notPut: readonly (Placed & { readonly reason: string })[];
}

type Upload = Transfer & { readonly kind: 'upload' };

/** Uploads files, several at a time, and shows how far it is. One that fails does not keep the others back. */
export async function uploadFiles(
  { terminal, signal }: CommandContext,
  { storage }: Cloud,
  files: readonly SourceFile[],
  { store, bucket, prefix }: Folder,
): Promise<Uploaded> {
  const opened = storage(store);
  const uploads = files.map(({ path, name }): Upload => {
    return {
      kind: 'upload',
      storage: opened,
      file: path,
      bucket,
      key: prefix === '' ? name : `${prefix}/${name}`,
    };
  });
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const progress = await terminal.progress(`uploading ${countOf(files.length, 'file')}`);
  try {
    const onProgress = (moved: TransferProgress) =>
      progress.update(`uploading ${progressText(moved, bytes)}`);
    const results = await transferAll(uploads, { signal, onProgress });
    const place = ({ file, key }: Upload): Placed => ({ path: file, store, bucket, key });
    return {
      puts: results.flatMap((result) =>
        result.status === 'done' ? [{ ...place(result.transfer), size: result.object.size }] : [],
      ),
      notPut: results.flatMap((result) =>
        result.status === 'failed' ? [{ ...place(result.transfer), reason: messageOf(result.error) }] : [],
      ),
    };
  } finally {
    progress.stop();
  }
}

/** `3 of 10 files, 12 MB of 40 MB`. */
export function progressText({ files, settled, bytes }: TransferProgress, total: number): string {
  return `${settled} of ${countOf(files, 'file')}, ${bytesText(Math.max(0, bytes))} of ${bytesText(total)}`;
}
