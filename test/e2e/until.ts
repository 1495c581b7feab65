import { setTimeout as wait } from 'node:timers/promises';

/** Milliseconds between two looks, and until it is given up: long, since a busy machine is no fault. */
const POLL = 10;
const PATIENCE = 120_000;

/** Waits until a condition holds. What it throws counts as no. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE;
  while (Date.now() < end) {
    try {
      if (await condition()) return;
    } catch {
      // What it looks at may not be there yet.
    }
    await wait(POLL);
  }
  throw new Error(`never: ${what}`);
}

/** Whether a process runs; one that ended but was not waited for does not. */
export async function isAlive(pid: number): Promise<boolean> {
  const { readFile } = await import('node:fs/promises');
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
  return !/\) [ZX]/.test(state);
}
