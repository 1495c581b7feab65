/** Packs Node and its libraries as a layer. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type LayerFile, writeLayer } from '../layer/layer-file.ts';
import { ROOT } from '../layout.ts';
import type { TarSource } from '../tar/writer.ts';
import type { RuntimeFiles } from './libraries.ts';

/** Writes the layer to `file`; the same runtime gives the same bytes. */
export async function writeRuntimeLayer(
  runtime: RuntimeFiles,
  file: string,
  signal: AbortSignal | undefined,
): Promise<LayerFile> {
  const libraries = [...runtime.libraries].map(([name, from]) => program(`lib/${name}`, from));
  return writeLayer(await Promise.all([program('bin/node', runtime.node), ...libraries]), file, signal);
}

async function program(name: string, file: string): Promise<TarSource> {
  const { size } = await stat(file);
  const path = `${ROOT.slice(1)}/${name}`;
  return { kind: 'file', path, executable: true, size, open: () => createReadStream(file) };
}
