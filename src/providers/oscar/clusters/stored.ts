/** All clusters that are stored on this machine. */
import { readConfig } from './config-file.ts';
import type { StoredCluster } from './definition.ts';
import type { Environment } from './environment.ts';
import { readOscarCli, readScar } from './foreign-files.ts';

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
