/** One process at a time works on a workflow's queue. */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { FdlError, hasCode } from '../../errors.ts';
import type { LocalHome } from './home.ts';

/**
 * Takes the lock, or takes it over from a process that is gone.
 * @returns what gives it back
 * @throws FdlError `locked`
 */
export function takeLock({ root, lock }: LocalHome): () => void {
  mkdirSync(root, { recursive: true });
  for (let attempt = 0; attempt < 3; attempt++) {
    if (create(lock)) return () => rmSync(lock, { force: true });
    const holder = lockHolder(lock);
    if (holder !== undefined) {
      const hint = 'Wait until it is done, or stop it; `fdl put` may be used beside it.';
      throw new FdlError('locked', `process ${holder} is already working on ${root}`, { hint });
    }
    rmSync(lock, { force: true });
  }
  throw new FdlError('locked', `the lock ${lock} cannot be taken`, { hint: 'Try again.' });
}

function create(lock: string): boolean {
  try {
    const file = openSync(lock, 'wx');
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (thrown) {
    if (hasCode(thrown, 'EEXIST')) return false;
    throw thrown;
  }
}

/** The process that holds a lock, if it is alive. */
export function lockHolder(lock: string): number | undefined {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    if (!Number.isInteger(pid) || pid <= 0) return undefined;
    process.kill(pid, 0);
    return pid;
  } catch (thrown) {
    // A process of somebody else is alive, too.
    return hasCode(thrown, 'EPERM') ? Number(readFileSync(lock, 'utf8')) : undefined;
  }
}
