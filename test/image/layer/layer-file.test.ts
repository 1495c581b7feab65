import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeLayer } from '../../../src/image/layer/layer-file.ts';
import type { TarSource } from '../../../src/image/tar/writer.ts';
import { bytesFile, sha256, tarOf, textFile } from '../images.ts';

const HERE = path.dirname(fileURLToPath(import.meta.url));
/** Long and not too regular, so that packing has something to decide. */
const NOISE = Buffer.from(
  Array.from({ length: 6000 }, (_, index) =>
    createHash('sha256')
      .update(String(index % 900))
      .digest('hex'),
  ).join(),
);

describe('writeLayer', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'fdl-layer-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const write = (name: string, sources: readonly TarSource[]) =>
    writeLayer(sources, path.join(folder, name), undefined);
  const inPieces = (pieces: number): TarSource => ({
    ...bytesFile('a/noise', NOISE),
    kind: 'file',
    executable: false,
    size: NOISE.length,
    open: async function* () {
      const step = Math.ceil(NOISE.length / pieces);
      for (let at = 0; at < NOISE.length; at += step) yield NOISE.subarray(at, at + step);
    },
  });

  it('packs what is in it, and knows its size and both digests', async () => {
    const sources = [inPieces(3), textFile('b', 'x')];
    const { file, digest, size, diffId } = await write('layer', sources);
    const bytes = readFileSync(file);
    const tar = await tarOf(sources);
    expect(gunzipSync(bytes).equals(tar)).toBe(true);
    expect({ digest, size, diffId }).toEqual({
      digest: sha256(bytes),
      size: bytes.length,
      diffId: sha256(tar),
    });
    expect(size).toBeLessThan(tar.length * 0.8);
  });

  it('has a header without time, name and system', async () => {
    const { file } = await write('header', [textFile('b', 'x')]);
    expect(readFileSync(file).subarray(0, 10).toString('hex')).toBe('1f8b08000000000000ff');
  });

  it('is the same every time, in whatever pieces its content comes', async () => {
    const digests = [];
    for (const pieces of [1, 2, 7, 100]) {
      digests.push((await write(`pieces-${pieces}`, [inPieces(pieces), textFile('b', 'x')])).digest);
    }
    expect(new Set(digests).size).toBe(1);
  });

  it('is the same in another process, elsewhere and at another time', async () => {
    const script = path.join(folder, 'other.mjs');
    const { build } = await import('esbuild');
    await build({
      stdin: {
        contents: `import { writeLayer } from '../../../src/image/layer/layer-file.ts';
          import { textFile } from '../images.ts';
          const { digest } = await writeLayer([textFile('c', 'c'), textFile('a/b', 'ab')], process.argv[2]);
          process.stdout.write(digest);`,
        resolveDir: HERE,
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: script,
      logLevel: 'error',
    });
    const run = (name: string, time: string) =>
      execFileSync(process.execPath, [script, path.join(folder, name)], {
        encoding: 'utf8',
        env: { ...process.env, TZ: time, LANG: 'de_DE', UMASK: '077' },
        cwd: tmpdir(),
      });
    const { digest } = await write('here', [textFile('a/b', 'ab'), textFile('c', 'c')]);
    expect([run('one', 'UTC'), run('two', 'Asia/Tokyo')]).toEqual([digest, digest]);
  });

  it('ends with the signal', async () => {
    const layer = writeLayer([inPieces(50)], path.join(folder, 'aborted'), AbortSignal.abort());
    await expect(layer).rejects.toThrow('aborted');
  });
});
