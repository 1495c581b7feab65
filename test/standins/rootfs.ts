/** A root file system with nothing but busybox, and the supervisor as images carry it. */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { required } from './need.ts';

/** How the supervisor is started: through the loader of its own libraries, whatever the image has. */
export const SUPERVISOR_COMMAND: readonly string[] = [
  `/opt/fdl/lib/${process.arch === 'arm64' ? 'ld-linux-aarch64.so.1' : 'ld-linux-x86-64.so.2'}`,
  '--library-path',
  '/opt/fdl/lib',
  '/opt/fdl/bin/node',
  '/opt/fdl/supervisor.mjs',
];

const FOLDERS = ['bin', 'etc', 'proc', 'sys', 'dev', 'tmp', 'opt/fdl/bin', 'opt/fdl/lib'];
const COMMANDS = ['sh', 'cat', 'cp', 'env', 'ls', 'sleep', 'tr', 'wc', 'mkdir', 'id', 'test'];

/** Fills `root` with busybox, this machine's Node and its libraries, and the bundled supervisor. */
export function fillRootfs(root: string, supervisor: string): void {
  for (const folder of FOLDERS) mkdirSync(path.join(root, folder), { recursive: true });
  chmodSync(path.join(root, 'tmp'), 0o1777);
  copyFileSync(required('busybox'), path.join(root, 'bin/busybox'));
  for (const command of COMMANDS) execFileSync('ln', ['-s', 'busybox', path.join(root, 'bin', command)]);
  const runtime = path.join(root, 'opt/fdl');
  const node = realpathSync(process.execPath);
  copyFileSync(node, path.join(runtime, 'bin/node'));
  for (const library of librariesOf(node)) {
    copyFileSync(library, path.join(runtime, 'lib', path.basename(library)));
  }
  copyFileSync(supervisor, path.join(runtime, 'supervisor.mjs'));
}

/**
 * Options of `podman run` by which a container has this machine's Node in the folder `at`, with its libraries, whatever its
 * image has there. `folder` keeps the libraries for as long as such containers run.
 */
export function mountedNode(at: string, folder: string): readonly string[] {
  const node = realpathSync(process.execPath);
  mkdirSync(folder, { recursive: true });
  for (const library of librariesOf(node)) copyFileSync(library, path.join(folder, path.basename(library)));
  return [`--volume=${node}:${at}/bin/node:ro`, `--volume=${folder}:${at}/lib:ro`];
}

/** What a program links to, the loader among it. */
function librariesOf(program: string): readonly string[] {
  const listed = execFileSync('ldd', [program], { encoding: 'utf8' });
  return [...listed.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, file = '']) => file);
}
