/** `fdl service`: the services of a cluster, whoever made them. */
import { FdlError } from '../errors.ts';
import type { PodsLog, Service, ServiceState } from '../session/clusters.ts';
import { countOf } from '../terminal/amount.ts';
import { agree } from './agree.ts';
import type { CommandContext, Handler } from './command.ts';
import { columnsText, type OfCluster, withCluster } from './with-cluster.ts';

// What `--json` prints.

export interface ServicesDocument {
  readonly cluster: string;
  readonly services: readonly Service[];
}

export interface ServiceStateDocument extends ServiceState {
  readonly cluster: string;
  readonly service: string;
}

export interface ClearedDocument {
  readonly cluster: string;
  readonly service: string;
  /** Names of the jobs that were removed. */
  readonly jobs: readonly string[];
}

export interface PodsLogDocument extends PodsLog {
  readonly cluster: string;
  readonly service: string;
}

interface LogsOptions extends OfCluster {
  readonly lines?: number;
}

interface ClearOptions extends OfCluster {
  readonly all?: boolean;
  readonly yes?: boolean;
}

/** Lists all services that one sees. */
export const ls: Handler = async (context, _args, options: OfCluster) => {
  const { terminal } = context;
  const document = await withCluster(context, options, 'listing services', async ({ id, services }) => {
    return { cluster: id, services: await services.list() } satisfies ServicesDocument;
  });
  if (terminal.json) terminal.data(document);
  else if (document.services.length === 0) terminal.out(`Cluster ${document.cluster} shows you no service.`);
  else terminal.out(columnsText(document.services.map(rowOf), terminal.outStyle));
  return 0;
};

function rowOf({ name, owner, image, workflow, url }: Service): readonly string[] {
  return [name, workflow ?? '-', owner ?? '-', image ?? '-', url ?? ''];
}

/** Stops the pods of an exposed service. */
export const stop: Handler = (context, [name], options: OfCluster) =>
  bring(context, String(name), 'stop', options);

/** Starts them again. */
export const start: Handler = (context, [name], options: OfCluster) =>
  bring(context, String(name), 'start', options);

/** Starts new ones in their place. */
export const restart: Handler = (context, [name], options: OfCluster) =>
  bring(context, String(name), 'restart', options);

async function bring(
  context: CommandContext,
  service: string,
  action: 'stop' | 'start' | 'restart',
  options: OfCluster,
): Promise<0> {
  const { terminal } = context;
  const document = await withCluster(context, options, `asking for a ${action}`, async ({ id, services }) => {
    const state = await services.bring(service, action);
    return { cluster: id, service, ...state } satisfies ServiceStateDocument;
  });
  const { cluster, state, reason } = document;
  const why = reason === undefined ? '' : `: ${reason}`;
  if (terminal.json) terminal.data(document);
  else
    terminal.out(`Service ${service} on cluster ${cluster} is ${state}${why}${staysText(action, document)}.`);
  return 0;
}

/** A service that was stopped has no instances that others could replace. */
function staysText(action: string, { service, state }: ServiceStateDocument): string {
  return action === 'restart' && state === 'stopped'
    ? `, and stays so until fdl service start ${service}`
    : '';
}

/** Shows what the own pods of a service wrote: of one that is exposed, or answers calls. */
export const logs: Handler = async (context, [name], options: LogsOptions) => {
  const { terminal } = context;
  const service = String(name);
  const document = await withCluster(context, options, 'reading the log', async ({ id, monitor }) => {
    const log = await monitor.podsLog(service, Number(options.lines));
    return { cluster: id, service, ...log } satisfies PodsLogDocument;
  });
  const { cluster, state, reason, lines } = document;
  if (terminal.json) terminal.data(document);
  for (const { time, message } of terminal.json ? [] : lines)
    terminal.out([time && terminal.outStyle('dim', time), message].filter(Boolean).join('  '));
  if (lines.length === 0) {
    const why = reason === undefined ? '' : `: ${reason}`;
    terminal.note(`Service ${service} on cluster ${cluster} is ${state}, and has no log of its own${why}`);
    if (state === 'unavailable') terminal.note(`What its jobs wrote: fdl logs FILE ${service}`);
  }
  return 0;
};

/** Removes jobs with their logs: those that are named, else those that have succeeded. */
export const clear: Handler = (context, args, options: ClearOptions) =>
  removeJobs(context, args, options, options.all === true);

/** The same under the name of what goes with them: asks in any case. */
export const removeLogs: Handler = (context, args, options: ClearOptions) =>
  removeJobs(context, args, options, true);

async function removeJobs(
  context: CommandContext,
  [given, names]: Parameters<Handler>[1],
  options: ClearOptions,
  asks: boolean,
): Promise<0> {
  const { terminal } = context;
  const service = String(given);
  const named = Array.isArray(names) ? (names as readonly string[]) : [];
  if (named.length > 0 && options.all) {
    const hint = 'Name jobs, or write --all.';
    throw new FdlError('usage', '--all means every job, and some are named', { hint, exitCode: 2 });
  }
  const selection = named.length > 0 ? named : options.all ? 'all' : 'succeeded';
  const found = await withCluster(context, options, 'listing jobs', async ({ id, services }) => {
    return { cluster: id, service, jobs: await services.jobs(service, selection) } satisfies ClearedDocument;
  });
  const { cluster, jobs } = found;
  const count = countOf(jobs.length, 'job');
  if (asks && jobs.length > 0)
    await agree(
      terminal,
      `Remove ${count} of ${service} with their logs${options.all ? ', those that run, too' : ''}?`,
      options.yes,
    );
  await withCluster(context, { cluster }, 'removing jobs', ({ services }) =>
    services.removeJobs(service, jobs),
  );
  if (terminal.json) terminal.data(found);
  else terminal.out(`${count} of ${service} removed from cluster ${cluster}, with all logs.`);
  return 0;
}
