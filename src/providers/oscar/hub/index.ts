/** OSCAR's hub, or another collection of such crates: services that are ready to be deployed, with what they are. */
import { resolve } from 'node:path';
import { FdlError, messageOf } from '../../../errors.ts';
import { type Diagnostic, error } from '../../../fdl/diagnostic.ts';
import { decodeSource, type Source } from '../../../fdl/source.ts';
import { nearest } from '../../../fdl/suggest.ts';
import { openSlots } from '../../../slots.ts';
import { type Adaptation, adaptFdl, scriptsOf } from './adapt.ts';
import { crateFindings } from './check.ts';
import { type Crate, crateOf, fdlFileOf, METADATA } from './crate.ts';
import { folderPlace, openPlace, type Place } from './place.ts';

export interface HubContext {
  /** A folder, or the address of a repository. */
  readonly from: string;
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** A crate with where it is and what lies in it. */
export interface CrateInfo extends Crate {
  readonly page: string;
  readonly files: readonly string[];
}

export interface HubList {
  /** Where they are: a folder, or the page of a repository. */
  readonly from: string;
  readonly crates: readonly Crate[];
  /** Those whose metadata cannot be read. */
  readonly unreadable: readonly { readonly crate: string; readonly reason: string }[];
}

/** What is to be said of a crate. */
export interface CheckedCrate {
  readonly crate: string;
  /** Of its metadata. */
  readonly diagnostics: readonly Diagnostic[];
  readonly source: Source;
  /** Its FDL file, which is checked as any other. */
  readonly fdl: { readonly file: string; readonly text: string; readonly isHere: boolean } | undefined;
}

/** Files that deploy a crate, by their names. */
export interface CrateWorkflow {
  readonly crate: Crate;
  readonly page: string;
  readonly files: ReadonlyMap<string, string | Uint8Array>;
}

export interface Hub {
  /** All crates, by their titles. */
  list(): Promise<HubList>;
  /** A crate by its name, or by the path of its folder. @throws FdlError `crate-unknown`, `crate-invalid` */
  info(crate: string): Promise<CrateInfo>;
  /** @throws FdlError `crate-unknown` */
  check(crate: string): Promise<CheckedCrate>;
  /** What to write to have a workflow of it. @throws FdlError `crate-unknown`, `crate-invalid`, `usage` */
  workflow(crate: string, adaptation: Adaptation): Promise<CrateWorkflow>;
  close(): Promise<void>;
}

/** Questions at a time. */
const AT_ONCE = 8;

/** Nothing is asked yet; whatever is asked throws `hub-failed` where the place does not answer. @throws FdlError `usage` */
export function openHub(context: HubContext): Hub {
  const { place, folder } = openPlace(context.from, context);
  const slots = openSlots(AT_ONCE);
  let top: ReturnType<typeof topOf> | undefined;
  const find = async (name: string): Promise<Found> => {
    if (/[/\\]|^\.\.?$/.test(name)) {
      const own = folderPlace(resolve(context.workingDirectory, name));
      return foundIn(own, '', { name, top: '', others: [] });
    }
    top ??= topOf(place, folder);
    const { path, folders } = await top;
    return foundIn(place, below(path, name), { name, top: path, others: folders });
  };
  return {
    list: async () => {
      top ??= topOf(place, folder);
      const { path, folders } = await top;
      const read = await Promise.all(folders.map((name) => slots(() => tryCrate(place, path, name))));
      const crates = read.flatMap((each) => (each && 'title' in each ? [each] : []));
      const unreadable = read.flatMap((each) => (each && 'reason' in each ? [each] : []));
      const sorted = crates.sort((a, b) => a.title.localeCompare(b.title) || a.crate.localeCompare(b.crate));
      return { from: place.shown(path), crates: sorted, unreadable };
    },
    info: async (name) => {
      const found = await find(name);
      const metadata = await textOf(found, METADATA);
      return { ...crateOf(found.crate, metadata), page: found.place.shown(found.path), files: found.files };
    },
    check: (name) => find(name).then(checked),
    workflow: (name, adaptation) => find(name).then((found) => workflowOf(found, adaptation)),
    close: () => place.close(),
  };
}

/** A crate: where it is, and the names of its files. */
interface Found {
  readonly crate: string;
  readonly place: Place;
  readonly path: string;
  readonly files: readonly string[];
}

function below(path: string, name: string): string {
  return path === '' ? name : `${path}/${name}`;
}

/** The folder of crates: `crates` of a place that is not more precise, as OSCAR's hub has it, else the place itself. */
async function topOf(
  place: Place,
  folder: string,
): Promise<{ readonly path: string; readonly folders: readonly string[] }> {
  const first = folder === '' ? await place.list('crates') : undefined;
  const path = first === undefined ? folder : 'crates';
  const entries = first ?? (await place.list(folder));
  if (entries === undefined) {
    const hint = place.isHere
      ? 'Check the path. A repository is named by its address, with https://.'
      : 'Check the address; a repository may also be private.';
    throw new FdlError('hub-failed', `there is nothing at ${place.shown(folder)}`, { hint, exitCode: 2 });
  }
  return { path, folders: entries.flatMap(({ name, isFolder }) => (isFolder ? [name] : [])).sort() };
}

/** Nothing of a folder that is no crate. */
async function tryCrate(place: Place, path: string, name: string) {
  const metadata = await place.read(`${below(path, name)}/${METADATA}`);
  if (metadata === undefined) return undefined;
  try {
    return crateOf(name, metadata.toString('utf8'));
  } catch (thrown) {
    if (!(thrown instanceof FdlError)) throw thrown;
    return { crate: name, reason: messageOf(thrown) };
  }
}

interface Sought {
  readonly name: string;
  /** The folder of all crates, and their names. */
  readonly top: string;
  readonly others: readonly string[];
}

async function foundIn(place: Place, path: string, { name, top, others }: Sought): Promise<Found> {
  const entries = await place.list(path);
  if (entries !== undefined) {
    const crate = place.shown(path).split(/[/\\]/).at(-1) || name;
    return {
      crate,
      place,
      path,
      files: entries.flatMap((each) => (each.isFolder ? [] : [each.name])).sort(),
    };
  }
  const meant = nearest(name, others);
  const hint = meant
    ? `Did you mean ${meant}?`
    : 'fdl hub ls lists them; the path of a folder has a "/" in it.';
  const message = `there is no crate "${name}" at ${place.shown(top)}`;
  throw new FdlError('crate-unknown', message, { hint, exitCode: 2 });
}

/** @throws FdlError `crate-invalid` where the crate has no such file */
async function bytesOf({ place, path, crate }: Found, file: string): Promise<Buffer> {
  const clean = file.replace(/^\.\//, '');
  const isInside = !clean.startsWith('/') && !clean.split(/[/\\]/).includes('..');
  const bytes = isInside ? await place.read(below(path, clean)) : undefined;
  if (bytes !== undefined) return bytes;
  const why = isInside ? 'is not there' : 'is outside of it';
  throw new FdlError('crate-invalid', `the file ${file} of the crate "${crate}" ${why}`, {
    hint: 'Tell whoever made the crate, or use another one: fdl hub ls.',
  });
}

async function textOf(found: Found, file: string): Promise<string> {
  return decodeSource(file, await bytesOf(found, file)).text;
}

async function checked(found: Found): Promise<CheckedCrate> {
  const { place, path, crate, files } = found;
  const shown = (file: string) => place.shown(below(path, file));
  const metadata = await place.read(below(path, METADATA));
  const source = decodeSource(shown(METADATA), metadata ?? Buffer.from(''));
  const file = fdlFileOf(crate, files);
  const fdl = file && { file: shown(file), text: await textOf(found, file), isHere: place.isHere };
  return {
    crate,
    diagnostics: metadata ? crateFindings(source, files) : [noMetadata(source)],
    source,
    fdl: fdl || undefined,
  };
}

function noMetadata({ file }: Source): Diagnostic {
  const hint = 'A crate is a folder with that file: https://hub.oscar.grycap.net/guide/.';
  return error('crate-metadata', `there is no file ${METADATA}`, { file, line: 1, column: 1 }, { hint });
}

async function workflowOf(found: Found, adaptation: Adaptation): Promise<CrateWorkflow> {
  const { place, path, crate, files } = found;
  const file = fdlFileOf(crate, files);
  if (file === undefined) throw new FdlError('crate-invalid', `the crate "${crate}" has no FDL file`);
  const [metadata, text] = await Promise.all([textOf(found, METADATA), textOf(found, file)]);
  const read = crateOf(crate, metadata);
  const page = place.shown(path);
  const written = new Map<string, string | Uint8Array>();
  for (const script of scriptsOf(file, text))
    written.set(script.replace(/^\.\//, ''), await bytesOf(found, script));
  const { title, version = '', license } = read;
  const head = `# ${[title, version].join(' ').trim()}, from ${page}${license ? ` (${license})` : ''}\n`;
  written.set('workflow.yaml', oneLine(head) + adaptFdl(file, text, adaptation));
  return { crate: read, page, files: written };
}

/** A comment that others wrote must not become more than one. */
function oneLine(comment: string): string {
  return `${comment.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trimEnd()}\n`;
}
