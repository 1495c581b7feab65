/** Images as registries give them: of both families, for one platform or several. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readImage } from '../../src/image/image.ts';
import { familyOf, layersAs, readManifest } from '../../src/image/manifest.ts';
import { parseReference } from '../../src/image/reference.ts';
import { quickClient } from './clients.ts';
import { type FakeRegistry, startFakeRegistry } from './fake-registry.ts';
import { addImage, DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from './images.ts';

let registry: FakeRegistry;
const client = quickClient();
beforeAll(async () => {
  registry = await startFakeRegistry();
});
afterAll(async () => {
  await client.close();
  await registry.close();
});

const read = (name: string, architecture: 'x86_64' | 'arm64' = 'x86_64') =>
  readImage(client, parseReference(`${registry.host}/${name}`), architecture);

/** An index of images for several platforms, and of how one of them was built. */
async function addIndex(name: string, docker: boolean): Promise<Record<string, string>> {
  const mediaType = docker ? DOCKER_MANIFEST : OCI_MANIFEST;
  const add = async (architecture: string, os = 'linux') => {
    const digest = await addImage(registry, name, undefined, {
      architecture,
      docker,
      config: { Cmd: [architecture] },
    });
    return { mediaType, digest, size: 1, platform: { architecture, os } };
  };
  const [amd, arm] = [await add('amd64'), await add('arm64')];
  const proof = { ...amd, platform: { architecture: 'unknown', os: 'unknown' } };
  registry.addManifest(name, '1', docker ? DOCKER_LIST : OCI_INDEX, {
    schemaVersion: 2,
    manifests: [proof, arm, amd],
  });
  return { x86_64: amd.digest, arm64: arm.digest };
}

describe('readImage', () => {
  it.each([
    ['oci', false],
    ['docker', true],
  ] as const)('takes the platform out of an index of %s', async (name, docker) => {
    await addIndex(name, docker);
    for (const [architecture, go] of [
      ['x86_64', 'amd64'],
      ['arm64', 'arm64'],
    ] as const) {
      const { config, manifest, reference } = await read(`${name}:1`, architecture);
      expect(config.config?.Cmd).toEqual([go]);
      expect(familyOf(manifest).name).toBe(name);
      expect(reference.tag).toBe('1');
    }
  });

  it('refuses an image without an index that is for another processor', async () => {
    await addImage(registry, 'arm', '1', { architecture: 'arm64' });
    expect((await read('arm:1', 'arm64')).config.architecture).toBe('arm64');
    await expect(read('arm:1')).rejects.toMatchObject({
      code: 'image-platform',
      message: `the image ${registry.host}/arm:1 is not there for linux/amd64; there is linux/arm64`,
    });
  });

  /** An index of one entry, and the entry of it for another one. */
  const indexOf = (name: string, tag: string, digest: string, mediaType: string) => {
    const manifests = [{ mediaType, digest, size: 1 }];
    return registry.addManifest(name, tag, OCI_INDEX, { schemaVersion: 2, manifests });
  };

  it('refuses indexes in indexes without an end', async () => {
    let digest = await addImage(registry, 'deep', undefined, { architecture: 'amd64' });
    let type: string = OCI_MANIFEST;
    for (let depth = 1; depth <= 5; depth += 1) {
      digest = indexOf('deep', `${depth}`, digest, type);
      type = OCI_INDEX;
    }
    expect((await read('deep:4')).config.architecture).toBe('amd64');
    await expect(read('deep:5')).rejects.toMatchObject({ code: 'image-unsupported' });
  });

  it('looks into no more images than an index may honestly have', async () => {
    const digest = await addImage(registry, 'wide', undefined, { architecture: 'arm64' });
    const manifests = Array(65).fill({ mediaType: OCI_MANIFEST, digest, size: 1 });
    registry.addManifest('wide', '1', OCI_INDEX, { schemaVersion: 2, manifests });
    await expect(read('wide:1')).rejects.toMatchObject({ message: expect.stringContaining('more than 64') });
  });

  it.each([
    [
      'a chart',
      OCI_MANIFEST,
      { schemaVersion: 2, config: { mediaType: 'application/vnd.cncf.helm.config.v1+json' }, layers: [] },
      'something else than a container image',
    ],
    ['a format of old', DOCKER_MANIFEST, { schemaVersion: 1, fsLayers: [] }, 'before 2016'],
  ])('refuses %s', async (name, type, manifest, message) => {
    const digest = registry.addManifest('odd', 'odd', type, manifest);
    const entry = { mediaType: type, digest, size: 1, platform: { os: 'linux', architecture: 'amd64' } };
    registry.addManifest('odd', '1', OCI_INDEX, { schemaVersion: 2, manifests: [entry] });
    await expect(read('odd:1'), name).rejects.toMatchObject({
      code: 'image-unsupported',
      message: expect.stringContaining(message),
    });
  });

  it('refuses a configuration that does not fit', async () => {
    await addImage(registry, 'short', '1', { layers: [[], []] });
    const { bytes } = registry.manifest('short', '1') ?? { bytes: Buffer.alloc(0) };
    const manifest = JSON.parse(bytes.toString());
    registry.addManifest('short', '2', OCI_MANIFEST, { ...manifest, layers: manifest.layers.slice(1) });
    await expect(read('short:2')).rejects.toMatchObject({
      message: expect.stringContaining('do not tell of the same layers'),
    });
  });
});

describe('layers', () => {
  const gzip = 'application/vnd.oci.image.layer.v1.tar+gzip';
  const layer = (mediaType: string) => ({ mediaType, digest: `sha256:${'1'.repeat(64)}`, size: 1 });
  const families = [OCI_MANIFEST, DOCKER_MANIFEST].map((mediaType) => familyOf({ mediaType, layers: [] }));

  it('get the media types of one family', () => {
    const mixed = [
      gzip,
      'application/vnd.docker.image.rootfs.diff.tar.gzip',
      'application/vnd.oci.image.layer.v1.tar',
    ].map(layer);
    const types = families.map((family) => layersAs(family, mixed, 'x').map(({ mediaType }) => mediaType));
    expect(types).toEqual([
      [gzip, gzip, 'application/vnd.oci.image.layer.v1.tar'],
      [
        'application/vnd.docker.image.rootfs.diff.tar.gzip',
        'application/vnd.docker.image.rootfs.diff.tar.gzip',
        'application/vnd.docker.image.rootfs.diff.tar',
      ],
    ]);
  });

  it.each([
    'application/vnd.oci.image.layer.v1.tar+zstd',
    'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  ])('of the type %s are refused', (mediaType) => {
    const [family] = families;
    if (!family) throw new Error('no family');
    expect(() => layersAs(family, [layer(gzip), layer(mediaType)], 'docker.io/a/b:1')).toThrow(
      expect.objectContaining({
        code: 'image-unsupported',
        message: `the image docker.io/a/b:1 cannot be used: a layer of it is "${mediaType}"`,
        hint: expect.stringContaining('compression=gzip'),
      }),
    );
  });

  it('are of a manifest that may leave its own type to the header', () => {
    const config = layer('application/vnd.oci.image.config.v1+json');
    const text = JSON.stringify({ schemaVersion: 2, config, layers: [] });
    expect(readManifest(text, OCI_MANIFEST, 'x').mediaType).toBe(OCI_MANIFEST);
    expect(() => readManifest('{', OCI_MANIFEST, 'x')).toThrow('not JSON');
  });

  it.each([
    { digest: 'sha256:../../../v2/other' },
    { digest: 'md5:1' },
    { size: -1 },
    { size: '5' },
    { size: undefined },
  ])('with %j are refused', (change) => {
    const config = layer('application/vnd.oci.image.config.v1+json');
    const text = JSON.stringify({ schemaVersion: 2, config, layers: [{ ...layer(gzip), ...change }] });
    expect(() => readManifest(text, OCI_MANIFEST, 'x')).toThrow('its manifest is damaged');
  });
});
