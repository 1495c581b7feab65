/** Reads FDL from a text, the way every command reads a file. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Diagnostic } from '../../src/fdl/diagnostic.ts';
import type { Environment } from '../../src/fdl/interpolate.ts';
import type { GivenValues } from '../../src/fdl/parameters.ts';
import { LANGUAGE } from '../../src/providers/language.ts';
import { type ReadFile, readWorkflow } from '../../src/workflow/read.ts';

export interface Surroundings {
  readonly environment?: Environment;
  readonly parameters?: GivenValues;
  readonly strict?: boolean;
  /** Whether scripts must exist; in most tests there are none. */
  readonly localFiles?: boolean;
  /** Files by their paths from a folder that has the FDL file in `flow/`; the working directory is `work/`. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Name of the FDL file. */
  readonly file?: string;
}

/** What `readWorkflow` makes of a text, and the folder that the file was in. */
export async function readText(
  text: string | Uint8Array,
  {
    environment = {},
    parameters,
    strict,
    localFiles = false,
    files = {},
    file = 'demo.yaml',
  }: Surroundings = {},
): Promise<ReadFile & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'fdl-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'flow', file);
  const workingDirectory = join(folder, 'work');
  await Promise.all([mkdir(workingDirectory), mkdir(dirname(path))]);
  await writeFile(path, text);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  const read = await readWorkflow(path, {
    language: LANGUAGE,
    environment,
    parameters,
    workingDirectory,
    strict,
    localFiles,
  });
  return { ...read, folder };
}

/** A finding in short: `code line:column`, with the work that it stands in the way of. */
export function brief({ code, place, blocks }: Diagnostic): string {
  return `${code} ${place.line}:${place.column}${blocks ? ` ${blocks}` : ''}`;
}

function indented(lines: string, by: number): string {
  return lines
    .split('\n')
    .map((line) => (line === '' ? '' : `${' '.repeat(by)}${line}\n`))
    .join('');
}

/** A file with one function on AWS; more fields of `lambda` start on line 8, column 7. */
export function onAws(lambda = '', beside = '', top = ''): string {
  const base = 'name: step\ninit_script: run.sh\ncontainer:\n  image: busybox';
  return `functions:\n  aws:\n  - lambda:\n${indented(base, 6)}${indented(lambda, 6)}${indented(beside, 4)}${indented(top, 0)}`;
}

/** A file with one service of an OSCAR cluster; more fields of it start on line 7, column 7. */
export function onOscar(service = '', top = ''): string {
  const base = 'name: step\nimage: busybox\nscript: run.sh';
  return `functions:\n  oscar:\n  - cluster:\n${indented(base, 6)}${indented(service, 6)}${indented(top, 0)}`;
}
