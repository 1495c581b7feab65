/**
 * Images that have links where ours has folders and files, unpacked as some engines do it: every layer into the folder
 * that holds those below, where a link that is followed leads out of our folder.
 */
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openComposer } from '../../src/image/compose.ts';
import { openRegistryClient } from '../../src/image/registry/client.ts';
import { identifyImage } from '../../src/image/step-image.ts';
import { craftElf } from '../image/elf.ts';
import { needs } from '../standins/need.ts';
import { fillSystem, type ImageLab, openImageLab } from './image-lab.ts';

const ARM = process.arch === 'arm64';
const LOADER = 'usr/lib/ld-linux.so.1';

/** Links by their places, in images whose `/etc` has one file. */
const LINKS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  none: {},
  folder: { '.fdl': 'etc' },
  'absolute-folder': { '.fdl': '/etc' },
  folders: { '.fdl/lib': '/etc', '.fdl/bin': '../etc' },
  files: {
    '.fdl/supervisor.mjs': '/etc/passwd',
    '.fdl/script': '/etc/passwd',
    '.fdl/config.json': '../etc/passwd',
  },
  payload: { '.fdl/payload': '/etc', '.fdl/payload2/passwd': '../../etc/passwd' },
  opt: { opt: 'etc' },
  'opt-fdl': { 'opt/fdl': '/etc' },
};

describe.skipIf(!needs('podman', 'registry'))('an image with links in the places of our files', () => {
  let lab: ImageLab;

  beforeAll(async () => {
    lab = await openImageLab();
    const root = fillSystem(path.join(lab.folder, 'node'));
    const machine = ARM ? 183 : 62;
    writeFileSync(path.join(root, 'usr/bin/node'), craftElf({ machine, loader: `/${LOADER}`, needed: [] }));
    writeFileSync(path.join(root, LOADER), craftElf({ machine, needed: [] }));
    await lab.publish(root, 'library/node:22');
    const payload = path.join(lab.folder, 'payload');
    mkdirSync(payload);
    writeFileSync(path.join(payload, 'passwd'), 'a payload');
  });

  afterAll(async () => {
    await lab?.podman.run([...storage(), 'image', 'unmount', '--all', '--force']);
    await lab?.close();
  });

  /** Layers in folders, each a copy of the one below: podman's own folders are in the way of links. */
  const storage = () => [
    '--storage-driver=vfs',
    `--root=${lab.folder}/vfs`,
    `--runroot=${lab.folder}/vfs-run`,
  ];

  /** Composes an image with a payload, and answers where its files are. */
  async function unpacked(name: string, payload: string): Promise<string> {
    const root = fillSystem(path.join(lab.folder, `root-${name}`));
    for (const [at, target] of Object.entries(LINKS[name] ?? {})) {
      mkdirSync(path.dirname(path.join(root, at)), { recursive: true });
      symlinkSync(target, path.join(root, at));
    }
    await lab.publish(root, `me/links:${name}`);
    const { mirrors, credentials, folder } = lab;
    const client = openRegistryClient({ mirrors, credentials });
    try {
      const image = await identifyImage(client, {
        step: name,
        base: `me/links:${name}`,
        runtime: 'node:22',
        architecture: ARM ? 'arm64' : 'x86_64',
        target: { registry: '1.dkr.ecr.eu-west-1.amazonaws.com', repository: 'fdl/w' },
        supervisor: Buffer.from('a program'),
        script: Buffer.from('a script'),
        configuration: {},
        payload: { source: path.join(folder, 'payload'), target: payload },
      });
      const digest = await openComposer({
        client,
        tmpRoot: folder,
        renamed: (variables) => variables,
      }).compose(image);
      return await mounted(`${lab.account.host}/fdl/w@${digest}`);
    } finally {
      await client.close();
    }
  }

  async function mounted(name: string): Promise<string> {
    const pulled = await lab.podman.run([
      ...storage(),
      'pull',
      '--tls-verify=false',
      `--creds=${lab.login}`,
      name,
    ]);
    const { code, stdout, stderr } = await lab.podman.run([...storage(), 'image', 'mount', name]);
    if (code !== 0) throw new Error(pulled.stderr + stderr);
    return stdout.trim();
  }

  it.each(Object.keys(LINKS))('%s: nothing is written through them', async (name) => {
    const root = await unpacked(name, name === 'payload' ? 'payload2' : 'payload');
    expect(readdirSync(path.join(root, 'etc'))).toEqual(['passwd']);
    const before = readFileSync(path.join(lab.folder, `root-${name}`, 'etc/passwd'), 'utf8');
    expect(readFileSync(path.join(root, 'etc/passwd'), 'utf8')).toBe(before);
    for (const folder of ['.fdl', '.fdl/bin', '.fdl/lib']) {
      expect(lstatSync(path.join(root, folder)).isDirectory(), folder).toBe(true);
    }
    for (const file of ['supervisor.mjs', 'script', 'config.json', 'bin/node', 'lib/ld-linux.so.1']) {
      expect(lstatSync(path.join(root, '.fdl', file)).isFile(), file).toBe(true);
    }
  });
});
