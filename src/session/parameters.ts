/** Values for the parameters of a workflow: given one by one, or in a file. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FdlError, hasCode, messageOf } from '../errors.ts';
import { hasErrors } from '../fdl/diagnostic.ts';
import type { GivenValue, GivenValues, ParameterValue } from '../fdl/parameters.ts';
import { parseTree } from '../fdl/parse.ts';
import { decodeSource, placeAt } from '../fdl/source.ts';
import { isNull } from '../fdl/tree.ts';

/** What whoever opens a session gives for the parameters of its file. */
export interface GivenParameters {
  /** By name; they count before those of the file. */
  readonly parameters?: Readonly<Record<string, ParameterValue>> | undefined;
  /** A file of YAML or JSON with values by name. */
  readonly parametersFile?: string | undefined;
}

/**
 * All values that are given. Whether there are such parameters, and whether the values fit, is said where the FDL file is read.
 * @throws FdlError `params-file-not-found`, `params-file-unreadable`, `params-file-invalid`
 */
export async function givenValues(
  { parameters = {}, parametersFile }: GivenParameters,
  workingDirectory: string,
): Promise<GivenValues> {
  const inFile = parametersFile === undefined ? [] : await valuesIn(parametersFile, workingDirectory);
  const single = Object.entries(parameters).map(
    ([name, value]) => [name, { text: String(value), from: '--param' }] as const,
  );
  return new Map<string, GivenValue>([...inFile, ...single]);
}

async function valuesIn(
  file: string,
  workingDirectory: string,
): Promise<readonly (readonly [string, GivenValue])[]> {
  const source = decodeSource(file, await bytesOf(file, workingDirectory));
  const { root, diagnostics } = parseTree(source);
  const invalid = (message: string, at = { file, line: 1, column: 1 }) => {
    const hint = 'Write a line for each parameter: NAME: VALUE.';
    return new FdlError('params-file-invalid', message, { hint, place: at, exitCode: 2 });
  };
  const first = diagnostics.find(({ severity }) => severity === 'error');
  if (first && hasErrors(diagnostics)) throw invalid(first.message, first.place);
  if (!root || isNull(root)) return [];
  if (root.kind !== 'map') throw invalid('values of parameters are a map', placeAt(source, root.start));
  return root.entries.map(({ key, value }) => {
    const place = placeAt(source, value.kind === 'scalar' ? value.start : key.start);
    if (value.kind !== 'scalar' || isNull(value))
      throw invalid(
        `the parameter ${key.text} needs one value, and has ${isNull(value) ? 'none' : `a ${value.kind}`}`,
        place,
      );
    return [key.text, { text: value.text, from: file, place }];
  });
}

async function bytesOf(file: string, workingDirectory: string): Promise<Uint8Array> {
  try {
    return await readFile(resolve(workingDirectory, file));
  } catch (cause) {
    if (hasCode(cause, 'ENOENT') || hasCode(cause, 'ENOTDIR')) {
      const hint = 'Check the path after --params.';
      throw new FdlError('params-file-not-found', `there is no file ${file}`, { hint, exitCode: 2, cause });
    }
    throw new FdlError('params-file-unreadable', `${file} cannot be read: ${messageOf(cause)}`, {
      exitCode: 2,
      cause,
    });
  }
}
