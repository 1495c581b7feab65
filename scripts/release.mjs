/**
 * Makes all files of a release in `out/release`, and tries what it made: the package, a single file that needs no Node, a
 * list of what is inside (SBOM), and checksums. It publishes nothing.
 *
 *   npm run release [-- --out DIR] [--node PROGRAM] [--quick]
 *
 * `--node` names the Node that the single file is made of (its system is that of the file), `--quick` neither checks nor
 * builds, takes what is in `dist`, and packs in less time.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { licenceOfNode, makeSingleFile } from './single-file.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { values } = parseArgs({
  options: { out: { type: 'string' }, node: { type: 'string' }, quick: { type: 'boolean' } },
});
const out = resolve(values.out ?? join(root, 'out/release'));
const node = values.node ?? process.execPath;
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const work = mkdtempSync(join(tmpdir(), 'fdl-release-'));

/** What has no business in the package: sources of maps, tests, what running leaves. */
const UNWANTED = /\.map$|(^|\/)(\.fdl|out|test|tests|node_modules|\.cache)(\/|$)|\.test\./;

const run = (program, args, options = {}) =>
  execFileSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options,
  });
const npm = (...args) => run('npm', args);
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const sizeOf = (file) => megabytes(statSync(file).size);

/** The tarball; what is in it is said and looked at. */
function pack() {
  const [packed] = JSON.parse(npm('pack', '--json', '--ignore-scripts', '--pack-destination', out));
  for (const { path, size } of packed.files) console.log(`${String(size).padStart(9)}  ${path}`);
  const unwanted = packed.files.map(({ path }) => path).filter((path) => UNWANTED.test(path));
  if (unwanted.length > 0) throw new Error(`The package must not contain ${unwanted.join(', ')}.`);
  console.log(
    `${packed.filename}: ${megabytes(packed.size)}, unpacked ${megabytes(packed.unpackedSize)}, ${packed.files.length} files`,
  );
  return join(out, packed.filename);
}

/** Installs the tarball into an empty place, without running anything of it; answers its folder. */
function install(tarball) {
  const prefix = join(work, 'prefix');
  npm(
    'install',
    '--global',
    '--prefix',
    prefix,
    '--ignore-scripts',
    '--offline',
    '--no-audit',
    '--no-fund',
    tarball,
  );
  return { folder: join(prefix, 'lib/node_modules/fdl'), program: join(prefix, 'bin/fdl') };
}

/** Runs an example as somebody does who has just installed `fdl`, and compares the results with what is expected. */
function tryOut(name, program, env) {
  const cwd = mkdtempSync(join(work, 'try-'));
  const fdl = (...args) => run(program, args, { cwd, env });
  if (fdl('--version') !== `${version}\n`) throw new Error(`${name} does not know its version.`);
  fdl('init', 'climate-series', 'w');
  fdl('validate', 'w/workflow.yaml');
  const inputs = readdirSync(join(cwd, 'w/input')).map((file) => `w/input/${file}`);
  fdl('run', 'w/workflow.yaml', ...inputs, '--local', '--engine', 'host', '-o', 'results');
  const expected = join(root, 'examples/climate-series/expected');
  for (const file of readdirSync(expected, { recursive: true })) {
    if (statSync(join(expected, file)).isDirectory()) continue;
    if (!readFileSync(join(cwd, 'results', file)).equals(readFileSync(join(expected, file))))
      throw new Error(`${name} made another ${file} than is expected.`);
  }
  console.log(`${name}: runs the example climate-series as expected`);
}

/** The single file for the system of `node`, with the terms of all that is in it, as an archive. */
async function packSingleFile(folder) {
  const name = `fdl-${version}-${run(node, ['-p', 'process.platform + "-" + process.arch']).trim()}`;
  const place = join(work, name);
  mkdirSync(place);
  const program = join(place, 'fdl');
  await makeSingleFile({ from: folder, node, to: program, work: join(work, 'single') });
  for (const file of ['LICENSE', 'THIRD-PARTY-NOTICES', 'README.md', 'man', 'completions'])
    cpSync(join(folder, file), join(place, file), { recursive: true });
  cpSync(licenceOfNode(node), join(place, 'LICENSE-node'), { dereference: true });
  const env = { PATH: withoutNode(), HOME: join(work, 'home'), TMPDIR: tmpdir() };
  tryOut(name, program, env);
  const archive = join(out, `${name}.tar.gz`);
  const gzip = `gzip -${values.quick ? 1 : 6}`;
  run('tar', ['-C', work, `--use-compress-program=${gzip}`, '-cf', archive, name]);
  console.log(`${name}: ${sizeOf(program)}, packed ${sizeOf(archive)}`);
}

/** A PATH where Node and npm do nothing but fail. */
function withoutNode() {
  const bin = join(work, 'bin');
  mkdirSync(bin);
  for (const program of ['node', 'npm', 'npx'])
    writeFileSync(join(bin, program), '#!/bin/sh\nexit 127\n', { mode: 0o755 });
  return `${bin}:/usr/bin:/bin`;
}

/** CycloneDX, as npm writes it, of the libraries that are bundled: all others are tools. */
function writeSbom() {
  const all = JSON.parse(npm('sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'));
  const notices = readFileSync(join(root, 'THIRD-PARTY-NOTICES'), 'utf8');
  const bundled = new Set(
    [...notices.matchAll(/^- (\S+) (\S+) \(/gm)].map(([, name, at]) => `${name}@${at}`),
  );
  const components = all.components.filter((each) => bundled.has(`${fullName(each)}@${each.version}`));
  const kept = new Set([all.metadata.component, ...components].map((each) => each['bom-ref']));
  const dependencies = all.dependencies
    .filter(({ ref }) => kept.has(ref))
    .map((each) => ({ ...each, dependsOn: each.dependsOn.filter((ref) => kept.has(ref)) }));
  for (const each of components) each.scope = 'required';
  const file = join(out, `fdl-${version}.cdx.json`);
  writeFileSync(file, `${JSON.stringify({ ...all, components, dependencies }, null, 2)}\n`);
  if (components.length !== bundled.size)
    throw new Error(`npm sbom knows ${components.length} of ${bundled.size} bundled libraries.`);
  console.log(`${components.length} libraries in fdl-${version}.cdx.json`);
}

const fullName = ({ group, name }) => (group && !name.startsWith('@') ? `${group}/${name}` : name);

function writeChecksums() {
  const lines = readdirSync(out)
    .filter((name) => name !== 'SHA256SUMS')
    .sort()
    .map(
      (name) =>
        `${createHash('sha256')
          .update(readFileSync(join(out, name)))
          .digest('hex')}  ${name}`,
    );
  writeFileSync(join(out, 'SHA256SUMS'), `${lines.join('\n')}\n`);
}

try {
  if (!values.quick) {
    execFileSync('npm', ['run', 'check'], { cwd: root, stdio: 'inherit' });
    execFileSync('npm', ['run', 'build'], { cwd: root, stdio: 'inherit' });
  }
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const tarball = pack();
  const { folder, program } = install(tarball);
  tryOut('the package', program, { ...process.env, FDL_TARGET: '', FDL_HOME: '' });
  await packSingleFile(folder);
  writeSbom();
  writeChecksums();
  console.log(`\nAll is in ${out}. Nothing was published; that is: npm publish ${tarball}`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
