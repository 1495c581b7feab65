/** What commands have in common that work with a cluster by its id, without a workflow. */
import { type ClusterAtHand, type Clusters, openClusters } from '../session/clusters.ts';
import { padded, textWidth } from '../terminal/fit.ts';
import type { Style } from '../terminal/style.ts';
import type { CommandContext } from './command.ts';

/** An option of all commands that work with a cluster. */
export interface OfCluster {
  readonly cluster?: string;
}

/**
 * Works with the cluster that was named, else with the default one, while a line says what is done.
 * @throws FdlError `cluster-unknown`, and why it does not answer
 */
export async function withCluster<T>(
  context: CommandContext,
  { cluster }: OfCluster,
  doing: string,
  work: (cluster: ClusterAtHand) => Promise<T>,
): Promise<T> {
  const clusters = await open(context);
  const id = cluster ?? clusters.requireDefault();
  const progress = await context.terminal.progress({ line: `${doing} on the cluster ${id}` });
  try {
    return await clusters.use(id, work);
  } finally {
    progress.stop();
  }
}

/**
 * Lines of cells as columns that stand below each other; the first of each is its name. What a cluster tells breaks no line:
 * what stood behind it would look like another row.
 */
export function columnsText(given: readonly (readonly string[])[], style: Style): string {
  const rows = given.map((row) => row.map((cell) => cell.replace(/[\r\n]+/g, ' ')));
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => textWidth(row[at] ?? ''))));
  return rows
    .map((row) => {
      const [name = '', ...cells] = row.map((cell, at) => padded(cell, widths[at] ?? 0));
      return [style('bold', name), ...cells].join('  ').trimEnd();
    })
    .join('\n');
}

/** The clusters that are known here, and their logins; nothing is contacted. */
export function open({ environment, signal, terminal }: CommandContext): Promise<Clusters> {
  const warn = (warning: string) => terminal.note(`warning: ${warning}`);
  return openClusters({ environment, signal, hide: (secrets) => terminal.hide(secrets), warn });
}
