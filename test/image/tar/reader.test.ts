import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BLOCK, readPax, writeHeader, writePax } from '../../../src/image/tar/header.ts';
import { readTar } from '../../../src/image/tar/reader.ts';

const LONG = `${'d'.repeat(60)}/${'n'.repeat(70)}`;

/**
 * The same folder in two formats, written by GNU tar 1.34: names and targets of links over 100 bytes, hard and
 * symbolic links, an empty file, names beyond ASCII.
 */
const ARCHIVES = {
  gnu: 'H4sIAAAAAAACA+3YTU7CQBjG8Vl7ip6gnc/O1r29RBNQidKaUk04FRdw14s5cYcgSHSmxf5/m5LA7un7zMvkhYhOBt65z2fw9Xnksy+dFpkTCbxu+rrLMtG1bX/qd+e+v1J5sfiFIk7+2jilyD9N/nlxW7XNQ7VqniLOf2ntt/lrWe7nr1QpQ/4V+U99/ps/IfCf8z83/1K6/fk3xjorMsn8R/ccqv+GMZjz/K+6yP8BLt7/lLRGsv+lyX+5fum30fM/3f8H+Xut6P+57P/Kq6P7/x35R9ePhJN3KvN/X3cp7v+8/3n/Gx/6QmQ6xYtI/0/z/kfS/9z/IH7+j3W3iN//F+3/xgYiUyleTvp/Av3v2f/Hyp8DYOb9v9muJ7f/W23LsP+neDln3//DezPsRj7/D/Z/G44E7v8SaOph97akBwEAAAAAAAAAAAAAAAAAAIBr8AG2tHVoAFAAAA==',
  pax: 'H4sIAAAAAAACA+2aTW7iQBBGveYUPgFU9V/BIvss5wrW4CRogomMEyWnygVmx8WmgxSZsYcB4nQb8Pc2trAlC7W/V+Wyx5Mf2ettns3zcj0ZJ0EgjzNmu/U0t0Ri6v2P35k0S5K+JhF4XldZ6S+fDBNNaVYtlvkNy8xqtqKnY3Iz6/wi8Mgf/dk+arS2InaUgItnPAl/jW3Erd2f/+Y+M1uVpDZm/svVqvrfeYeON//cxaz/jv/nHfhO/ytDiuH//vz/afh/+t9M4f8r8n+X0B9XPE72v7K+BMD/F7D+O8Wj2Msh/2vWf6+/N40l+D8GbHT6lFUPNx1vhOJbGH2hHFmFctRb/o9a1YP9H9lG/o1Yk6QE/wfncVXcIzlDzv/u89+iPJP5nxjU/3N9/nOEgntN9X9RBp4BfmH+J5rw/Bfd//nyqXo7B/+zVvB/j/4n+H8w/g8U+lPy3/K/Uh/zfzz/Rfb/XdZL/69Jtfp/ZeD/GLA26eOi+LWdAVY9sWfsNxMjsym+Qgib/0Chb/b/Isf735B2Pv8qxr0H/9f+f8jKeR/+Z2l9/0Ho/+P430jtf7wDGqD/A4W+S//v19KfnnKM+xH+r/2/flv20v8ravX/Dv1/JP9Pd/yPAjA8/wcKfZf+X1trnO//Y9yP8H/t/83vYvMe3//Mrfm/iIb/o/jffX7+tV38Ed4HD83/gUJ/Uv/vmvN/IcH8PwZFtnl/yZEDAAAAAAAAAAAAAAAAAOCa+AM2su3JAFAAAA==',
};

async function* inChunks(bytes: Buffer, length: number) {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function read(chunks: AsyncIterable<Uint8Array>) {
  const entries: string[] = [];
  for await (const { path, kind, size, target, content } of readTar(chunks)) {
    const text: Uint8Array[] = [];
    if (kind === 'file') for await (const chunk of content()) text.push(chunk);
    entries.push([kind, path, target, size, Buffer.concat(text).toString().trim()].join('|'));
  }
  return entries;
}

describe('readTar', () => {
  describe.each(Object.entries(ARCHIVES))('of %s', (_, base64) => {
    const bytes = gunzipSync(Buffer.from(base64, 'base64'));

    it.each([1, 7, 512, 1000, 65536])('in chunks of %i', async (length) => {
      expect(await read(inChunks(bytes, length))).toEqual([
        'directory|||0|',
        `directory|${'d'.repeat(60)}||0|`,
        `file|${LONG}||5|long`,
        'directory|dir||0|',
        'file|empty||0|',
        `symlink|far|${'t'.repeat(120)}|0|`,
        `hardlink|hard|${LONG}|0|`,
        `symlink|sym|../${LONG}|0|`,
        'file|\u00fcn\u00ef||6|na\u00efve',
      ]);
    });

    it('over content that nobody reads', async () => {
      const paths: string[] = [];
      for await (const { path } of readTar(inChunks(bytes, 1000))) paths.push(path);
      expect(paths).toHaveLength(9);
    });

    it('to its end, so that all bytes are seen', async () => {
      let seen = 0;
      async function* counted() {
        for await (const chunk of inChunks(bytes, 512)) {
          seen += chunk.length;
          yield chunk;
        }
      }
      for await (const _entry of readTar(counted()));
      expect(seen).toBe(bytes.length);
    });

    it('that breaks off', async () => {
      await expect(read(inChunks(bytes.subarray(0, 5 * BLOCK + 3), 512))).rejects.toThrow('breaks off');
    });

    it('that is damaged', async () => {
      const damaged = Buffer.from(bytes);
      damaged[20] = 0x41;
      await expect(read(inChunks(damaged, 512))).rejects.toThrow('a header of the archive is damaged');
    });
  });

  const header = (name: string, type = '5', target = '') =>
    writeHeader({ name, type, mode: 0o755, size: 0, target });

  it('leaves out names that lead elsewhere', async () => {
    const names = ['../out', 'a/../../out', '/etc', './b/', 'c//d', '..', 'e..f'];
    const archive = Buffer.concat([
      ...names.map((name) => header(name)),
      header('link', '1', '../../etc/passwd'),
    ]);
    expect(await read(inChunks(archive, 512))).toEqual(
      ['etc', 'b', 'c/d', 'e..f'].map((path) => `directory|${path}||0|`),
    );
  });

  it('reads sizes beyond octal digits', async () => {
    const block = writeHeader({ name: 'big', type: '0', mode: 0o644, size: 0, target: '' });
    block.fill(0, 124, 136);
    block[124] = 0x80;
    block.writeBigUInt64BE(9_000_000_000n, 128);
    const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    const entries = readTar(inChunks(block, 512));
    expect((await entries.next()).value).toMatchObject({ path: 'big', size: 9_000_000_000 });
  });

  it('refuses extended headers that would fill the memory', async () => {
    const block = writeHeader({ name: 'x', type: 'x', mode: 0o644, size: 2 ** 30, target: '' });
    await expect(read(inChunks(block, 512))).rejects.toThrow('too long');
  });
});

describe('extended headers', () => {
  it.each([1, 2, 3, 80, 81, 82, 83, 84, 85, 86, 87, 88, 980, 990, 995])(
    'with a value of %i bytes',
    (length) => {
      const values = { path: 'x'.repeat(length), linkpath: '\u00fc\n=\n' };
      const bytes = writePax(values);
      expect(Number.parseInt(bytes.toString(), 10)).toBe(bytes.indexOf('\n', 0) + 1);
      expect(readPax(bytes)).toEqual(values);
    },
  );

  it.each(['x', '0 a=b\n', '999', '-5 a=b\n', ''])('that are damaged: %j', (text) => {
    if (text === '') expect(readPax(Buffer.from(text))).toEqual({});
    else expect(() => readPax(Buffer.from(text))).toThrow('damaged');
  });
});
