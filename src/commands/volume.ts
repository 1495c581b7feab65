/** `fdl volume`: the volumes of who is logged in to a cluster. */
import { FdlError } from '../errors.ts';
import type { Volume } from '../session/clusters.ts';
import { agree } from './agree.ts';
import type { CommandContext, Handler } from './command.ts';
import { columnsText, type OfCluster, withCluster } from './with-cluster.ts';

// What `--json` prints.

export interface VolumesDocument {
  readonly cluster: string;
  readonly volumes: readonly Volume[];
}

export interface VolumeDocument extends Volume {
  readonly cluster: string;
}

export interface RemovedVolumeDocument {
  readonly cluster: string;
  readonly name: string;
}

interface RemovalOptions extends OfCluster {
  readonly deleteData?: boolean;
  readonly yes?: boolean;
}

/** Lists the volumes of who is logged in. */
export const ls: Handler = async (context, _args, options: OfCluster) => {
  const { terminal } = context;
  const document = await withCluster(context, options, 'listing volumes', async ({ id, volumes }) => {
    return { cluster: id, volumes: await volumes.list() } satisfies VolumesDocument;
  });
  if (terminal.json) terminal.data(document);
  else if (document.volumes.length === 0) terminal.out(`You have no volume on cluster ${document.cluster}.`);
  else terminal.out(columnsText(document.volumes.map(rowOf), terminal.outStyle));
  return 0;
};

/** Shows one volume. */
export const info: Handler = async (context, [name], options: OfCluster) =>
  show(context, options, 'looking at the volume', (volumes) => volumes.read(String(name)));

/** Makes a volume. */
export const create: Handler = async (context, [name, size], options: OfCluster) =>
  show(context, options, 'making the volume', (volumes) => volumes.create(String(name), String(size)));

/** Removes a volume with all that is on it, which takes `--delete-data`: clusters do not say whether one is empty. */
export const rm: Handler = async (context, [given], options: RemovalOptions) => {
  const { terminal } = context;
  const name = String(given);
  const cluster = await withCluster(context, options, 'looking at the volume', async ({ id, volumes }) => {
    await volumes.read(name);
    return id;
  });
  if (!options.deleteData) {
    const hint = 'Add --delete-data to delete it with all that is on it.';
    throw new FdlError(
      'volume-data',
      `volume "${name}" may hold data, which nobody but its services can see`,
      { hint },
    );
  }
  await agree(terminal, `Delete the volume "${name}" with all that is on it?`, options.yes);
  await withCluster(context, { cluster }, 'removing the volume', ({ volumes }) => volumes.remove(name));
  if (terminal.json) terminal.data({ cluster, name } satisfies RemovedVolumeDocument);
  else terminal.out(`Volume ${name} is removed from cluster ${cluster}.`);
  return 0;
};

type Volumes = Parameters<Parameters<typeof withCluster>[3]>[0]['volumes'];

async function show(
  context: CommandContext,
  options: OfCluster,
  doing: string,
  work: (volumes: Volumes) => Promise<Volume>,
): Promise<0> {
  const { terminal } = context;
  const document: VolumeDocument = await withCluster(context, options, doing, async ({ id, volumes }) => {
    return { cluster: id, ...(await work(volumes)) };
  });
  if (terminal.json) terminal.data(document);
  else terminal.out(columnsText([rowOf(document)], terminal.outStyle));
  return 0;
}

function rowOf({ name, size, services }: Volume): readonly string[] {
  return [name, size ?? '-', services.length > 0 ? `attached by ${services.join(', ')}` : 'not attached'];
}
