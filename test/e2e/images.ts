/** Images made of busybox, in a registry of their own: what steps run in, without any network. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { publishFolder } from '../standins/made-images.ts';
import { required } from '../standins/need.ts';
import { openPodman, type Podman } from '../standins/podman.ts';
import { startRegistry } from '../standins/registry.ts';
import { write } from './project.ts';

export interface Images {
  readonly podman: Podman;
  /** Where `FDL_REGISTRY_MIRRORS` points to. */
  readonly url: string;
  /** Makes an image with a file `/only-in-image` and pushes it, so that only the registry has it. */
  publish(name: string, changes?: readonly string[]): Promise<void>;
  /** Makes and pushes one that has nothing but that file: no shell. */
  publishBare(name: string): Promise<void>;
  close(): Promise<void>;
}

/** Opens podman and an empty registry. */
export async function openImages(): Promise<Images> {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-images-'));
  const root = path.join(folder, 'root');
  fillBusybox(root);
  const podman = openPodman();
  const registry = await startRegistry();
  const { host } = new URL(registry.url);
  const published: string[] = [];
  const bare = path.join(folder, 'bare');
  write(bare, { 'only-in-image': 'inside\n' });
  const publish = async (name: string, from: string, changes: readonly string[] = []) => {
    await publishFolder(podman, registry.url, name, { root: from, changes });
    // Whoever runs it pulls it under this name.
    published.push(`${host}/${name}`);
  };
  return {
    podman,
    url: registry.url,
    publish: (name, changes) => publish(name, root, changes),
    publishBare: (name) => publish(name, bare),
    close: async () => {
      await podman.run(['rmi', '--force', ...published]);
      await podman.close();
      await registry.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Fills `root` with busybox under all its names. */
function fillBusybox(root: string): void {
  const bin = path.join(root, 'bin');
  for (const name of ['bin', 'etc', 'proc', 'sys', 'dev', 'tmp']) {
    mkdirSync(path.join(root, name), { recursive: true });
  }
  copyFileSync(required('busybox'), path.join(bin, 'busybox'));
  const names = execFileSync(path.join(bin, 'busybox'), ['--list'], { encoding: 'utf8' }).trim().split('\n');
  for (const name of names.filter((each) => each !== 'busybox')) symlinkSync('busybox', path.join(bin, name));
  write(root, { 'only-in-image': 'inside\n' });
}
