/** The clusters that a command line without an FDL file knows. */
import { FdlError } from '../errors.ts';
import { nearest } from '../fdl/suggest.ts';
import {
  idsInEnvironment,
  secretsInEnvironment,
  variablePart,
} from '../providers/oscar/clusters/environment.ts';
import { type ResolvedCluster, resolveCluster } from '../providers/oscar/clusters/resolve.ts';
import { readStored, type StoredClusters } from '../providers/oscar/clusters/stored.ts';
import { Secret, type Text } from '../secret.ts';
import type { CommandContext } from './command.ts';

export interface KnownClusters {
  readonly stored: StoredClusters;
  /** Each id once: stored ones first, then those of the environment. */
  readonly ids: readonly string[];
}

/** Reads them all; warnings are shown, and what is secret is hidden from now on. */
export async function readKnown({ environment, terminal }: CommandContext): Promise<KnownClusters> {
  const stored = await readStored(environment);
  for (const warning of stored.warnings) terminal.note(`warning: ${warning}`);
  const secrets = stored.clusters.flatMap(({ definition }) => Object.values(definition));
  terminal.hide(textsOf([...secrets, ...secretsInEnvironment(environment)]));
  const ids = [...new Set(stored.clusters.map(({ id }) => id))];
  const parts = new Set(ids.map(variablePart));
  const others = idsInEnvironment(environment).filter((id) => !parts.has(variablePart(id)));
  return { stored, ids: [...ids, ...others] };
}

function textsOf(values: readonly unknown[]): readonly string[] {
  return values.flatMap((value) => (value instanceof Secret ? [value.reveal()] : []));
}

/** Hides a secret that was typed or read. */
export function hideText({ terminal }: CommandContext, text: Text): void {
  if (text instanceof Secret) terminal.hide([text.reveal()]);
}

/** How a known cluster is reached; its warnings are shown. */
export function accessOf(
  { environment, terminal }: CommandContext,
  { stored }: KnownClusters,
  id: string,
): ResolvedCluster {
  const resolved = resolveCluster(id, { environment, stored });
  for (const warning of resolved.warnings) terminal.note(`warning: ${warning}`);
  return resolved;
}

/** @throws FdlError `cluster-unknown` */
export function requireKnown({ ids }: KnownClusters, id: string): void {
  if (ids.includes(id)) return;
  const meant = nearest(id, ids);
  const hint = meant ? `Did you mean ${meant}?` : 'fdl cluster ls lists them; fdl cluster add stores one.';
  throw new FdlError('cluster-unknown', `there is no cluster "${id}"`, { hint, exitCode: 2 });
}
