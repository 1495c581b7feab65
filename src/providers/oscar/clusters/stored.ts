/**
 * All clusters that are stored on this machine: in fdl's own configuration, `~/.config/fdl/config.yaml`, which also says
 * which one is the default; and those of OSCAR-CLI and SCAR, whose files are read and never written.
 */

import { chmod, mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { CORE_SCHEMA, dump, FAILSAFE_SCHEMA, load, YAMLException } from 'js-yaml';
import { FdlError, hasCode, messageOf } from '../../../errors.ts';
import { isObject } from '../../../json.ts';
import type { Secret } from '../../../secret.ts';
import {
  type ClusterDefinition,
  definitionOf,
  type Environment,
  entryOf,
  idsInEnvironment,
  type StoredCluster,
  type StoredFile,
  type StoredSource,
  variablePart,
} from './definition.ts';
import { keep, withKept } from './keyring.ts';

export interface StoredClusters {
  /** Nearest source first; an id may come several times. */
  readonly clusters: readonly StoredCluster[];
  readonly defaultCluster: string | undefined;
  /** Whole sentences. */
  readonly warnings: readonly string[];
}

/** @throws FdlError `config-invalid` for fdl's own file; others that cannot be read are a warning */
export async function readStored(environment: Environment): Promise<StoredClusters> {
  const files = await Promise.all([
    readConfig(environment),
    readOscarCli(environment),
    readScar(environment),
  ]);
  const clusters = files.flatMap((file) => file.clusters);
  const ids = new Set(clusters.map(({ id }) => id));
  const chosen = files
    .map(({ defaultCluster }) => defaultCluster)
    .find((id) => id !== undefined && ids.has(id));
  const only = ids.size === 1 ? [...ids][0] : undefined;
  return { clusters, defaultCluster: chosen ?? only, warnings: files.flatMap(({ warnings }) => warnings) };
}

/** Each id once: an environment variable may mean one that is stored. */
export function knownIds(environment: Environment, { clusters }: StoredClusters): readonly string[] {
  const ids = [...new Set(clusters.map(({ id }) => id))];
  const parts = new Set(ids.map(variablePart));
  return [...ids, ...idsInEnvironment(environment).filter((id) => !parts.has(variablePart(id)))];
}

/** The user's home. */
function homeOf(environment: Environment): string {
  return environment['HOME'] || homedir();
}

/** Path of the configuration. Rule: https://specifications.freedesktop.org/basedir-spec (relative paths do not count). */
export function configPath(environment: Environment): string {
  const base = environment['XDG_CONFIG_HOME'] ?? '';
  const folder = path.isAbsolute(base) ? base : path.join(homeOf(environment), '.config');
  return path.join(folder, 'fdl', 'config.yaml');
}

/**
 * Reads the clusters; none where there is no file.
 * @throws FdlError `config-invalid`
 */
export async function readConfig(environment: Environment): Promise<StoredFile> {
  const file = configPath(environment);
  const text = await readText(file);
  if (text === undefined) return { clusters: [], warnings: [] };
  // Every scalar as it is written: a password may look like a number.
  const root = parse(file, text, FAILSAFE_SCHEMA);
  const entries = isObject(root['clusters']) ? Object.entries(root['clusters']) : [];
  const clusters = entries.map(([id, value]): StoredCluster => {
    const entry = isObject(value) ? value : {};
    const definition = withKept(id, definitionOf(entry), entry['keyring'], environment);
    return { id, source: 'fdl', file, definition };
  });
  const { default_cluster: chosen } = root;
  const defaultCluster = typeof chosen === 'string' && chosen !== '' ? chosen : undefined;
  return { clusters, defaultCluster, warnings: await exposure(file) };
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (hasCode(cause, 'ENOENT') || hasCode(cause, 'ENOTDIR')) return undefined;
    throw new FdlError('config-invalid', `${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function parse(file: string, text: string, schema: typeof CORE_SCHEMA): Readonly<Record<string, unknown>> {
  const hint = 'Mend it, or move it away and add the clusters again: fdl cluster add.';
  try {
    // No value at all is an empty file, or one with comments only.
    const root = text.trim() === '' ? {} : (load(text, { schema, filename: file }) ?? {});
    if (isObject(root)) return root;
  } catch (thrown) {
    // Not the whole message: it quotes lines, which may hold a password.
    const why = thrown instanceof YAMLException ? thrown.reason : messageOf(thrown);
    if (/empty|no document/i.test(why)) return {};
    throw new FdlError('config-invalid', `${file} is no YAML: ${why}`, { hint });
  }
  throw new FdlError('config-invalid', `${file} is no map of settings`, { hint });
}

/** Bits of a mode that let others read. */
const OTHERS = 0o077;

async function exposure(file: string): Promise<readonly string[]> {
  const { mode } = await stat(file);
  const isOpen = process.platform !== 'win32' && (mode & OTHERS) !== 0;
  return isOpen ? [`${file} holds passwords and others may read it: chmod 600 ${file}`] : [];
}

/** What a change makes of the clusters and of the default. */
interface ConfigChange {
  /** Definitions to write, by id; `undefined` removes one. */
  readonly clusters?: Readonly<Record<string, ClusterDefinition | undefined>>;
  /** `null` leaves no default. */
  readonly defaultCluster?: string | null;
}

/**
 * Writes a change; everything else in the file stays, but for comments. Nobody else may read the file afterwards.
 * Answers its path.
 * @throws FdlError `config-invalid`, `config-unwritable`
 */
export async function changeConfig(environment: Environment, change: ConfigChange): Promise<string> {
  const file = configPath(environment);
  const text = (await readText(file)) ?? '';
  const { clusters: plain, default_cluster: before, ...others } = parse(file, text, CORE_SCHEMA);
  const asWritten = parse(file, text, FAILSAFE_SCHEMA)['clusters'];
  const kept = isObject(plain) && isObject(asWritten) ? asWritten : {};
  const changed = Object.entries(change.clusters ?? {}).map(([id, definition]) => [
    id,
    definition && entryOf(definition),
  ]);
  const all = Object.entries({ ...kept, ...Object.fromEntries(changed) }).filter(([, entry]) => entry);
  const chosen = change.defaultCluster === undefined ? before : change.defaultCluster;
  const root = {
    ...others,
    ...(all.length > 0 && { clusters: Object.fromEntries(all) }),
    ...(chosen ? { default_cluster: chosen } : {}),
  };
  await writePrivate(file, dump(root));
  return file;
}

/**
 * Stores a refresh token in the place of that of a cluster of fdl's own configuration, where that is: file or keyring.
 * @throws FdlError `config-invalid`, `config-unwritable`
 */
export async function keepToken(environment: Environment, id: string, refreshToken: Secret): Promise<void> {
  const { clusters } = await readConfig(environment);
  const { definition } = clusters.find((cluster) => cluster.id === id) ?? {};
  // Somebody else may have changed it meanwhile.
  if (!definition?.refreshToken) return;
  const newer = { ...definition, refreshToken };
  if (definition.keyring !== undefined) keep(id, newer, environment);
  else await changeConfig(environment, { clusters: { [id]: newer } });
}

async function writePrivate(file: string, text: string): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    // Where the file is a link, what it points to is written.
    const target = await realpath(file).catch(() => file);
    const part = `${target}.${process.pid}.part`;
    await writeFile(part, text, { mode: 0o600 });
    await chmod(part, 0o600);
    await rename(part, target);
  } catch (cause) {
    throw new FdlError('config-unwritable', `${file} cannot be written: ${messageOf(cause)}`, { cause });
  }
}

const NOTHING: StoredFile = { clusters: [], warnings: [] };

/** `~/.oscar-cli/config.yaml`: `oscar: {ID: {endpoint, auth_user, …}}`, `default: ID`. */
async function readOscarCli(environment: Environment): Promise<StoredFile> {
  const file = path.join(homeOf(environment), '.oscar-cli', 'config.yaml');
  return readForeign(file, 'oscar-cli', (text) => load(text, { schema: FAILSAFE_SCHEMA }));
}

/** `~/.scar/scar.cfg`: JSON with `oscar: {ID: {endpoint, auth_user, …}}`. */
async function readScar(environment: Environment): Promise<StoredFile> {
  const file = path.join(homeOf(environment), '.scar', 'scar.cfg');
  return readForeign(file, 'scar', (text) => JSON.parse(text) as unknown);
}

/** The line and the reason. Not the whole message of a parser: it quotes lines, which may hold a password. */
function whyUnread(file: string, text: string, error: unknown): string {
  if (error instanceof YAMLException) {
    const reason = error.reason.replace(/ *["'<!].*$/s, '');
    const line = error.mark ? `:${error.mark.line + 1}` : '';
    return `${file}${line} is no YAML: ${reason}`;
  }
  if (!(error instanceof SyntaxError)) return `${file} cannot be read: ${messageOf(error)}`;
  const [, position] = / at position (\d+)/.exec(error.message) ?? [];
  const line = text.slice(0, Number(position)).split('\n').length;
  return `${file}${position === undefined ? '' : `:${line}`} is no JSON`;
}

async function readForeign(
  file: string,
  source: StoredSource,
  parse: (text: string) => unknown,
): Promise<StoredFile> {
  let root: unknown;
  let text = '';
  try {
    text = await readFile(file, 'utf8');
    root = parse(text);
  } catch (error) {
    const isAbsent = hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR');
    return isAbsent
      ? NOTHING
      : { clusters: [], warnings: [`${whyUnread(file, text, error)}; its clusters are left out.`] };
  }
  if (!isObject(root) || !isObject(root['oscar'])) return NOTHING;
  const clusters = Object.entries(root['oscar']).flatMap(([id, entry]): readonly StoredCluster[] => {
    const definition = definitionOf(isObject(entry) ? entry : {});
    // SCAR writes an example without an endpoint.
    return definition.endpoint ? [{ id, source, file, definition }] : [];
  });
  const { default: chosen } = root;
  return { clusters, warnings: [], ...(typeof chosen === 'string' && chosen && { defaultCluster: chosen }) };
}
