/** Writes reports: a page, or a folder that is an RO-Crate. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FdlError, hasCode, messageOf } from '../errors.ts';
import { type CrateFile, crateMetadata, METADATA } from '../report/crate.ts';
import { VERSION } from '../version.ts';
import type { Workflow } from '../workflow/model.ts';
import type { RunReport } from '../workflow/report.ts';

export { METADATA };

/**
 * Writes a page, also over an older one.
 * @throws FdlError `file-exists`: another file lies there; `file-unwritable`
 */
export function writePage(file: string, page: string): void {
  writing(file, () => {
    if (isOther(file)) throw inTheWay(file, 'no report');
    writeFileSync(file, page);
  });
}

/** Whether something lies there that this command did not write. */
function isOther(file: string): boolean {
  try {
    return !readFileSync(file, 'utf8').slice(0, 1000).includes('name="generator" content="fdl report');
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return false;
    throw thrown;
  }
}

function inTheWay(file: string, what: string): FdlError {
  const hint = 'Name another one with --output, or remove that one.';
  return new FdlError('file-exists', `${file} is there already, and ${what}`, { hint, exitCode: 2 });
}

function writing(file: string, write: () => void): void {
  try {
    write();
  } catch (cause) {
    if (cause instanceof FdlError) throw cause;
    const message = `${file} cannot be written: ${messageOf(cause)}`;
    const hint = 'Name another place with --output.';
    throw new FdlError('file-unwritable', message, { hint, exitCode: 2, cause });
  }
}

export interface CrateContent {
  readonly report: RunReport;
  readonly workflow: Workflow;
  readonly license: string;
  /** The page about the run. */
  readonly page: string;
  /** Hides secrets. */
  readonly mask: (text: string) => string;
}

interface Part extends CrateFile {
  readonly content: string;
}

/** The files of a crate by their paths: its metadata, the FDL file, scripts, and a page. Secrets are hidden in all of them. */
export function crateFiles(given: CrateContent): ReadonlyMap<string, string> {
  const { report, workflow, license, page, mask } = given;
  const text = mask(readFileSync(workflow.file, 'utf8'));
  const main = part(encodeURIComponent(basename(workflow.file)), workflow.name, 'application/yaml', text);
  const pagePart = part('report.html', 'Report of the run', 'text/html', page);
  const files = [...scriptParts(workflow, mask), pagePart];
  const sha256 = createHash('sha256').update(text).digest('hex');
  const options = { report, workflow, license, files, version: VERSION, main: { ...main, sha256 } };
  const metadata = `${JSON.stringify(crateMetadata(options), null, 2)}\n`;
  return new Map([
    [METADATA, metadata],
    ...[main, ...files].map((each) => [each.path, each.content] as const),
  ]);
}

function part(path: string, name: string, type: string, content: string): Part {
  return { path, name, type, content, bytes: Buffer.byteLength(content) };
}

/** Scripts that are files of their own; the others stand in the FDL file. */
function scriptParts({ steps }: Workflow, mask: (text: string) => string): readonly Part[] {
  return steps.flatMap(({ id, script }, index) => {
    if (script?.kind !== 'file' || !existsSync(script.path)) return [];
    // Ids may have a slash, and no two steps one file.
    const path = `scripts/${index + 1}-${id.replace(/[^\w.-]+/g, '-')}`;
    const content = mask(readFileSync(script.path, 'utf8'));
    return [{ ...part(path, `Script of the step ${id}`, 'text/x-shellscript', content), step: id }];
  });
}

/**
 * Writes a crate into a folder that is new or empty, or over an older crate.
 * @throws FdlError `file-exists`: something else lies there; `file-unwritable`
 */
export function writeCrate(folder: string, files: ReadonlyMap<string, string>): void {
  writing(folder, () => {
    mkdirSync(folder, { recursive: true });
    const found = readdirSync(folder);
    if (found.length > 0 && !found.includes(METADATA)) throw inTheWay(folder, 'no crate');
    for (const [path, content] of files) {
      const file = join(folder, decodeURIComponent(path));
      mkdirSync(join(file, '..'), { recursive: true });
      writeFileSync(file, content);
    }
  });
}
