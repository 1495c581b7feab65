/**
 * Makes one program of Node and the package, for machines that have neither: Node's "single executable application", with
 * the files of the package as its asset. Rule: https://nodejs.org/api/single-executable-applications.html
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { inject } from 'postject';

const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/** What the program needs at run time; documents and types are for people and compilers. */
const NEEDED = /^(package\.json|bin\/|dist\/(?!types\/)|schemas\/|examples\/)/;

/**
 * Writes the program to `to`. `from` is the folder of an installed package, `node` a program of Node of the system that
 * it is for, `work` a folder for what is made on the way.
 */
export async function makeSingleFile({ from, node, to, work }) {
  mkdirSync(work, { recursive: true });
  const { version } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'));
  const files = { ...filesOf(from), 'start.cjs': base64("import('./bin/fdl.js');\n") };
  const asset = gzipSync(JSON.stringify(files));
  const digest = createHash('sha256').update(asset).digest('hex').slice(0, 12);
  const start = readFileSync(join(dirname(fileURLToPath(import.meta.url)), 'single-file-start.cjs'), 'utf8');
  writeFileSync(join(work, 'asset'), asset);
  writeFileSync(
    join(work, 'start.cjs'),
    start.replace("'(release)'", JSON.stringify(`${version}-${digest}`)),
  );
  const config = {
    main: 'start.cjs',
    output: 'blob',
    disableExperimentalSEAWarning: true,
    assets: { package: 'asset' },
  };
  writeFileSync(join(work, 'config.json'), JSON.stringify(config));
  execFileSync(node, ['--experimental-sea-config', 'config.json'], { cwd: work, stdio: 'pipe' });
  copyFileSync(node, to);
  chmodSync(to, 0o755);
  await quietly(() => inject(to, 'NODE_SEA_BLOB', readFileSync(join(work, 'blob')), { sentinelFuse: FUSE }));
}

/** The content of files by their paths, in base64. */
function filesOf(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => NEEDED.test(path))
    .sort();
  return Object.fromEntries(paths.map((path) => [path, base64(readFileSync(join(folder, path)))]));
}

const base64 = (content) => Buffer.from(content).toString('base64');

/** The library writes to the console that it works. */
async function quietly(work) {
  const { log, warn } = console;
  Object.assign(console, { log: () => {}, warn: () => {} });
  try {
    await work();
  } finally {
    Object.assign(console, { log, warn });
  }
}

/**
 * The terms of a program of Node: beside its `bin`, as in Node's own archives and images, or where Debian has them.
 * @throws Error there are none
 */
export function licenceOfNode(node) {
  const places = [
    join(dirname(node), '../LICENSE'),
    '/usr/share/doc/nodejs/LICENSE',
    '/usr/share/doc/nodejs/copyright',
  ];
  const found = places.find((place) => existsSync(place));
  if (found) return found;
  throw new Error(
    `${node} has no LICENSE beside its folder, without which it cannot be passed on. Name one of an archive of nodejs.org with --node.`,
  );
}
