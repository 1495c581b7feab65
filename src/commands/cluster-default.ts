import { FdlError } from '../errors.ts';
import { changeConfig } from '../providers/oscar/clusters/config-file.ts';
import { type KnownClusters, readKnown, requireKnown } from './cluster-known.ts';
import type { Handler } from './command.ts';

/** Shows or chooses the default cluster. */
export const run: Handler = async (context, [given]) => {
  const known = await readKnown(context);
  const { environment, terminal } = context;
  if (given === undefined) {
    const id = defaultOf(known);
    if (terminal.json) terminal.data({ default: id });
    else terminal.out(id);
    return 0;
  }
  const id = String(given);
  requireKnown(known, id);
  const file = await changeConfig(environment, { defaultCluster: id });
  if (terminal.json) terminal.data({ default: id, file });
  else terminal.out(`${id} is the default cluster now.`);
  return 0;
};

/**
 * The default cluster.
 * @throws FdlError `cluster-unknown`
 */
export function defaultOf({ stored, ids }: KnownClusters): string {
  const id = stored.defaultCluster ?? (ids.length === 1 ? ids[0] : undefined);
  if (id !== undefined) return id;
  const hint =
    ids.length > 0
      ? `Choose one of ${ids.join(', ')}: fdl cluster default ID.`
      : 'Store one: fdl cluster add.';
  throw new FdlError('cluster-unknown', 'there is no default cluster', { hint, exitCode: 2 });
}
