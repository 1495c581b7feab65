/** Where the script of a step is, a path in the file or the script itself, and where its further files are. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { hasCode, messageOf, type Place } from '../errors.ts';
import { type Diagnostic, warning } from '../fdl/diagnostic.ts';
import { isInline } from '../fdl/normalise.ts';
import type { Payload, Script } from './model.ts';

/** The two folders that a path in an FDL file may be meant from. */
export interface Bases {
  /** The folder of the FDL file. */
  readonly fdl: string;
  /** The working directory: SCAR and older releases of OSCAR-CLI started from there. */
  readonly working: string;
  /** Whether to look if the files exist. */
  readonly check: boolean;
}

interface ResolvedScript {
  readonly script?: Script;
  readonly diagnostics: readonly Diagnostic[];
}

/** Resolves a script entry; a path counts from the FDL file, and only if nothing is there, from the working directory. */
export function resolveScript(
  text: string | undefined,
  place: Place,
  bases: Bases,
  step: string,
): ResolvedScript {
  if (text === undefined || text.trim() === '') return { diagnostics: [] };
  if (isInline(text)) return { script: { kind: 'inline', text, place }, diagnostics: [] };
  const path = resolve(bases.fdl, text.trim());
  const script: Script = { kind: 'file', path, place };
  if (!bases.check) return { script, diagnostics: [] };
  const problem = problemWith(path);
  if (!problem) return { script, diagnostics: [] };
  const other = resolve(bases.working, text.trim());
  if (other !== path && !problemWith(other)) {
    const message = `the script "${text}" is not beside the FDL file; ${other} in the working directory is taken`;
    const hint = 'Move it beside the FDL file, so that the workflow works from everywhere.';
    const moved = warning('script-base', message, place, { hint, step });
    return { script: { kind: 'file', path: other, place }, diagnostics: [moved] };
  }
  const hint = /\s/.test(text.trim())
    ? 'Write commands as a block of text, that is behind a "|" and on lines of their own; or mend the path.'
    : `Paths count from the folder of the FDL file (${bases.fdl}). Create the script there, or mend the path.`;
  const message = `the script "${text}" ${problem}`;
  return {
    script,
    diagnostics: [warning('script-not-found', message, place, { hint, step, blocks: 'any' })],
  };
}

interface ResolvedImageFile {
  /** Absolute. */
  readonly path: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** Resolves the path of an image in a file; it counts as that of a script does. */
export function resolveImageFile(text: string, place: Place, bases: Bases, step: string): ResolvedImageFile {
  const beside = resolve(bases.fdl, text.trim());
  const other = resolve(bases.working, text.trim());
  const path = !existsSync(beside) && existsSync(other) ? other : beside;
  if (!bases.check || existsSync(path)) return { path, diagnostics: [] };
  const hint = `Paths count from the folder of the FDL file (${bases.fdl}): docker save -o ${text.trim()} NAME writes it.`;
  const message = `the image file "${text}" is not there`;
  return { path, diagnostics: [warning('image-file', message, place, { hint, step, blocks: 'any' })] };
}

interface ResolvedPayload {
  readonly payload?: Payload;
  readonly diagnostics: readonly Diagnostic[];
}

/** Resolves further files; their path counts from the working directory, as in SCAR, or else from the FDL file. */
export function resolvePayload(
  text: string | undefined,
  place: Place,
  bases: Bases,
  step: string,
): ResolvedPayload {
  if (text === undefined || text.trim() === '') return { diagnostics: [] };
  const path = resolve(bases.working, text.trim());
  if (existsSync(path)) return { payload: { path, place }, diagnostics: [] };
  const beside = resolve(bases.fdl, text.trim());
  const payload = { path: beside, place };
  if (existsSync(beside) || !bases.check) return { payload, diagnostics: [] };
  const message = `the payload "${text}" does not exist`;
  const hint = `Paths count from the working directory, or else from the folder of the FDL file (${bases.fdl}).`;
  return {
    payload,
    diagnostics: [warning('payload-not-found', message, place, { hint, step, blocks: 'any' })],
  };
}

function problemWith(path: string): string | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found) return 'does not exist';
    if (!found.isFile()) return 'is not a file';
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (thrown) {
    // The name may be no name at all, such as a whole command.
    if (hasCode(thrown, 'ENOTDIR')) return 'does not exist';
    if (hasCode(thrown, 'ENAMETOOLONG') || hasCode(thrown, 'ERR_INVALID_ARG_VALUE')) return 'is no path';
    return `cannot be read: ${messageOf(thrown)}`;
  }
}
