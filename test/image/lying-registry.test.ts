import { mkdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FdlError } from '../../src/errors.ts';
import { commandOf, composedConfig } from '../../src/image/config.ts';
import { digestOf } from '../../src/image/digest.ts';
import { readImage } from '../../src/image/image.ts';
import type { RegistryClient } from '../../src/image/registry/client.ts';
import { findDigest } from '../../src/image/registry/manifests.ts';
import { bytesOf } from '../../src/image/registry/transport.ts';
import { scanImage } from '../../src/image/runtime/scan.ts';
import { writeHeader } from '../../src/image/tar/header.ts';
import { runs } from '../fuzz.ts';
import { lyingServer } from '../lying-server.ts';
import { mutated } from '../mutated.ts';
import { temporaryFolder } from '../storage/temporary-folder.ts';
import { passwordFor, quickClient } from './clients.ts';

const LAYER = {
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  digest: digestOf('layer'),
  size: 5,
};
const CONFIG = {
  architecture: 'amd64',
  os: 'linux',
  config: { Entrypoint: ['/bin/sh'], Cmd: ['-c'], Env: ['PATH=/bin'], Labels: { a: 'b' }, WorkingDir: '/' },
  rootfs: { type: 'layers', diff_ids: [digestOf('diff')] },
  history: [{ created_by: 'x' }],
};

function manifestOf(config: unknown) {
  const text = JSON.stringify(config);
  return {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: digestOf(text),
      size: Buffer.byteLength(text),
    },
    layers: [LAYER],
  };
}

/** A registry whose every manifest and every blob are these. */
function registryOf(manifest: unknown, config: unknown): RegistryClient {
  const client = {
    hostOf: () => '',
    retry: { signal: undefined, delay: async () => {} },
    close: async () => {},
    call: async ({ path }: { path: string }) => {
      const body = Readable.from([
        Buffer.from(JSON.stringify(path.startsWith('manifests/') ? manifest : config)),
      ]);
      return { status: 200, headers: {}, body, url: 'https://registry' };
    },
  };
  return client as RegistryClient;
}

async function use(manifest: unknown, config: unknown) {
  const reference = { registry: 'r.example', repository: 'a', tag: 'b' };
  const image = await readImage(registryOf(manifest, config), reference, 'x86_64');
  commandOf(image);
  composedConfig(image.config, {
    entrypoint: ['x'],
    labels: {},
    layers: [],
    renamed: (variables) => variables,
  });
}

describe('what a registry answers', () => {
  it('is taken where it is right', () => use(manifestOf(CONFIG), CONFIG));

  it.each([
    ['manifest', (wrong: unknown) => use(wrong, CONFIG), manifestOf(CONFIG)],
    ['configuration', (wrong: unknown) => use(manifestOf(wrong), wrong), CONFIG],
    [
      'index',
      (wrong: unknown) => use(wrong, CONFIG),
      { schemaVersion: 2, manifests: [{ ...LAYER, platform: { os: 'linux', architecture: 'amd64' } }] },
    ],
  ])('never breaks the program: %s', async (_, read, right) => {
    await fc.assert(
      fc.asyncProperty(mutated(right), async (wrong) => {
        const thrown = await read(wrong).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (thrown !== undefined) expect(thrown).toBeInstanceOf(FdlError);
      }),
      { numRuns: runs(400) },
    );
  });

  it('is named with its field', async () => {
    await expect(use(null, CONFIG)).rejects.toThrow(
      'the image r.example/a:b cannot be used: its manifest is damaged',
    );
    const wrong = { ...CONFIG, config: { Env: 'PATH=/bin' } };
    await expect(use(manifestOf(wrong), wrong)).rejects.toThrow('config.Env is a text, not a list');
  });
});

describe('limits', () => {
  it('a text that comes byte by byte ends', async () => {
    async function* dripping() {
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        yield Buffer.from(' ');
      }
    }
    await expect(bytesOf(Readable.from(dripping()), 50)).rejects.toThrow(
      'its answer takes longer than 1 seconds',
    );
  });

  it('a layer that unpacks without end is left before it fills the disk', async () => {
    const size = 300 * 1024 * 1024;
    const header = writeHeader({ name: 'usr/bin/node', type: '0', mode: 0o755, size, target: '' });
    const bomb = gzipSync(Buffer.concat([header, Buffer.alloc(size)]));
    const server = await lyingServer((request, response) => response.end(request.url === '/v2/' ? '' : bomb));
    const folder = temporaryFolder();
    mkdirSync(folder, { recursive: true });
    const layer = { ...LAYER, digest: digestOf(bomb), size: bomb.length };
    const at = { registry: server.host, repository: 'node' };
    await expect(scanImage(quickClient(), at, [layer], folder)).rejects.toThrow(
      'does not end when it is unpacked',
    );
    expect(server.asked.filter(({ what }) => what.includes('blobs'))).toHaveLength(1);
  });
});

it('a login goes to no token service at another place, which may be asked without', async () => {
  const other = await lyingServer((_, response) => response.end('{"token":"anonymous"}'));
  const server = await lyingServer((request, response) => {
    if (request.headers.authorization === 'Bearer anonymous') response.writeHead(403).end();
    else response.writeHead(401, { 'www-authenticate': `Bearer realm="${other.url}/token"` }).end();
  });
  const client = quickClient({ credentials: passwordFor(server.host, 'ada', 'hunter22') });
  const found = findDigest(client, { registry: server.host, repository: 'a', tag: 'b' });
  await expect(found).rejects.toMatchObject({
    code: 'image-denied',
    hint: expect.stringContaining(other.url),
  });
  expect(other.asked.map(({ authorization }) => authorization)).toEqual([undefined]);
});
