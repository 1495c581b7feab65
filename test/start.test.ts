/** How the built program starts, and the compiled code that it keeps. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from './storage/temporary-folder.ts';

const BIN = fileURLToPath(new URL('../bin/fdl.js', import.meta.url));
const LIBRARY = fileURLToPath(new URL('../dist/session.js', import.meta.url));

const run = (env: Record<string, string>, argv: readonly string[] = [BIN, 'completion', 'bash']) =>
  execFileSync(process.execPath, argv, { env: { PATH: '', ...env }, encoding: 'utf8' });

function kept(cache: string): { readonly folder: string; readonly files: readonly string[] } {
  const [name = ''] = existsSync(cache) ? readdirSync(cache) : [];
  const folder = join(cache, name);
  return { folder, files: name ? readdirSync(folder).sort() : [] };
}

test('compiled code is kept once, for the user alone, and made anew where it is none', () => {
  const cache = join(temporaryFolder(), 'cache');
  const said = run({ NODE_COMPILE_CACHE: cache });
  const { folder, files } = kept(cache);
  expect(files.some((file) => /^main-\w+\.js$/.test(file))).toBe(true);
  const [first = ''] = files;
  const [path, content] = [join(folder, first), readFileSync(join(folder, first))];
  utimesSync(path, 1, 1);
  writeFileSync(join(folder, files[1] ?? ''), 'no code');
  expect(run({ NODE_COMPILE_CACHE: cache })).toBe(said);
  expect(kept(cache).files).toEqual(files);
  expect(readFileSync(join(folder, files[1] ?? '')).length).toBeGreaterThan(100);
  expect(readFileSync(path).equals(content)).toBe(true);
});

test('it lies in the cache of the user; a folder that others may write to is not read, nor written', () => {
  const home = temporaryFolder();
  run({ HOME: home });
  const cache = join(home, '.cache/fdl/compiled');
  const { folder, files } = kept(cache);
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) writeFileSync(join(folder, file), 'no code');
  chmodSync(folder, 0o777);
  run({ HOME: home });
  expect(files.map((file) => readFileSync(join(folder, file), 'utf8'))).toEqual(files.map(() => 'no code'));
});

test('nothing is kept where Node is told so, where there is no place for it, or by a program with the library', () => {
  const cache = join(temporaryFolder(), 'cache');
  run({ NODE_COMPILE_CACHE: cache, NODE_DISABLE_COMPILE_CACHE: '1' });
  const library = `import { open } from ${JSON.stringify(pathToFileURL(LIBRARY).href)}; console.log(typeof open)`;
  expect(run({ XDG_CACHE_HOME: cache }, ['--input-type=module', '--eval', library])).toBe('function\n');
  expect(existsSync(cache)).toBe(false);
  writeFileSync(cache, 'a file');
  expect(run({ NODE_COMPILE_CACHE: cache })).toContain('fdl');
});

test('code of an old release goes when that of a new one comes', () => {
  const cache = temporaryFolder();
  for (const name of ['0.0.1-node-20.0.0-x64', '0.0.2-node-20.0.0-x64', 'other'])
    mkdirSync(join(cache, name));
  for (const name of ['0.0.1-node-20.0.0-x64', 'other']) utimesSync(join(cache, name), 1, 1);
  run({ NODE_COMPILE_CACHE: cache });
  expect(readdirSync(cache)).toEqual(['0.0.2-node-20.0.0-x64', expect.stringMatching(/-node-/), 'other']);
});
