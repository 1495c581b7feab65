/** Files that are being written: they stand beside their target, on the same file system, under a name of their own. */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import path from 'node:path';

const PREFIX = '.fdl-part-';

/** A new name beside `file`, to write to before a rename makes the file appear whole. */
export function partBeside(file: string): string {
  return path.join(path.dirname(file), PREFIX + crypto.randomUUID());
}

/** The name beside `file` that is the same each time, for what is to outlive an interruption. */
export function partFor(file: string): string {
  const hash = createHash('sha256').update(path.basename(file)).digest('hex').slice(0, 32);
  return path.join(path.dirname(file), PREFIX + hash);
}

/** Whether a file name is one of these: such files are no objects. */
export function isPartName(name: string): boolean {
  return name.startsWith(PREFIX);
}

/** Removes what a failed transfer left; never throws, since the failure itself is what matters. */
export function discardPart(part: string): void {
  try {
    rmSync(part, { force: true });
  } catch {
    // The folder may be gone or read-only: nothing to do about a leftover then.
  }
}
