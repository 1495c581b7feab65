/** Docker Hub, so to say, with an image of Node and one of a tool, and the registry of an account. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect } from 'vitest';
import { openComposer } from '../../src/image/compose.ts';
import type { ImageConfig } from '../../src/image/image.ts';
import type { ImageManifest } from '../../src/image/manifest.ts';
import type { ClientOptions } from '../../src/image/registry/client.ts';
import { identifyImage, type StepImage } from '../../src/image/step-image.ts';
import { readTar } from '../../src/image/tar/reader.ts';
import { setAside } from '../../src/supervisor/environment.ts';
import { passwordFor } from './clients.ts';
import { craftElf } from './elf.ts';
import type { FakeOptions, FakeRegistry } from './fake-registry.ts';
import { addImage, bytesFile, textFile } from './images.ts';
import { openedPerTest } from './opened.ts';

const LOADER = 'lib64/ld-linux-x86-64.so.2';
const NODE = [
  bytesFile('usr/bin/node', craftElf({ loader: `/${LOADER}`, needed: [] })),
  bytesFile(LOADER, craftElf({ needed: [] })),
];
/** How the tool's image starts. */
export const TOOL = {
  Entrypoint: ['tool'],
  Cmd: ['--help'],
  WorkingDir: '/work',
  Env: ['PATH=/bin', 'NODE_OPTIONS=x'],
};

/** To be called once in a file of tests. */
export function composingPerTest() {
  const { fake, client } = openedPerTest();
  let tmpRoot = '';
  beforeEach(() => {
    tmpRoot = mkdtempSync(path.join(tmpdir(), 'fdl-compose-'));
  });
  afterEach(() => {
    // Whatever happened, nothing stays behind.
    const left = readdirSync(tmpRoot);
    rmSync(tmpRoot, { recursive: true });
    expect(left).toEqual([]);
  });

  /** Both registries; the account asks for the password of `AWS`. */
  async function lab(accountOptions: FakeOptions = {}) {
    const auth = { scheme: 'basic', user: 'AWS', password: 'token' } as const;
    const [hub, account] = [await fake(), await fake({ auth, ...accountOptions })];
    await addImage(hub, 'library/node', '22', { layers: [NODE] });
    const layers = [[textFile('bin/tool', 'tool')], [textFile('etc/x', 'x')]];
    await addImage(hub, 'me/tool', '1', { layers, config: TOOL });

    /** A program that starts anew. */
    const fresh = (options: Partial<ClientOptions> = {}) => {
      const credentials = passwordFor(account.host, 'AWS', 'token');
      const made = client({ credentials, mirrors: `docker.io=http://${hub.host}`, ...options });
      const composer = openComposer({ client: made, tmpRoot, renamed: setAside });
      const compose = async (image: StepImage) => composer.compose(await identifyImage(made, image));
      return { client: made, composer, compose };
    };
    return {
      hub,
      account,
      fresh,
      image: imageFor(account),
      compose: (each: StepImage) => fresh().compose(each),
    };
  }

  return { lab };
}

/** The image of a step made of the tool, with changes. */
function imageFor(account: FakeRegistry) {
  return (changes: Partial<StepImage> = {}): StepImage => ({
    step: 'detect',
    base: 'me/tool:1',
    runtime: 'node:22',
    architecture: 'x86_64',
    target: { registry: account.host, repository: 'workflow' },
    supervisor: Buffer.from('the program'),
    script: Buffer.from('#!/bin/sh'),
    configuration: { workflow: 'w', step: 'detect' },
    ...changes,
  });
}

/** What the account's registry holds under a digest. */
export async function stored(account: FakeRegistry, digest: string) {
  const { bytes, mediaType } = account.manifest('workflow', digest) ?? {
    bytes: Buffer.from('{}'),
    mediaType: '',
  };
  const manifest = JSON.parse(bytes.toString()) as ImageManifest;
  const config = JSON.parse(account.blob('workflow', manifest.config.digest).toString()) as ImageConfig;
  const files: Record<string, string> = {};
  for (const layer of manifest.layers) {
    const blob = account.blob('workflow', layer.digest);
    const tar = layer.mediaType.endsWith('gzip') ? gunzipSync(blob) : blob;
    for await (const { path: name, kind, content } of readTar(inOne(tar))) {
      if (kind === 'file') files[name] = await text(content());
    }
  }
  return { manifest, mediaType, config, files };
}

async function* inOne(bytes: Buffer) {
  yield bytes;
}
