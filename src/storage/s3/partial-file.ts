/**
 * A file that comes in stretches. It lies beside its target until all are there, with a record of those that are, so that
 * whoever is interrupted, even killed, goes on where it was.
 */
import {
  appendFileSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { hasCode } from '../../errors.ts';
import { asObject, parseJson } from '../../json.ts';
import { makeFolder } from '../../make-folder.ts';
import { readPieces, type Stretch } from '../file-stretch.ts';
import { partBeside, partFor } from '../part-file.ts';
import { crc32Of } from './checksum.ts';

/** What the file is to be; a record of anything else is of no use. */
export interface Wanted {
  /** Changes when the content does. */
  readonly tag: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes of each stretch but the last. */
  readonly part: number;
}

export interface PartialFile {
  /** Where to write: a file that is open. */
  readonly handle: number;
  readonly stretches: readonly Stretch[];
  /** CRC-32 of the stretches that are there, by their index. */
  readonly sums: ReadonlyMap<number, number>;
  /** Remembers that a stretch is there. */
  add(index: number, sum: number): void;
  /** Puts the file in the place of its target. */
  finish(): void;
  /** Ends; what is there stays for the next time, or is removed. */
  leave(isOfUse: boolean): void;
}

/** Files that this process writes to. */
const busy = new Set<string>();

/** Whether a part of a file may be there already. */
export function isBegun(target: string): boolean {
  return existsSync(`${partFor(target)}.json`);
}

/** Opens what is there of a file, or a new one; makes the folders above it. */
export async function openPartial(target: string, wanted: Wanted): Promise<PartialFile> {
  makeFolder(path.dirname(target));
  const usual = partFor(target);
  const others = busy.has(usual) || isAlive(recordOf(usual)?.pid);
  const file = others ? partBeside(target) : usual;
  busy.add(file);
  const stretches = stretchesOf(file, wanted);
  const sums = others ? new Map<number, number>() : await whatIsThere(file, wanted, stretches);
  const record = `${file}.json`;
  const lines = [{ ...wanted, pid: process.pid }, ...sums].map((line) => `${JSON.stringify(line)}\n`);
  writeFileSync(record, lines.join(''));
  const handle = openSync(file, sums.size > 0 ? 'r+' : 'w+');
  const close = () => {
    closeSync(handle);
    busy.delete(file);
  };
  return {
    handle,
    stretches,
    sums,
    add: (index, sum) => {
      sums.set(index, sum);
      appendFileSync(record, `${JSON.stringify([index, sum])}\n`);
    },
    finish: () => {
      close();
      renameSync(file, target);
      rmSync(record, { force: true });
    },
    leave: (isOfUse) => {
      close();
      if (isOfUse && !others) return;
      for (const each of [file, record]) rmSync(each, { force: true });
    },
  };
}

function stretchesOf(file: string, { size, part }: Wanted): readonly Stretch[] {
  return Array.from({ length: Math.ceil(size / part) }, (_, index) => {
    const start = index * part;
    return { file, start, length: Math.min(part, size - start) };
  });
}

interface FileRecord extends Wanted {
  readonly pid: number;
  readonly done: readonly (readonly [index: number, sum: number])[];
}

/** What the record beside a file says; nothing where there is none, or only half of a line. */
function recordOf(file: string): (Partial<FileRecord> & Pick<FileRecord, 'done'>) | undefined {
  try {
    const [first = '', ...rest] = readFileSync(`${file}.json`, 'utf8').split('\n');
    const done = rest.map((line) => parseJson(line)?.value).filter(Array.isArray) as [number, number][];
    return { ...(asObject(parseJson(first)?.value) as Partial<FileRecord> | undefined), done };
  } catch {
    return undefined;
  }
}

/** Whether another process is at it. */
function isAlive(pid: number | undefined): boolean {
  if (pid === undefined || pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

/** The stretches that are there, and still are what they were. */
async function whatIsThere(
  file: string,
  { tag, size, part }: Wanted,
  stretches: readonly Stretch[],
): Promise<Map<number, number>> {
  const record = recordOf(file);
  const sums = new Map<number, number>();
  if (record?.tag !== tag || record.size !== size || record.part !== part) return sums;
  for (const [index, sum] of record.done) {
    const stretch = stretches[index];
    const found = stretch && (await crc32Of(readPieces(stretch)).catch(() => undefined));
    if (found === sum) sums.set(index, sum);
  }
  return sums;
}
