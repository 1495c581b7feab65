/** Packs Node, its libraries and their licences as a layer. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type LayerFile, writeLayer } from '../layer/layer-file.ts';
import { LICENCES, ROOT } from '../layout.ts';
import type { TarSource } from '../tar/writer.ts';
import type { RuntimeFiles } from './libraries.ts';

/** Writes the layer to `file`; the same runtime gives the same bytes. */
export async function writeRuntimeLayer(
  runtime: RuntimeFiles,
  file: string,
  signal: AbortSignal | undefined,
): Promise<LayerFile> {
  const libraries = [...runtime.libraries].map(([name, from]) => program(`lib/${name}`, from));
  const licences = [...runtime.licences].map(([name, from]) => text(`${LICENCES}/${name}`, from));
  const sources = await Promise.all([program('bin/node', runtime.node), ...libraries, ...licences]);
  return writeLayer(sources, file, signal);
}

const program = (name: string, file: string) => source(name, file, true);
const text = (name: string, file: string) => source(name, file, false);

async function source(name: string, file: string, executable: boolean): Promise<TarSource> {
  const { size } = await stat(file);
  const path = `${ROOT.slice(1)}/${name}`;
  return { kind: 'file', path, executable, size, open: () => createReadStream(file) };
}
