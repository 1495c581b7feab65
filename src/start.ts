/**
 * Starts the parts of the built program. Each lies in a file of its own, as a function of a script: Node loads scripts in a
 * third of the time that it takes for ES modules, and lets them be kept as compiled code. Compiling was half of what
 * starting cost.
 */
import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { VERSION } from './version.ts';

/** What the file of a part is: it gets what Node gives to a CommonJS module, and what loads further parts. */
type Part = (
  module: { exports: Exports },
  exports: Exports,
  require: NodeJS.Require,
  part: (file: string) => Exports,
  url: string,
) => void;

export type Exports = Record<string, unknown>;

/** The files of the parts that everything starts from; the build fills it in. */
declare const FDL_PARTS: { readonly main: string; readonly session: string };

/** Runs the command line of this process. */
export function main(): void {
  partsIn(join(__dirname, 'parts'), require, compiledCode(process.env))(FDL_PARTS.main);
}

/** The library. Keeping compiled code is up to the program that uses it. */
export function session(): Exports {
  return partsIn(join(__dirname, 'parts'), require)(FDL_PARTS.session);
}

/** Where compiled code is kept, for the files of parts. */
export interface CompiledCode {
  /** The code kept for a file; absent where there is none. */
  read(file: string): Buffer | undefined;
  /** Keeps what is compiled by the end of the process, where the file has nothing that Node could use. */
  keep(file: string, script: Script): void;
}

/** Answers what loads a part of a folder by the name of its file, each once. `require` is for what Node itself has. */
function partsIn(
  folder: string,
  require: NodeJS.Require,
  compiled?: CompiledCode,
): (file: string) => Exports {
  const loaded = new Map<string, { exports: Exports }>();
  const part = (file: string): Exports => {
    const before = loaded.get(file);
    if (before) return before.exports;
    const module = { exports: {} };
    loaded.set(file, module);
    const path = join(folder, file);
    // The build writes ASCII alone.
    const source = readFileSync(path, 'latin1');
    const cachedData = compiled?.read(file);
    const script = new Script(source, { filename: path, cachedData });
    if (!cachedData || script.cachedDataRejected) compiled?.keep(file, script);
    const run = script.runInThisContext() as Part;
    run(module, module.exports, require, part, pathToFileURL(path).href);
    return module.exports;
  };
  return part;
}

/**
 * The compiled code of this release under this Node, in the user's cache, or where Node is told to keep such code; absent
 * where it is told to keep none, or where somebody else could write to it. Rule: `NODE_COMPILE_CACHE` and
 * `NODE_DISABLE_COMPILE_CACHE`, https://nodejs.org/api/cli.html
 */
function compiledCode(environment: NodeJS.ProcessEnv): CompiledCode | undefined {
  if (environment['NODE_DISABLE_COMPILE_CACHE']) return undefined;
  const base = environment['NODE_COMPILE_CACHE'] || cacheOf(environment);
  const folder = base && join(base, `${VERSION}-node-${process.versions.node}-${process.arch}`);
  if (!folder || isOfOthers(folder)) return undefined;
  const fresh = new Map<string, Script>();
  return {
    read(file) {
      try {
        return readFileSync(join(folder, file));
      } catch {
        return undefined;
      }
    },
    keep(file, script) {
      // Late, so that it has the functions that were called.
      if (fresh.size === 0) process.once('exit', () => writeAll(base, folder, fresh));
      fresh.set(file, script);
    },
  };
}

function cacheOf(environment: NodeJS.ProcessEnv): string | undefined {
  const cache = environment['XDG_CACHE_HOME'] || (environment['HOME'] && join(homedir(), '.cache'));
  return cache ? join(cache, 'fdl', 'compiled') : undefined;
}

/** What is loaded is run: nobody else may have written it, which matters most to root with the `HOME` of a user. */
function isOfOthers(folder: string): boolean {
  try {
    const stats = lstatSync(folder, { throwIfNoEntry: false });
    if (!stats || !process.geteuid) return false;
    return !stats.isDirectory() || stats.uid !== process.geteuid() || (stats.mode & 0o022) !== 0;
  } catch {
    return true;
  }
}

/** What cannot be kept is compiled again next time. */
function writeAll(base: string, folder: string, scripts: ReadonlyMap<string, Script>): void {
  try {
    if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) removeOld(base, folder);
    if (isOfOthers(folder)) return;
    for (const [file, script] of scripts) write(join(folder, file), script.createCachedData());
  } catch {
    // A disk that is full, or a cache that is read-only.
  }
}

/** Complete or not at all: others start meanwhile. */
function write(path: string, content: Buffer): void {
  const beside = `${path}.${process.pid}`;
  try {
    writeFileSync(beside, content, { mode: 0o600 });
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** Milliseconds. */
const MONTH = 30 * 24 * 3600 * 1000;

/** Code of other releases that nobody has added to for a month goes. */
function removeOld(base: string, folder: string): void {
  for (const name of readdirSync(base)) {
    const other = join(base, name);
    const isOld = /^\d.*-node-/.test(name) && Date.now() - lstatSync(other).mtimeMs > MONTH;
    if (other !== folder && isOld) rmSync(other, { recursive: true, force: true });
  }
}
