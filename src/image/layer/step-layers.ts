/** The layers of one step: ordered by how seldom they change, so that what does not change is not sent again. */
import path from 'node:path';
import { FdlError } from '../../errors.ts';
import type { Memory } from '../../memory.ts';
import { allDone } from '../../slots.ts';
import type { BlobSource } from '../blob-copy.ts';
import { digestOf } from '../digest.ts';
import { canonicalJson } from '../identity.ts';
import { CONFIGURATION, LICENCES, PAYLOAD, ROOT, SCRIPT, SUPERVISOR } from '../layout.ts';
import type { TarSource } from '../tar/writer.ts';
import { fileBlob, type PackedLayer, packLayer, writeLayer } from './layer-file.ts';
import { readPayload } from './payload.ts';

/** What a step adds to its image. */
export interface StepFiles {
  /** The program that the image starts. */
  readonly supervisor: Uint8Array;
  readonly script?: Uint8Array | undefined;
  /** What the program is to know of its step; plain JSON without secrets. */
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly payload?: PayloadPlace | undefined;
}

interface PayloadPlace {
  /** A file or a folder of this machine. */
  readonly source: string;
  /** The folder below `/.fdl` that the file, or what is in the folder, is put into; `payload` by default. */
  readonly target?: string | undefined;
}

export interface OwnLayer extends PackedLayer {
  readonly comment: string;
  readonly blob: BlobSource;
}

interface LayerWork {
  /** A folder for what is large. */
  readonly folder: string;
  readonly signal: AbortSignal | undefined;
  /** What several steps have in common is packed once. */
  readonly memory: Memory;
}

/**
 * Packs the layers, the lowest first.
 * @throws FdlError `payload-invalid`
 */
export async function packStepLayers(files: StepFiles, work: LayerWork): Promise<readonly OwnLayer[]> {
  const { supervisor, payload } = files;
  const { signal, memory } = work;
  const program = () => packLayer([inMemory(SUPERVISOR, supervisor)], signal);
  const layers = await allDone([
    memory(`supervisor ${digestOf(supervisor)}`, program),
    payload && packPayload(payload, work),
    packLayer(configurationSources(files), signal),
  ]);
  const names = ['supervisor', 'payload', 'configuration'];
  return layers.flatMap((layer, index) => (layer ? [{ ...layer, comment: `fdl: ${names[index]}` }] : []));
}

function configurationSources({ configuration, script }: StepFiles): readonly TarSource[] {
  const text = Buffer.from(`${canonicalJson(configuration)}\n`);
  return [inMemory(CONFIGURATION, text), ...(script ? [inMemory(SCRIPT, script, true)] : [])];
}

async function packPayload(payload: PayloadPlace, { folder, signal }: LayerWork) {
  const file = path.join(folder, 'payload.tar.gz');
  const layer = await writeLayer(await payloadSources(payload), file, signal);
  return { ...layer, blob: fileBlob(layer) };
}

function inMemory(name: string, bytes: Uint8Array, executable = false): TarSource {
  const open = async function* () {
    yield bytes;
  };
  return { kind: 'file', path: inRoot(name), executable, size: bytes.length, open };
}

async function payloadSources({ source, target = PAYLOAD }: PayloadPlace): Promise<readonly TarSource[]> {
  return (await readPayload(source, inRoot(payloadFolder(target)))).sources;
}

/**
 * The folder of a payload below our root. It may not be one that we use, and not be elsewhere: see `ROOT`.
 * @throws FdlError `payload-invalid`
 */
export function payloadFolder(target: string): string {
  const parts = target.split('/').filter((part) => part !== '');
  const reserved: readonly string[] = ['bin', 'lib', LICENCES, SUPERVISOR, SCRIPT, CONFIGURATION];
  const [first = ''] = parts;
  if (first === '' || reserved.includes(first) || parts.some((part) => /^\.\.?$|^\.wh\./.test(part))) {
    const hint = `Name a folder below ${ROOT} other than ${reserved.join(', ')}.`;
    throw new FdlError('payload-invalid', `a payload cannot be put into "${target}"`, { hint });
  }
  return parts.join('/');
}

function inRoot(name: string): string {
  return `${ROOT.slice(1)}/${name}`;
}
