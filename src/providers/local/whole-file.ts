import { renameSync, writeFileSync } from 'node:fs';

/** Writes a file that is there complete or not at all, whenever the process is killed. */
export function writeWhole(path: string, text: string): void {
  const part = `${path}.${process.pid}.part`;
  writeFileSync(part, text);
  renameSync(part, path);
}
