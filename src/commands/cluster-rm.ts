import { FdlError } from '../errors.ts';
import { changeConfig } from '../providers/oscar/clusters/config-file.ts';
import { readKnown, requireKnown } from './cluster-known.ts';
import type { Handler } from './command.ts';

/** Forgets a cluster that fdl stored. */
export const run: Handler = async (context, [given]) => {
  const id = String(given);
  const known = await readKnown(context);
  requireKnown(known, id);
  const { environment, terminal } = context;
  const sources = known.stored.clusters.filter((cluster) => cluster.id === id);
  if (!sources.some(({ source }) => source === 'fdl')) throw notOurs(id, sources[0]?.file);
  const isDefault = known.stored.defaultCluster === id;
  const file = await changeConfig(environment, {
    clusters: { [id]: undefined },
    ...(isDefault && { defaultCluster: null }),
  });
  const other = sources.find(({ source }) => source !== 'fdl');
  if (terminal.json) terminal.data({ id, file });
  else terminal.out(`Cluster ${id} is removed from ${file}.`);
  if (other) terminal.note(`It is still known from ${other.file}.`);
  return 0;
};

function notOurs(id: string, file: string | undefined): FdlError {
  const where = file ?? 'the environment';
  return new FdlError(
    'cluster-foreign',
    `the cluster "${id}" comes from ${where}, which fdl does not write`,
    {
      hint: file
        ? 'Remove it with the tool that the file belongs to.'
        : 'Unset its variables, FDL_CLUSTER_….',
      exitCode: 2,
    },
  );
}
