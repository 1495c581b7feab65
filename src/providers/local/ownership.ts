/** Whose the files are that containers see and leave behind. */
import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '../../errors.ts';
import { type ContainerSettings, mountArguments } from './container-command.ts';
import { callEngine } from './engine.ts';

type Image = Pick<ContainerSettings, 'engine' | 'image'>;

/** Whoever the image runs as must be able to read the input and to write beside it. */
export function openToAll(folder: string): void {
  chmodSync(folder, 0o777);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isFile()) chmodSync(path, lstatSync(path).mode | 0o666);
  }
}

/**
 * Gives files to whoever runs this program: those that a container's root or other user wrote could be neither moved
 * nor removed otherwise. Only a container can do it.
 */
export async function reclaim(folders: readonly string[], { engine, image }: Image): Promise<void> {
  const uid = process.getuid?.();
  const gid = process.getgid?.();
  if (uid === undefined || !folders.some((folder) => hasForeign(folder, uid))) return;
  const owner = engine.rootless ? '0:0' : `${uid}:${gid}`;
  const mounts = folders.flatMap((folder) => mountArguments(folder));
  await callEngine(engine, [
    ...['run', '--rm', '--user', '0', ...mounts, '--entrypoint', '/bin/sh', image],
    ...['-c', 'chown -R "$0" "$@"', owner, ...folders],
  ]);
}

function hasForeign(folder: string, uid: number): boolean {
  return readdirSync(folder, { withFileTypes: true }).some((entry) => {
    const path = join(folder, entry.name);
    if (lstatSync(path).uid !== uid) return true;
    return entry.isDirectory() && hasForeign(path, uid);
  });
}

/**
 * Lets everybody write to all that is in a file system, as where an access point of EFS says who everybody is: the next
 * container may run as another user. Others may work in it meanwhile, and remove what was just seen.
 */
export async function share(folder: string, settings: Image): Promise<void> {
  try {
    await reclaim([folder], settings);
    openBelow(folder);
  } catch (thrown) {
    if (!hasCode(thrown, 'ENOENT')) throw thrown;
  }
}

function openBelow(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink()) continue;
    const { mode } = lstatSync(path);
    const open = mode | (entry.isDirectory() ? 0o777 : 0o666);
    if (open !== mode) chmodSync(path, open);
    if (entry.isDirectory()) openBelow(path);
  }
}
