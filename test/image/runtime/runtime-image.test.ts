/** Node, taken out of images that stand for those of Node. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openCopier } from '../../../src/image/blob-copy.ts';
import { parseReference } from '../../../src/image/reference.ts';
import { ensureRuntime } from '../../../src/image/runtime/runtime-image.ts';
import { readTar } from '../../../src/image/tar/reader.ts';
import type { TarSource } from '../../../src/image/tar/writer.ts';
import { quickClient } from '../clients.ts';
import { craftElf } from '../elf.ts';
import { type FakeRegistry, startFakeRegistry } from '../fake-registry.ts';
import { addImage, bytesFile, type ImageParts, OCI_INDEX, OCI_MANIFEST, textFile } from '../images.ts';

const LOADER = '/lib64/ld-linux-x86-64.so.2';
const NODE = craftElf({ loader: LOADER, needed: ['libstdc++.so.6', 'libc.so.6'] });
const library = (needed: readonly string[] = [], machine = 62) => craftElf({ needed, machine });
const link = (at: string, target: string): TarSource => ({ kind: 'symlink', path: at, target });
const LIB = 'usr/lib/x86_64-linux-gnu';

/** What Debian's images look like: `/lib` and `/lib64` are links, libraries are links to their versions. */
const SYSTEM: readonly TarSource[] = [
  link('lib', 'usr/lib'),
  link('lib64', 'usr/lib64'),
  link('usr/lib64/ld-linux-x86-64.so.2', '/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2'),
  bytesFile(`${LIB}/ld-linux-x86-64.so.2`, library()),
  bytesFile(`${LIB}/libc.so.6`, library(['ld-linux-x86-64.so.2'])),
  bytesFile(`${LIB}/libm.so.6`, library(['libc.so.6'])),
  bytesFile(`${LIB}/libgone.so.6`, library()),
  bytesFile(`${LIB}/libnss_dns.so.2`, library(['libresolv.so.2'])),
  bytesFile(`${LIB}/libresolv.so.2`, library()),
  link(`${LIB}/libstdc++.so.6`, 'libstdc++.so.6.0.30'),
  bytesFile(`${LIB}/libstdc++.so.6.0.30`, library(['libm.so.6', 'libc.so.6'])),
  textFile('usr/share/doc/node', 'not it'),
];
const PROGRAM: readonly TarSource[] = [
  bytesFile('usr/local/bin/node', NODE),
  textFile('usr/local/bin/npm', 'npm'),
];

describe('ensureRuntime', () => {
  let registry: FakeRegistry;
  let folder: string;
  const client = quickClient();
  beforeAll(async () => {
    registry = await startFakeRegistry();
  });
  afterAll(async () => {
    await client.close();
    await registry.close();
  });
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'fdl-runtime-test-'));
  });
  afterEach(() => {
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  let count = 0;
  /** The runtime of an image in a repository of its own. */
  async function runtimeOf(parts: ImageParts, architecture: 'x86_64' | 'arm64' = 'x86_64') {
    count += 1;
    const digest = await addImage(registry, `node-${count}`, '22', parts);
    return ensure(`node-${count}:22@${digest}`, architecture, `target-${count}`);
  }
  function ensure(image: string, architecture: 'x86_64' | 'arm64', repository: string) {
    const reference = parseReference(`${registry.host}/${image}`);
    const from = { ...reference, digest: reference.digest ?? '' };
    const at = { registry: registry.host, repository };
    return ensureRuntime(from, architecture, at, { client, copier: openCopier({ client }), tmpRoot: folder });
  }

  async function filesOf(repository: string, digest: string) {
    const bytes = gunzipSync(registry.blob(repository, digest));
    const paths: string[] = [];
    for await (const { path: name, mode } of readTar(
      (async function* () {
        yield bytes;
      })(),
    )) {
      paths.push(`${name} ${mode.toString(8)}`);
    }
    return paths;
  }

  it('takes Node, its loader and all libraries, and only these', async () => {
    const runtime = await runtimeOf({ layers: [SYSTEM, PROGRAM] });
    expect(await filesOf(`target-${count}`, runtime.digest)).toEqual([
      '.fdl 755',
      '.fdl/bin 755',
      '.fdl/bin/node 755',
      '.fdl/lib 755',
      '.fdl/lib/ld-linux-x86-64.so.2 755',
      '.fdl/lib/libc.so.6 755',
      '.fdl/lib/libm.so.6 755',
      '.fdl/lib/libnss_dns.so.2 755',
      '.fdl/lib/libresolv.so.2 755',
      '.fdl/lib/libstdc++.so.6 755',
    ]);
    expect(runtime.command).toEqual([
      '/.fdl/lib/ld-linux-x86-64.so.2',
      '--library-path',
      '/.fdl/lib',
      '/.fdl/bin/node',
    ]);
  });

  it('takes the licences of these along, where Node and Debian keep them', async () => {
    const licences = [
      textFile('usr/local/LICENSE', 'Node'),
      textFile('usr/local/lib/node_modules/npm/LICENSE', 'not it'),
      textFile('usr/share/doc/libc6/copyright', 'glibc'),
      textFile('usr/share/doc/gcc-12-base/copyright', 'GCC'),
      link('usr/share/doc/libstdc++6', 'gcc-12-base'),
      textFile('usr/share/common-licenses/LGPL-2.1', 'LGPL'),
      textFile('usr/share/doc/bash/copyright', 'not it'),
    ];
    const runtime = await runtimeOf({ layers: [SYSTEM, licences, PROGRAM] });
    const files = await filesOf(`target-${count}`, runtime.digest);
    expect(files.filter((each) => each.startsWith('.fdl/licenses'))).toEqual([
      '.fdl/licenses 755',
      '.fdl/licenses/LGPL-2.1 644',
      '.fdl/licenses/libc6 644',
      '.fdl/licenses/libstdc++6 644',
      '.fdl/licenses/node 644',
    ]);
  });

  it('is found the next time, with two requests and without the image it was taken from', async () => {
    const first = await runtimeOf({ layers: [SYSTEM, PROGRAM] });
    const digest =
      registry.manifest(`node-${count}`, '22') &&
      (await addImage(registry, `node-${count}`, '22', { layers: [SYSTEM, PROGRAM] }));
    registry.forget();
    expect(await ensure(`node-${count}:22@${digest}`, 'x86_64', `target-${count}`)).toEqual(first);
    expect(
      registry.requests.map(({ method, path: at }) => `${method} ${at.replace(/[a-f0-9]{12,}/, 'X')}`),
    ).toEqual([
      `GET /v2/target-${count}/manifests/runtime-x86_64-X`,
      `GET /v2/target-${count}/blobs/sha256:X`,
    ]);
  });

  it('gives the same layer from the same files, whatever their layers', async () => {
    const one = await runtimeOf({ layers: [[...PROGRAM, ...SYSTEM]] });
    const three = await runtimeOf({ layers: [SYSTEM.toReversed(), [textFile('x', 'x')], PROGRAM] });
    expect(three.digest).toBe(one.digest);
  });

  it('sees what upper layers removed and replaced', async () => {
    const newer = craftElf({ loader: LOADER, needed: ['libc.so.6', 'libnew.so.1'] });
    const upper = [bytesFile('usr/local/bin/node', newer), bytesFile('usr/lib/libnew.so.1', library())];
    const gone = [textFile(`${LIB}/.wh.libnss_dns.so.2`, '')];
    const runtime = await runtimeOf({ layers: [SYSTEM, PROGRAM, upper, gone] });
    const names = (await filesOf(`target-${count}`, runtime.digest)).map((line) =>
      line.replace(/.*\/(\S+) .*/, '$1'),
    );
    expect(names.slice(4)).toEqual(['ld-linux-x86-64.so.2', 'libc.so.6', 'libnew.so.1']);
  });

  it('finds Node along the PATH of the image, with libraries beside it', async () => {
    const own = [bytesFile('var/lang/bin/node', NODE), bytesFile('var/lang/lib/libstdc++.so.6', library())];
    const config = { Env: ['LANG=C', 'PATH=/var/lang/bin:/usr/bin'] };
    const runtime = await runtimeOf({ layers: [SYSTEM, own], config });
    expect((await filesOf(`target-${count}`, runtime.digest)).join()).not.toContain('libm.so.6');
  });

  it('takes the one for arm64 out of an index', async () => {
    count += 1;
    const name = `node-${count}`;
    const loader = '/lib/ld-linux-aarch64.so.1';
    const arm = [
      bytesFile('usr/local/bin/node', craftElf({ machine: 183, loader, needed: ['libc.so.6'] })),
      bytesFile('lib/ld-linux-aarch64.so.1', library([], 183)),
      bytesFile('lib/aarch64-linux-gnu/libc.so.6', library([], 183)),
    ];
    const entry = async (
      architecture: string,
      layers: readonly (readonly TarSource[])[],
      variant?: string,
    ) => ({
      mediaType: OCI_MANIFEST,
      digest: await addImage(registry, name, undefined, { layers, architecture }),
      size: 1,
      platform: { os: 'linux', architecture, ...(variant && { variant }) },
    });
    const manifests = [await entry('amd64', [SYSTEM, PROGRAM]), await entry('arm64', [arm], 'v8')];
    const digest = registry.addManifest(name, '22', OCI_INDEX, { schemaVersion: 2, manifests });
    const runtime = await ensure(`${name}@${digest}`, 'arm64', `target-${count}`);
    expect(runtime.command[0]).toBe('/.fdl/lib/ld-linux-aarch64.so.1');
    expect(await filesOf(`target-${count}`, runtime.digest)).toHaveLength(6);
    const other = await ensure(`${name}@${digest}`, 'x86_64', `target-${count}`);
    expect(other.digest).not.toBe(runtime.digest);
  });

  const without = (name: string) => SYSTEM.filter((each) => !each.path.endsWith(name));
  it.each([
    ['no Node', [SYSTEM], 'it has no program "node"'],
    ['a script called node', [SYSTEM, [textFile('usr/bin/node', '#!/bin/sh')]], 'it has no program "node"'],
    [
      'Node for another processor',
      [SYSTEM, [bytesFile('usr/bin/node', craftElf({ machine: 183, loader: LOADER, needed: [] }))]],
      'its Node is not for x86_64',
    ],
    [
      'a static Node',
      [SYSTEM, [bytesFile('usr/bin/node', craftElf({ needed: [] }))]],
      'its Node is linked statically',
    ],
    ['no loader', [without('ld-linux-x86-64.so.2'), PROGRAM], `${LOADER} is missing`],
    ['a library less', [without('libm.so.6'), PROGRAM], 'the library libm.so.6 is missing'],
  ] as const)('refuses an image with %s', async (_, layers, why) => {
    await expect(runtimeOf({ layers })).rejects.toMatchObject({
      code: 'runtime-invalid',
      message: expect.stringContaining(`cannot give Node to others: ${why}`),
      hint: expect.stringContaining('FDL_RUNTIME_IMAGE'),
    });
  });

  it('refuses layers that it cannot unpack', async () => {
    const layerType = 'application/vnd.oci.image.layer.v1.tar+zstd';
    await expect(runtimeOf({ layers: [SYSTEM, PROGRAM], layerType })).rejects.toMatchObject({
      code: 'image-unsupported',
    });
  });
});

describe('ensureRuntime over a bad line', () => {
  it('reads damaged layers again', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'fdl-runtime-test-'));
    const troubles = [{ corrupt: true }, { cutAfter: 40 }];
    const registry = await startFakeRegistry({
      trouble: ({ method, path: at }) =>
        method === 'GET' && at.startsWith('/v2/node/blobs') && at !== config ? troubles.shift() : undefined,
    });
    let config = '';
    const client = quickClient();
    try {
      const digest = await addImage(registry, 'node', '22', { layers: [SYSTEM, PROGRAM] });
      const { config: described } = JSON.parse(registry.manifest('node', digest)?.bytes.toString() ?? '{}');
      config = `/v2/node/blobs/${described.digest}`;
      const at = { registry: registry.host, repository: 'target' };
      const deps = { client, copier: openCopier({ client }), tmpRoot: folder };
      const runtime = await ensureRuntime(
        { registry: registry.host, repository: 'node', digest },
        'x86_64',
        at,
        deps,
      );
      expect(registry.hasBlob('target', runtime.digest)).toBe(true);
      expect(registry.count('GET', /node\/blobs/)).toBe(5);
    } finally {
      await client.close();
      await registry.close();
      rmSync(folder, { recursive: true });
    }
  });
});
