/** Composed images: what is in them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readImage } from '../../src/image/image.ts';
import { identifyImage } from '../../src/image/step-image.ts';
import { NOBODY } from './clients.ts';
import { composingPerTest, stored, TOOL } from './composing.ts';
import { addImage, DOCKER_MANIFEST, OCI_MANIFEST, sha256 } from './images.ts';

const { lab } = composingPerTest();

describe('a composed image', () => {
  it('has the layers of the image, of Node and of the step, and starts the supervisor', async () => {
    const { account, compose, image } = await lab();
    const { manifest, config, files } = await stored(account, await compose(image()));
    expect(Object.keys(files)).toEqual([
      'bin/tool',
      'etc/x',
      '.fdl/bin/node',
      '.fdl/lib/ld-linux-x86-64.so.2',
      '.fdl/supervisor.mjs',
      '.fdl/config.json',
      '.fdl/script',
    ]);
    expect(files['.fdl/supervisor.mjs']).toBe('the program');
    expect(config.config).toMatchObject({
      Entrypoint: [
        '/.fdl/lib/ld-linux-x86-64.so.2',
        '--library-path',
        '/.fdl/lib',
        '/.fdl/bin/node',
        '/.fdl/supervisor.mjs',
      ],
      Env: ['PATH=/bin', 'FDL_ASIDE_NODE_OPTIONS=x'],
      WorkingDir: '/',
    });
    expect(config.config).not.toHaveProperty('Cmd');
    expect(config.rootfs.diff_ids).toHaveLength(manifest.layers.length);
    expect(config.history).toHaveLength(manifest.layers.length);
  });

  it('tells the supervisor what the image would have run, and where', async () => {
    const { account, compose, image } = await lab();
    const { files } = await stored(account, await compose(image()));
    expect(JSON.parse(files['.fdl/config.json'] ?? '')).toEqual({
      workflow: 'w',
      step: 'detect',
      script: 'script',
      command: ['tool', '--help'],
      workingDirectory: '/work',
    });
    const without = await stored(account, await compose(image({ script: undefined })));
    expect(JSON.parse(without.files['.fdl/config.json'] ?? '')).not.toHaveProperty('script');
    expect(without.files).not.toHaveProperty('.fdl/script');
  });

  it.each([
    ['docker', true, DOCKER_MANIFEST, 'application/vnd.docker.image.rootfs.diff.tar.gzip'],
    ['oci', false, OCI_MANIFEST, 'application/vnd.oci.image.layer.v1.tar+gzip'],
  ] as const)('is of one family: %s', async (_, docker, type, layer) => {
    const { hub, account, compose, image } = await lab();
    await addImage(hub, 'me/tool', '2', { docker, config: TOOL });
    const { manifest, mediaType } = await stored(account, await compose(image({ base: 'me/tool:2' })));
    expect([mediaType, manifest.mediaType]).toEqual([type, type]);
    expect(new Set(manifest.layers.map((each) => each.mediaType))).toEqual(new Set([layer]));
    expect(manifest.config.mediaType.includes(docker ? 'docker' : 'oci')).toBe(true);
  });

  it.each([
    ['docker', true],
    ['oci', false],
  ] as const)(
    'is of OCI where a layer is not packed, which Lambda takes there only: %s',
    async (_, docker) => {
      const { hub, account, compose, image } = await lab();
      const layerType = docker
        ? 'application/vnd.docker.image.rootfs.diff.tar'
        : 'application/vnd.oci.image.layer.v1.tar';
      await addImage(hub, 'me/tool', '2', { docker, layerType, config: TOOL });
      const { manifest, mediaType } = await stored(account, await compose(image({ base: 'me/tool:2' })));
      expect([mediaType, manifest.mediaType]).toEqual([OCI_MANIFEST, OCI_MANIFEST]);
      const types = manifest.layers.map((each) => each.mediaType);
      expect(types[0]).toBe('application/vnd.oci.image.layer.v1.tar');
      expect(types.slice(1)).toEqual(types.slice(1).map(() => 'application/vnd.oci.image.layer.v1.tar+gzip'));
      expect(manifest.config.mediaType).toBe('application/vnd.oci.image.config.v1+json');
    },
  );

  it('carries a payload in a layer of its own', async () => {
    const { account, compose, image } = await lab();
    const source = mkdtempSync(path.join(tmpdir(), 'fdl-payload-'));
    writeFileSync(path.join(source, 'a.bin'), 'weights');
    const first = await stored(account, await compose(image({ payload: { source } })));
    expect(first.files['.fdl/payload/a.bin']).toBe('weights');
    const second = await stored(account, await compose(image({ payload: { source, target: 'models' } })));
    expect(second.files['.fdl/models/a.bin']).toBe('weights');
    expect(second.manifest.layers).toHaveLength(6);
    rmSync(source, { recursive: true });
  });

  it('says what it was made of', async () => {
    const { hub, account, fresh, image } = await lab();
    const { client, compose } = fresh();
    await compose(image());
    const { tag, baseDigest } = await identifyImage(client, image());
    const runtime = hub.manifest('library/node', '22')?.bytes ?? Buffer.alloc(0);
    const composed = { registry: account.host, repository: 'workflow', tag };
    const { config } = await readImage(client, composed, 'x86_64');
    expect(config.config?.Labels).toMatchObject({
      'org.opencontainers.image.base.name': `docker.io/me/tool:1@${baseDigest}`,
      'fdl.runtime': `docker.io/library/node:22@${sha256(runtime)}`,
    });
  });
});

describe('an image that cannot be composed', () => {
  it('is named where it does not exist', async () => {
    const { compose, image } = await lab();
    await expect(compose(image({ base: 'me/tool:9' }))).rejects.toMatchObject({
      code: 'image-not-found',
      message: 'there is no image docker.io/me/tool:9',
    });
  });

  it('has nothing to run', async () => {
    const { hub, compose, image } = await lab();
    await addImage(hub, 'me/data', '1', { config: {} });
    await expect(compose(image({ base: 'me/data:1', script: undefined }))).rejects.toMatchObject({
      code: 'image-command-missing',
      hint: expect.stringContaining('"detect"'),
    });
    expect(await compose(image({ base: 'me/data:1' }))).toMatch(/^sha256:/);
  });

  it('is too large, and is not copied', async () => {
    const { hub, compose, image } = await lab();
    await expect(compose(image({ maxBytes: 200 }))).rejects.toMatchObject({
      code: 'image-too-large',
      details: { maxBytes: 200, bytes: expect.any(Number) },
    });
    // Of the image nothing was fetched but its configuration.
    expect(hub.count('GET', /tool\/blobs/)).toBe(1);
  });

  it('was composed before', async () => {
    const { account, compose, image } = await lab();
    const digest = await compose(image());
    const again = image({ base: `${account.host}/workflow@${digest}`, step: 'again' });
    await expect(compose(again)).rejects.toMatchObject({
      code: 'image-invalid',
      hint: expect.stringContaining('docker.io/me/tool:1@sha256:'),
    });
  });

  it('is denied by the account', async () => {
    const { account, fresh, image } = await lab();
    const { compose } = fresh({ credentials: NOBODY });
    await expect(compose(image())).rejects.toMatchObject({
      code: 'image-denied',
      message: expect.stringContaining(`${account.host}/workflow`),
    });
  });
});
