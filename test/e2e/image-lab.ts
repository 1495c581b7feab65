/** Two real registries and podman: Docker Hub, so to say, and an account's registry that asks for a password. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CredentialSource } from '../../src/image/registry/credentials.ts';
import { Secret } from '../../src/secret.ts';
import { publishFolder } from '../standins/made-images.ts';
import { required } from '../standins/need.ts';
import { openPodman, type Podman } from '../standins/podman.ts';
import { REGISTRY_USER, startRegistry } from '../standins/registry.ts';
import { type CountingProxy, startCountingProxy } from './image-proxy.ts';

const { username: USER, password: PASSWORD } = REGISTRY_USER;

export interface ImageLab {
  readonly podman: Podman;
  readonly hub: CountingProxy;
  readonly account: CountingProxy;
  /** The account's password for its registry, nothing for others. */
  readonly credentials: CredentialSource;
  /** The same, as `USER:PASSWORD`. */
  readonly login: string;
  /** `FDL_REGISTRY_MIRRORS`. */
  readonly mirrors: string;
  /** A folder of this lab. */
  readonly folder: string;
  /** Makes an image of a folder and pushes it to the hub; `changes` as in a Dockerfile. */
  publish(root: string, name: string, changes?: readonly string[], format?: 'oci' | 'v2s2'): Promise<void>;
  /** Pulls an image from the account's registry, and answers its name for podman. */
  pull(name: string): Promise<string>;
  close(): Promise<void>;
}

/** Starts both registries, empty, with a proxy before each that counts what passes. */
export async function openImageLab(): Promise<ImageLab> {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-image-lab-'));
  const podman = openPodman();
  const [hubServer, accountServer] = [await startRegistry(), await startRegistry({ login: true })];
  const [hub, account] = [
    await startCountingProxy(hubServer.url),
    await startCountingProxy(accountServer.url),
  ];
  const made: string[] = [];
  const credentials: CredentialSource = async (host) =>
    host === account.host
      ? { credentials: { kind: 'password', username: USER, password: new Secret(PASSWORD) } }
      : {};
  return {
    podman,
    hub,
    account,
    credentials,
    folder,
    login: `${USER}:${PASSWORD}`,
    mirrors: `docker.io=http://${hub.host},*.amazonaws.com=http://${account.host}`,
    publish: (root, name, changes = [], format = 'v2s2') =>
      publishFolder(podman, `http://${hub.host}`, name, { root, changes, format }),
    pull: async (name) => {
      const image = `${account.host}/${name}`;
      await podman.succeed(['pull', '--tls-verify=false', `--creds=${USER}:${PASSWORD}`, image]);
      made.push(image);
      return image;
    },
    close: async () => {
      if (made.length > 0) await podman.run(['rmi', '--force', ...made]);
      await podman.close();
      await Promise.all([hub, account].map((proxy) => proxy.close()));
      await Promise.all([hubServer, accountServer].map((server) => server.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const FOLDERS = ['etc', 'proc', 'sys', 'dev', 'tmp', 'root', 'usr/bin', 'usr/lib', 'usr/lib64'];

/** A root file system as Debian's: `/bin`, `/lib` and `/lib64` are links into `/usr`. */
export function fillSystem(root: string): string {
  for (const name of FOLDERS) mkdirSync(path.join(root, name), { recursive: true });
  for (const name of ['bin', 'lib', 'lib64']) symlinkSync(`usr/${name}`, path.join(root, name));
  chmodSync(path.join(root, 'tmp'), 0o1777);
  chmodSync(path.join(root, 'root'), 0o700);
  writeFileSync(
    path.join(root, 'etc/passwd'),
    'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n',
  );
  return root;
}

/** Adds programs of this machine with all libraries that they link to. */
export function addPrograms(root: string, programs: readonly string[]): void {
  for (const name of programs) {
    const program = realpathSync(execFileSync('which', [name], { encoding: 'utf8' }).trim());
    copyFileSync(program, path.join(root, 'usr/bin', name));
    const listed = execFileSync('ldd', [program], { encoding: 'utf8' });
    for (const [, file = ''] of listed.matchAll(/(?:=> )?(\/\S+) \(0x/g)) {
      const target = path.join(root, file.startsWith('/usr') ? file : `/usr${file}`);
      mkdirSync(path.dirname(target), { recursive: true });
      copyFileSync(file, target);
    }
  }
}

/** Adds busybox under some of its names. */
export function addBusybox(root: string, names: readonly string[]): void {
  copyFileSync(required('busybox'), path.join(root, 'usr/bin/busybox'));
  for (const name of names) symlinkSync('busybox', path.join(root, 'usr/bin', name));
}
