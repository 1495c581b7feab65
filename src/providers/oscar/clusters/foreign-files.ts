/** Clusters that OSCAR-CLI and SCAR know: used where they are, never written. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { FAILSAFE_SCHEMA, load } from 'js-yaml';
import { hasCode } from '../../../errors.ts';
import { isObject } from '../../../json.ts';
import { homeOf } from './config-file.ts';
import type { StoredCluster, StoredFile, StoredSource } from './definition.ts';
import { definitionOf } from './entry.ts';
import type { Environment } from './environment.ts';

const NOTHING: StoredFile = { clusters: [], warnings: [] };

/** `~/.oscar-cli/config.yaml`: `oscar: {ID: {endpoint, auth_user, …}}`, `default: ID`. */
export async function readOscarCli(environment: Environment): Promise<StoredFile> {
  const file = path.join(homeOf(environment), '.oscar-cli', 'config.yaml');
  return readForeign(file, 'oscar-cli', (text) => load(text, { schema: FAILSAFE_SCHEMA }));
}

/** `~/.scar/scar.cfg`: JSON with `oscar: {ID: {endpoint, auth_user, …}}`. */
export async function readScar(environment: Environment): Promise<StoredFile> {
  const file = path.join(homeOf(environment), '.scar', 'scar.cfg');
  return readForeign(file, 'scar', (text) => JSON.parse(text) as unknown);
}

async function readForeign(
  file: string,
  source: StoredSource,
  parse: (text: string) => unknown,
): Promise<StoredFile> {
  let root: unknown;
  try {
    root = parse(await readFile(file, 'utf8'));
  } catch (error) {
    const isAbsent = hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR');
    // Not what the parser says: it quotes lines, which may hold a password.
    return isAbsent
      ? NOTHING
      : { clusters: [], warnings: [`${file} cannot be read; its clusters are left out.`] };
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
