/** The programs that run on AWS, as they lie in this installation. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { FdlError, hasCode } from '../../errors.ts';

/** What images of steps start, and what passes events on to jobs. */
type ProgramName = 'supervisor' | 'gateway';

/** From the built program, which is split into parts, and from the sources. */
const CANDIDATES = ['.', '..', '../../../dist'];

/** A function that reads a program once. It rejects with FdlError `supervisor-missing`. */
export function openProgram(name: ProgramName = 'supervisor'): () => Promise<Uint8Array> {
  let bytes: Promise<Uint8Array> | undefined;
  return () => {
    bytes ??= readProgram(name);
    return bytes;
  };
}

async function readProgram(name: ProgramName): Promise<Uint8Array> {
  for (const candidate of CANDIDATES) {
    try {
      return await readFile(fileURLToPath(new URL(`${candidate}/${name}.mjs`, import.meta.url)));
    } catch (thrown) {
      if (!hasCode(thrown, 'ENOENT')) throw thrown;
    }
  }
  const hint = 'Install fdl again; in a checkout, run `npm run build`.';
  throw new FdlError('supervisor-missing', `the ${name} of this installation is missing`, { hint });
}
