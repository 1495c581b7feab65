/** `fdl cluster health|status|logs` and `fdl metrics`: how a cluster is, and what was used on it. */
import { FdlError } from '../errors.ts';
import type {
  ClusterNode,
  ClusterStatus,
  Metrics,
  ServiceCall,
  UseBy,
  UseGroup,
} from '../session/clusters.ts';
import { bytesText, countOf, durationText } from '../terminal/amount.ts';
import type { Style } from '../terminal/style.ts';
import type { CommandContext, Handler } from './command.ts';
import { parseSince } from './since.ts';
import { columnsText, type OfCluster, withCluster } from './with-cluster.ts';

// What `--json` prints.

export interface HealthDocument {
  readonly cluster: string;
  /** That it took to answer. */
  readonly milliseconds: number;
}

export interface ClusterStatusDocument extends ClusterStatus {
  readonly cluster: string;
}

export interface CallsDocument {
  readonly cluster: string;
  readonly calls: readonly ServiceCall[];
}

export interface MetricsDocument extends Metrics {
  readonly cluster: string;
  readonly service: string | undefined;
}

export interface UseDocument extends UseBy {
  readonly cluster: string;
  readonly by: NonNullable<MetricsOptions['by']>;
}

interface LogsOptions {
  readonly previous?: boolean;
}

interface MetricsOptions extends OfCluster {
  readonly since?: string;
  readonly by?: 'service' | 'user' | 'country';
}

/** Asks whether a cluster answers. */
export const health: Handler = async (context, [given]) => {
  const { terminal } = context;
  const document = await withCluster(context, clusterOf(given), 'asking', async ({ id, monitor }) => {
    return { cluster: id, milliseconds: await monitor.health() } satisfies HealthDocument;
  });
  const { cluster, milliseconds } = document;
  if (terminal.json) terminal.data(document);
  else terminal.out(`Cluster ${cluster} is well; it answered in ${durationText(milliseconds)}.`);
  return 0;
};

/** Shows the nodes of a cluster. */
export const status: Handler = async (context, [given]) => {
  const { terminal } = context;
  const document = await withCluster(
    context,
    clusterOf(given),
    'asking for nodes',
    async ({ id, monitor }) => {
      return { cluster: id, ...(await monitor.status()) } satisfies ClusterStatusDocument;
    },
  );
  if (terminal.json) terminal.data(document);
  else terminal.out(statusText(document, terminal.outStyle));
  return 0;
};

/** Shows who called services. */
export const logs: Handler = async (context, [given], { previous = false }: LogsOptions) => {
  const { terminal } = context;
  const document = await withCluster(
    context,
    clusterOf(given),
    'reading the log',
    async ({ id, monitor }) => {
      return { cluster: id, calls: await monitor.calls(previous) } satisfies CallsDocument;
    },
  );
  if (terminal.json) terminal.data(document);
  else if (document.calls.length === 0)
    terminal.out(`The log of cluster ${document.cluster} has no call of a service.`);
  else terminal.out(columnsText(document.calls.map(callRow), terminal.outStyle));
  return 0;
};

/** Shows what was used, by all services or by one. */
export const metrics: Handler = async (context, [given], options: MetricsOptions) => {
  const { terminal } = context;
  const service = given === undefined ? undefined : String(given);
  const start = startOf(options);
  if (options.by !== undefined) return use(context, options, { by: options.by, service, start });
  const document = await withCluster(context, options, 'asking for metrics', async ({ id, monitor }) => {
    return { cluster: id, service, ...(await monitor.metrics(service, { start })) } satisfies MetricsDocument;
  });
  if (terminal.json) terminal.data(document);
  else terminal.out(metricsText(document, terminal.outStyle));
  if (document.incomplete.length > 0) {
    const names = document.incomplete.join(', ');
    terminal.note(
      `${terminal.noteStyle('yellow', '!')} not all is counted: cluster ${document.cluster} gets nothing, or not all, from ${names}`,
    );
  }
  return 0;
};

/** When counting starts. @throws FdlError `since-invalid` */
function startOf({ since }: MetricsOptions): string | undefined {
  const now = new Date();
  const start = since === undefined ? undefined : parseSince(since, now);
  if (start === undefined || start <= now.toISOString()) return start;
  const hint = 'Write a time that has come: 10m, 2h, 3d, or a date.';
  throw new FdlError('since-invalid', `--since "${since}" lies ahead`, { hint, exitCode: 2 });
}

/** Shows how often services were called, by or for whom. */
async function use(
  context: CommandContext,
  options: OfCluster,
  {
    by,
    service,
    start,
  }: Pick<UseDocument, 'by'> & { readonly service?: string | undefined; readonly start?: string | undefined },
): Promise<0> {
  if (service !== undefined) {
    const hint = 'Leave out --by, or the service.';
    throw new FdlError('usage', '--by is about all services, and one is named', { hint, exitCode: 2 });
  }
  const { terminal } = context;
  const document = await withCluster(context, options, 'asking for metrics', async ({ id, monitor }) => {
    return { cluster: id, by, ...(await monitor.usedBy(by, { start })) } satisfies UseDocument;
  });
  if (terminal.json) terminal.data(document);
  else if (document.groups.length === 0) terminal.out('Nothing was called.');
  else terminal.out(columnsText(document.groups.map(groupRow), terminal.outStyle));
  return 0;
}

function groupRow({ name, requests, users }: UseGroup): readonly string[] {
  return [name, countOf(requests, 'request'), users === undefined ? '' : countOf(users, 'user')];
}

function clusterOf(given: unknown): OfCluster {
  return given === undefined ? {} : { cluster: String(given) };
}

function statusText(document: ClusterStatusDocument, style: Style): string {
  const { cluster, nodes, freeMillicpus, mostFreeMillicpus, mostFreeMemory, ready } = document;
  const { jobs, buckets, objects } = document;
  const most = mostFreeMillicpus === undefined ? '' : `, at most ${cpusText(mostFreeMillicpus)} on one node`;
  const rows: readonly (readonly [string, string])[] = [
    ['manager', ready === undefined ? '' : ready ? 'ready' : 'not ready'],
    ['free processors', freeMillicpus === undefined ? '' : cpusText(freeMillicpus) + most],
    ['free memory', mostFreeMemory === undefined ? '' : `at most ${bytesText(mostFreeMemory)} on one node`],
    ['jobs', jobs === undefined ? '' : String(jobs)],
    ['MinIO', buckets === undefined ? '' : `${buckets} buckets, ${objects ?? 0} objects`],
  ];
  const shown = rows.filter(([, value]) => value !== '');
  const width = Math.max(...shown.map(([label]) => label.length));
  return [
    style('bold', cluster),
    ...shown.map(([label, value]) => `  ${style('dim', label.padEnd(width))}  ${value}`),
    nodes.length === 0 ? 'It shows no node.' : columnsText(nodes.map(nodeRow), style),
  ].join('\n');
}

function nodeRow({ name, state, gpus, ...node }: ClusterNode): readonly string[] {
  const { millicpus, millicpusUsed, memory, memoryUsed } = node;
  return [
    name,
    state ?? '',
    used(millicpusUsed, millicpus, cpusText, 'processors'),
    used(memoryUsed, memory, bytesText, 'memory'),
    gpus ? `${gpus} GPUs` : '',
  ];
}

function used(
  amount: number | undefined,
  of: number | undefined,
  text: (amount: number) => string,
  what: string,
): string {
  return of === undefined ? '' : `${text(amount ?? 0)} of ${text(of)} ${what}`;
}

function cpusText(millicpus: number): string {
  return String(Math.round(millicpus / 10) / 100);
}

function callRow({ time, path, status: code, duration, user }: ServiceCall): readonly string[] {
  return [time ?? '-', path, code === undefined ? '-' : String(code), duration ?? '', user ?? ''];
}

function metricsText({ start, end, metrics: all }: MetricsDocument, style: Style): string {
  const rows = all.map(({ name, value, unit }) => [
    name,
    String(Math.round(value * 1000) / 1000),
    unit ?? '',
  ]);
  const head = style('dim', `from ${start.slice(0, 19)} to ${end.slice(0, 19)} (UTC)`);
  return [head, ...(rows.length > 0 ? [columnsText(rows, style)] : ['Nothing was counted.'])].join('\n');
}
