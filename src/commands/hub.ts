/** `fdl hub`: services that are ready to be deployed. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { FdlError, messageOf } from '../errors.ts';
import { type Diagnostic, diagnosticJson, hasErrors, inOrder } from '../fdl/diagnostic.ts';
import type { Source } from '../fdl/source.ts';
import { makeFolder } from '../make-folder.ts';
import { LANGUAGE } from '../providers/language.ts';
import {
  type CheckedCrate,
  type Crate,
  type CrateInfo,
  type Hub,
  type HubList,
  openHub,
} from '../session/hub.ts';
import { shellWord } from '../terminal/command-line.ts';
import { countText, diagnosticText } from '../terminal/diagnostics.ts';
import { matters, readWorkflow } from '../workflow/read.ts';
import type { CommandContext, Handler } from './command.ts';
import { columnsText, type OfCluster, open } from './with-cluster.ts';

interface HubOptions {
  readonly from?: string;
}

interface DeployOptions extends HubOptions, OfCluster {
  readonly name?: string;
  /** False: only write. */
  readonly apply?: boolean;
}

/** What `--json` prints of files that were written and not applied. */
export interface WrittenCrateDocument {
  readonly crate: string;
  /** Absolute path of the FDL file. */
  readonly file: string;
}

/** Works with the hub while a line says so. */
async function withHub<T>(
  { workingDirectory, environment, signal, terminal }: CommandContext,
  options: HubOptions,
  work: (hub: Hub) => Promise<T>,
): Promise<T> {
  const from = String(options.from);
  const hub = await openHub({ from, workingDirectory, environment, signal });
  const progress = await terminal.progress({ line: `reading ${from}` });
  try {
    return await work(hub);
  } finally {
    progress.stop();
    await hub.close();
  }
}

/** Lists all crates. */
export const ls: Handler = async (context, _args, options: HubOptions) => {
  const { terminal } = context;
  const found: HubList = await withHub(context, options, (hub) => hub.list());
  for (const { reason } of found.unreadable) terminal.note(`warning: ${reason}`);
  const row = ({ crate, types, title }: Crate) => [crate, types.join(', ') || '-', title];
  if (terminal.json) terminal.data(found);
  else if (found.crates.length === 0) terminal.out(`There is no crate at ${found.from}.`);
  else terminal.out(columnsText(found.crates.map(row), terminal.outStyle));
  return 0;
};

/** Shows one. */
export const info: Handler = async (context, [name], options: HubOptions) => {
  const { terminal } = context;
  const found: CrateInfo = await withHub(context, options, (hub) => hub.info(String(name)));
  if (terminal.json) {
    terminal.data(found);
    return 0;
  }
  const { title, description, version, types, author, license, published, memory, processors, page, files } =
    found;
  const rows = [
    ['version', version],
    ['type', types.join(', ')],
    ['needs', [...processors, memory].filter(Boolean).join(', ')],
    ['author', author],
    ['license', license],
    ['published', published],
    ['files', files.join(', ')],
    ['page', page],
  ].flatMap(([what = '', said]) => (said ? [[what, said]] : []));
  terminal.out(terminal.outStyle('bold', title));
  if (description !== undefined) terminal.out(description);
  terminal.out(`\n${columnsText(rows, terminal.outStyle)}`);
  return 0;
};

/** Writes a crate as a workflow for a cluster, and applies it. */
export const deploy: Handler = async (context, [given, dir], { name, apply, ...options }: DeployOptions) => {
  const { terminal, workingDirectory } = context;
  const cluster = await knownCluster(context, options);
  const { crate, files } = await withHub(context, options, (hub) =>
    hub.workflow(String(given), { cluster, name }),
  );
  const folder = resolve(workingDirectory, String(dir ?? name ?? crate.crate));
  const shown = relative(workingDirectory, folder) || '.';
  const isNew = writeFiles(folder, shown, files);
  const file = join(folder, 'workflow.yaml');
  const what = `${crate.title} for the cluster ${cluster}`;
  terminal.note(isNew ? `Wrote ${shown}/workflow.yaml: ${what}` : `${shown}/ is as it was written: ${what}`);
  if (apply !== false)
    return (await import('./apply.ts')).run(context, [relative(workingDirectory, file)], {});
  if (terminal.json) terminal.data({ crate: crate.crate, file } satisfies WrittenCrateDocument);
  else terminal.out(`Deploy it: fdl apply ${shellWord(`${shown}/workflow.yaml`)}`);
  return 0;
};

/** @throws FdlError `cluster-unknown`, before anything is written */
async function knownCluster(context: CommandContext, { cluster }: OfCluster): Promise<string> {
  const clusters = await open(context);
  if (cluster === undefined) return clusters.requireDefault();
  if (clusters.list().some(({ id }) => id === cluster)) return cluster;
  const hint = 'fdl cluster ls lists them; fdl cluster add stores one.';
  throw new FdlError('cluster-unknown', `there is no cluster "${cluster}"`, { hint, exitCode: 2 });
}

/**
 * Writes files that are not there; answers false where all are, as they would be written.
 * @throws FdlError `not-empty`, `file-unwritable`
 */
function writeFiles(folder: string, shown: string, files: ReadonlyMap<string, string | Uint8Array>): boolean {
  const entries = [...files].map(([name, content]) => ({
    path: join(folder, name),
    content: Buffer.from(content),
  }));
  const there = entries.filter(({ path }) => existsSync(path));
  const changed = there.filter(({ path, content }) => !readFileSync(path).equals(content));
  if (changed.length > 0) {
    const hint = `Apply what is there (fdl apply ${shellWord(`${shown}/workflow.yaml`)}), or name another folder.`;
    const message = `${shown}/ has ${changed.map(({ path }) => relative(folder, path)).join(', ')} already, with something else in it`;
    throw new FdlError('not-empty', message, { hint, exitCode: 2 });
  }
  for (const { path, content } of entries) {
    try {
      makeFolder(dirname(path));
      writeFileSync(path, content);
    } catch (cause) {
      throw new FdlError('file-unwritable', `${path} cannot be written: ${messageOf(cause)}`, {
        exitCode: 2,
        cause,
      });
    }
  }
  return there.length < entries.length;
}

/** Checks crates; one broken crate does not keep the others from being checked. */
export const validate: Handler = async (context, [crates], options: HubOptions) => {
  const checked = await withHub(context, options, async (hub) => {
    const all: (readonly [string, CheckedCrate])[] = [];
    for (const name of crates as readonly string[]) all.push([name, await hub.check(name)]);
    return all;
  });
  let failed = false;
  for (const [name, each] of checked) failed = !(await showChecked(context, name, each)) || failed;
  return failed ? 2 : 0;
};

async function showChecked(context: CommandContext, name: string, crate: CheckedCrate): Promise<boolean> {
  const { terminal } = context;
  const fdl = await fdlFindings(context, crate);
  const diagnostics = [...crate.diagnostics, ...fdl.diagnostics];
  const valid = !hasErrors(diagnostics);
  if (terminal.json) {
    terminal.data(checkedDocument(crate.crate, valid, diagnostics));
    return valid;
  }
  for (const each of diagnostics) {
    const source = [crate.source, fdl.source].find((one) => one?.file === each.place.file);
    terminal.out(diagnosticText(each, source, terminal.outStyle));
  }
  const count = diagnostics.length > 0 ? ` (${countText(diagnostics)})` : '';
  const verdict = valid ? terminal.outStyle('green', 'valid') : terminal.outStyle('red', 'not valid');
  terminal.out(`${name}: ${verdict}${count}`);
  return valid;
}

export function checkedDocument(crate: string, valid: boolean, diagnostics: readonly Diagnostic[]) {
  return { crate, valid, diagnostics: diagnostics.map(diagnosticJson) };
}

/** What `fdl validate` says of the FDL file; whether a cluster is known here is not what the crate is judged by. */
async function fdlFindings(
  { environment, workingDirectory, terminal }: CommandContext,
  { fdl }: CheckedCrate,
): Promise<{ readonly diagnostics: readonly Diagnostic[]; readonly source?: Source | undefined }> {
  if (fdl === undefined) return { diagnostics: [] };
  const { file, text, isHere } = fdl;
  const read = await readWorkflow(file, {
    language: LANGUAGE,
    environment,
    workingDirectory,
    text,
    localFiles: isHere,
  });
  terminal.hide(read.secrets);
  return {
    diagnostics: inOrder(read.diagnostics.filter((each) => !each.isRemark && matters(each, 'cloud'))),
    source: read.source,
  };
}
