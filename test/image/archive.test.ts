import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { archiveClient } from '../../src/image/archive.ts';
import { readImage } from '../../src/image/image.ts';
import { archiveName, parseReference } from '../../src/image/reference.ts';
import { openRegistryClient } from '../../src/image/registry/client.ts';
import { findDigest } from '../../src/image/registry/manifests.ts';
import { CONFIG, digestOf, LAYER, SAVED, tarOf } from './archives.ts';

/** A file with these entries. */
async function archive(entries: Parameters<typeof tarOf>[0], packed = false) {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-archive-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'image.tar');
  const bytes = await tarOf(entries);
  writeFileSync(file, packed ? gzipSync(bytes) : bytes);
  return file;
}

async function read(file: string) {
  const client = openRegistryClient({ credentials: async () => ({}) });
  onTestFinished(() => client.close());
  const own = archiveClient(client, file);
  const reference = parseReference('localhost/image');
  const digest = await findDigest(own, reference);
  return { digest, image: await readImage(own, { ...reference, digest: digest ?? '' }, 'x86_64') };
}

function layout(more: readonly object[] = []) {
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: digestOf(CONFIG),
      size: CONFIG.length,
    },
    layers: [
      { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: digestOf(LAYER), size: LAYER.length },
    ],
  });
  const blob = (content: string | Buffer) => `blobs/sha256/${digestOf(content).slice(7)}`;
  const manifests = [
    { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: digestOf(manifest), size: 1 },
    ...more,
  ];
  return {
    'index.json': JSON.stringify({ schemaVersion: 2, manifests }),
    [blob(manifest)]: manifest,
    [blob(CONFIG)]: CONFIG,
    [blob(LAYER)]: LAYER,
  };
}

describe('an image in a file', () => {
  it.each([
    ['as older releases of Docker write it', SAVED, false, 2],
    ['packed', SAVED, true, 2],
    ['as an image layout of OCI', layout(), false, 1],
    ['as an image layout of OCI, packed', layout(), true, 1],
  ])('is read %s', async (_what, entries, packed, layers) => {
    const { digest, image } = await read(await archive(entries, packed));
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(image.config.config).toEqual({ Cmd: ['sh'] });
    expect(image.manifest.layers).toEqual(
      Array(layers).fill({
        mediaType: 'application/vnd.oci.image.layer.v1.tar',
        digest: digestOf(LAYER),
        size: LAYER.length,
      }),
    );
  });

  it('has the same digest whenever it is read', async () => {
    const file = await archive(SAVED);
    expect((await read(file)).digest).toBe((await read(file)).digest);
  });

  it.each([
    ['no archive', { 'readme.txt': 'x' }, 'neither "index.json" nor'],
    ['two images', layout([{ digest: digestOf('other') }]), 'it has several'],
    [
      'a layer that is missing',
      { ...SAVED, 'two/layer.tar': '->../three/layer.tar' },
      '"two/layer.tar" is missing',
    ],
  ])('is refused: %s', async (_what, entries, says) => {
    await expect(read(await archive(entries))).rejects.toMatchObject({
      code: 'image-archive',
      message: expect.stringContaining(says),
      hint: expect.stringContaining('docker save'),
    });
  });

  it('is refused where there is no such file', async () => {
    await expect(read('/nowhere/image.tar')).rejects.toMatchObject({ code: 'image-archive' });
  });

  it.each([
    ['minicow.tar.gz', 'localhost/minicow'],
    ['/a/b/My Image_1.2.tar', 'localhost/my-image-1-2'],
    ['...', 'localhost/image'],
  ])('is called after its file: %s', (file, name) => {
    expect(archiveName(file)).toBe(name);
    expect(() => parseReference(name)).not.toThrow();
  });
});
