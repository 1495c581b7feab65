/** Where a workflow lives on this machine. */
import { chmodSync, existsSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { hasCode } from '../../errors.ts';
import { makeFolder } from '../../make-folder.ts';
import type { Folder, Workflow } from '../../workflow/model.ts';

export interface LocalHome {
  /** The workflow's own folder; everything else is below it. */
  readonly root: string;
  /** Folders of namespaces, with a folder for each bucket: what people look into. */
  readonly buckets: string;
  /** File systems that steps mount: a folder for each. */
  readonly fileSystems: string;
  /** One record for each step that is set up. */
  readonly steps: string;
  /** The scripts of the steps, as they were when they were set up. */
  readonly scripts: string;
  /** The further files of the steps, likewise: a folder for each step that has any. */
  readonly payloads: string;
  /** What was queued, started and ended, in order. */
  readonly journal: string;
  /** Up to where the journal holds nothing that is left to do. */
  readonly checkpoint: string;
  /** What the scripts wrote. */
  readonly log: string;
  readonly lock: string;
  /** Folders of running invocations; on the same file system as the buckets. */
  readonly tmp: string;
}

/** `FDL_HOME/<workflow>`, else `.fdl/<workflow>` beside the FDL file. */
export function localHome(
  { name, file }: Pick<Workflow, 'name' | 'file'>,
  environment: Readonly<Record<string, string | undefined>>,
): LocalHome {
  const base = environment['FDL_HOME'] || join(dirname(resolve(file)), '.fdl');
  return homeAt(resolve(base, name));
}

/** The places below the folder of a workflow. */
export function homeAt(root: string): LocalHome {
  return {
    root,
    buckets: join(root, 'buckets'),
    fileSystems: join(root, 'file-systems'),
    steps: join(root, 'steps'),
    scripts: join(root, 'scripts'),
    payloads: join(root, 'payloads'),
    journal: join(root, 'journal.ndjson'),
    checkpoint: join(root, 'checkpoint.json'),
    log: join(root, 'log.ndjson'),
    lock: join(root, 'lock'),
    tmp: join(root, 'tmp'),
  };
}

/** Removes the folders of a home that hold nothing any more. */
export function pruneHome({ root, buckets, fileSystems, steps, scripts, payloads }: LocalHome): void {
  const namespaces = existsSync(buckets) ? readdirSync(buckets).map((name) => join(buckets, name)) : [];
  for (const folder of [
    ...[steps, scripts, payloads, fileSystems],
    ...[...namespaces, buckets, root, dirname(root)],
  ]) {
    try {
      rmdirSync(folder);
    } catch (thrown) {
      const stays = ['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR'].some((code) => hasCode(thrown, code));
      if (!stays) throw thrown;
    }
  }
}

/** The folder of a bucket. */
export function bucketPath(
  home: LocalHome,
  { namespace, bucket }: Pick<Folder, 'namespace' | 'bucket'>,
): string {
  return join(home.buckets, namespace, bucket);
}

/** The folder of a file system that steps mount. */
export function fileSystemPath(home: LocalHome, id: string): string {
  return join(home.fileSystems, id);
}

/** The file name of a step: ids with a cluster have a slash. */
export function stepFileName(step: string): string {
  return step.replaceAll('/', '@');
}

/** Mode of files that nobody else may read: inputs may have names, and scripts may write, what is not for others. */
export const PRIVATE = 0o600;

/** Makes the folder of a workflow, which nobody else may enter. */
export function makeHome({ root }: Pick<LocalHome, 'root'>): void {
  makeFolder(root, 0o700);
}

/** Writes a file that is there complete or not at all, whenever the process is killed; for nobody else, unless `mode` says so. */
export function writeWhole(path: string, content: string | Uint8Array, mode: number = PRIVATE): void {
  const part = `${path}.${process.pid}.part`;
  try {
    writeFileSync(part, content, { mode: PRIVATE });
    if (mode !== PRIVATE) chmodSync(part, mode);
    renameSync(part, path);
  } catch (thrown) {
    // On a full disk nothing may stay of it.
    rmSync(part, { force: true });
    throw thrown;
  }
}
