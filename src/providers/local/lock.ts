/** One process at a time works on a workflow's queue. */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { FdlError, hasCode } from '../../errors.ts';
import { type LocalHome, makeHome, PRIVATE } from './home.ts';

/** Milliseconds between two looks at a lock that a process is just writing, and how often that is done. */
const PAUSE = 10;
const ATTEMPTS = 20;

/**
 * Takes the lock, or takes it over from a process that is gone.
 * @returns what gives it back
 * @throws FdlError `locked`
 */
export function takeLock({ root, lock }: LocalHome): () => void {
  makeHome({ root });
  return take(lock, root);
}

function take(lock: string, root: string): () => void {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if (create(lock)) return () => rmSync(lock, { force: true });
    const seen = contentOf(lock);
    const holder = holderIn(seen);
    if (holder !== undefined) {
      const hint = 'Wait until it is done, or stop it; `fdl put` may be used beside it.';
      throw new FdlError('locked', `process ${holder} is already working on ${root}`, { hint });
    }
    // It is empty for a moment when it is made; one that stays empty is of a process that was killed then.
    if (seen === '' && attempt < ATTEMPTS / 2) pause();
    else if (seen !== undefined) removeLeftOver(lock, seen, root);
  }
  throw new FdlError('locked', `the lock ${lock} cannot be taken`, { hint: 'Try again.' });
}

function create(lock: string): boolean {
  try {
    const file = openSync(lock, 'wx', PRIVATE);
    try {
      writeSync(file, String(process.pid));
    } catch (thrown) {
      // A full disk: a lock that names nobody would be in everybody's way.
      rmSync(lock, { force: true });
      throw thrown;
    } finally {
      closeSync(file);
    }
    return true;
  } catch (thrown) {
    if (hasCode(thrown, 'EEXIST')) return false;
    throw thrown;
  }
}

/** Under a lock of its own, so that nobody removes the new lock of one who was faster. */
function removeLeftOver(lock: string, seen: string, root: string): void {
  const give = take(`${lock}.takeover`, root);
  if (contentOf(lock) === seen) rmSync(lock, { force: true });
  give();
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
}

/**
 * Refuses while a process works on the workflow: what it uses must not be removed.
 * @throws FdlError `locked`
 */
export function requireUnlocked({ root, lock }: LocalHome): void {
  const holder = lockHolder(lock);
  if (holder === undefined) return;
  throw new FdlError('locked', `process ${holder} is working on ${root}`, { hint: 'Stop it first.' });
}

/** The process that holds a lock, if it is alive. */
export function lockHolder(lock: string): number | undefined {
  return holderIn(contentOf(lock));
}

function contentOf(lock: string): string | undefined {
  try {
    return readFileSync(lock, 'utf8');
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return undefined;
    throw thrown;
  }
}

function holderIn(content: string | undefined): number | undefined {
  const pid = Number(content);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  try {
    process.kill(pid, 0);
    return pid;
  } catch (thrown) {
    // A process of somebody else is alive, too.
    return hasCode(thrown, 'EPERM') ? pid : undefined;
  }
}
