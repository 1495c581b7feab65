import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { lockHolder, requireUnlocked, takeLock } from '../../../src/providers/local/lock.ts';
import { newHome } from './samples.ts';

/** A number that no process has: above the limit of Linux. */
const NOBODY = 2 ** 22 + 1;

describe('takeLock', () => {
  it('holds the lock for this process until it is given back', () => {
    const home = newHome();
    const give = takeLock(home);
    expect(lockHolder(home.lock)).toBe(process.pid);
    give();
    expect(existsSync(home.lock)).toBe(false);
    takeLock(home)();
  });

  it('refuses while a process holds it, and says which', () => {
    const home = newHome();
    const give = takeLock(home);
    expect(() => takeLock(home)).toThrow(`process ${process.pid} is already working on ${home.root}`);
    expect(() => requireUnlocked(home)).toThrow(String(process.pid));
    give();
    expect(() => requireUnlocked(home)).not.toThrow();
  });

  it('counts a process of somebody else as alive', () => {
    const home = newHome();
    writeFileSync(home.lock, '1');
    expect(lockHolder(home.lock)).toBe(1);
    expect(() => takeLock(home)).toThrow('process 1 ');
  });

  it.each([String(NOBODY), '', 'no number', '-1', '0'])(
    'takes it over from a process that is gone: "%s"',
    (content) => {
      const home = newHome();
      writeFileSync(home.lock, content);
      expect(lockHolder(home.lock)).toBeUndefined();
      const give = takeLock(home);
      expect(readFileSync(home.lock, 'utf8')).toBe(String(process.pid));
      give();
    },
  );

  it('makes the folder of the workflow', () => {
    const home = newHome();
    rmSync(home.root, { recursive: true });
    takeLock(home)();
    expect(existsSync(home.root)).toBe(true);
  });

  it('lets only one of several processes have it, also when they find one that is left over', async () => {
    const home = newHome();
    const program = path.join(home.root, 'contender.mjs');
    writeFileSync(program, CONTENDER);
    bundle('../../../src/providers/local/lock.ts', path.join(home.root, 'lock.mjs'));
    const codes = await Promise.all(
      Array.from({ length: 4 }, () => exitCode([program, home.root, String(NOBODY)])),
    );
    expect(codes).toEqual([0, 0, 0, 0]);
  });
});

/** Takes the lock again and again, leaves it behind as if killed every third time; 9 when it was not alone. */
const CONTENDER = `
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { takeLock } from './lock.mjs';
const [, , root, nobody] = process.argv;
const home = { root, lock: root + '/lock' };
const end = Date.now() + 400;
for (let round = 0; Date.now() < end; ) {
  let give;
  try {
    give = takeLock(home);
  } catch (error) {
    if (error.code !== 'locked') throw error;
    continue;
  }
  try {
    mkdirSync(root + '/busy');
  } catch {
    process.exit(9);
  }
  rmdirSync(root + '/busy');
  if (round++ % 3 === 0) writeFileSync(home.lock, nobody);
  else give();
}`;

function bundle(source: string, outfile: string): void {
  const entry = fileURLToPath(new URL(source, import.meta.url));
  buildSync({ entryPoints: [entry], bundle: true, platform: 'node', format: 'esm', outfile });
}

function exitCode(args: readonly string[]): Promise<number | null> {
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  return new Promise((resolve) => child.once('exit', resolve));
}
