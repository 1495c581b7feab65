import { mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makeFolder } from '../src/make-folder.ts';

it('makes folders at any depth, and says why where it cannot', () => {
  const top = mkdtempSync(path.join(tmpdir(), 'fdl-make-folder-'));
  onTestFinished(() => rmSync(top, { recursive: true }));
  const deep = path.join(top, 'a/b/c');
  makeFolder(deep, 0o700);
  makeFolder(deep);
  expect(statSync(deep).mode & 0o777).toBe(0o700);
  symlinkSync('nowhere', path.join(top, 'link'));
  expect(() => makeFolder(path.join(top, 'link/a'))).toThrow('EEXIST');
  // The system says so of a folder that is there: Node alone would try for ever.
  if (process.platform === 'linux') expect(() => makeFolder('/proc/fdl/a')).toThrow('ENOENT');
});
