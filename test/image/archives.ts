/** Images in files, for tests. */
import { createHash } from 'node:crypto';
import { type TarSource, writeTar } from '../../src/image/tar/writer.ts';

export const digestOf = (text: string | Buffer) =>
  `sha256:${createHash('sha256').update(text).digest('hex')}`;
export const LAYER = Buffer.from('the content of a layer');
const configOf = (layers: number) =>
  JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config: { Cmd: ['sh'] },
    rootfs: { type: 'layers', diff_ids: Array(layers).fill(digestOf(LAYER)) },
  });
export const CONFIG = configOf(1);

/** The bytes of an archive with these entries; texts that begin with `->` are links. */
export async function tarOf(entries: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const sources = Object.entries(entries).map(([name, content]): TarSource => {
    if (String(content).startsWith('->'))
      return { kind: 'symlink', path: name, target: String(content).slice(2) };
    const bytes = Buffer.from(content);
    const open = async function* () {
      yield bytes;
    };
    return { kind: 'file', path: name, executable: false, size: bytes.length, open };
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeTar(sources)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** As older releases of Docker write an image. */
export const SAVED = {
  'manifest.json': JSON.stringify([
    { Config: 'c.json', RepoTags: ['a:1'], Layers: ['one/layer.tar', 'two/layer.tar'] },
  ]),
  'c.json': configOf(2),
  'one/layer.tar': LAYER,
  'two/layer.tar': '->../one/layer.tar',
};
