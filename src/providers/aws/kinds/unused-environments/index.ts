/**
 * Compute environments that a queue had before it got another one. Nothing of its own: what is unused is a difference, and
 * removing it the update. Jobs may still run there: until they have ended, an environment is only disabled.
 */
import { mapBounded } from '../../../../deploy/concurrency.ts';
import type { CallContext, Change, Observed, ResourceKind } from '../../../../deploy/resource.ts';
import { IDENTITY, type Rules } from '../../../../deploy/rules.ts';
import type { Site } from '../../site.ts';
import {
  deleteEnvironment,
  disableEnvironment,
  environmentsFor,
  jobsOf,
  waitingForEnvironment,
} from '../compute-environment/index.ts';
import type { ComputeEnvironmentAttrs } from '../compute-environment/properties.ts';
import type { AwsDeps } from '../deps.ts';

export type UnusedEnvironmentsProps = {
  readonly site: Site;
  /** Name of the queue. */
  readonly queue: string;
  /** Name of the environment that it uses. */
  readonly environment: string;
};

/** An environment of the queue. */
type FormerEnvironment = {
  readonly name: string;
  readonly state: string;
  /** Whether jobs run there, as far as one can tell. */
  readonly busy: boolean;
};

export type UnusedEnvironmentsAttrs = Pick<UnusedEnvironmentsProps, 'site' | 'queue'> & {
  readonly environments: readonly FormerEnvironment[];
};

const RULES: Rules<UnusedEnvironmentsProps> = {
  site: IDENTITY,
  queue: IDENTITY,
  environment: { by: 'removal', as: 'environments' },
};

/** Calls at the same time. */
const CONCURRENCY = 4;

export function unusedEnvironmentsKind(
  deps: AwsDeps,
): ResourceKind<UnusedEnvironmentsProps, UnusedEnvironmentsAttrs> {
  return {
    title: 'unused environments',
    rank: 59,
    read: (props, call) => observe(deps, props, call),
    rules: RULES,
    changes: unusedChanges,
    reconcile: (props, call) => reconcile(deps, props, call),
    delete: async () => undefined,
    list: async () => [],
  };
}

function unusedChanges(
  { environment }: UnusedEnvironmentsProps,
  { environments }: UnusedEnvironmentsAttrs,
): readonly Change[] {
  const unused = environments.filter(({ name }) => name !== environment);
  return unused.flatMap(({ name, state, busy }): readonly Change[] => {
    if (!busy) return [{ path: `environments.${name}`, before: name, after: undefined }];
    if (state === 'DISABLED') return [];
    return [{ path: `environments.${name}.state`, before: state, after: 'DISABLED' }];
  });
}

async function observe(
  deps: AwsDeps,
  { site, queue, environment }: UnusedEnvironmentsProps,
  call: CallContext,
): Promise<Observed<UnusedEnvironmentsAttrs>> {
  const all = await environmentsFor(deps, site, queue, call);
  const unused = all.filter(({ name }) => name !== environment);
  const environments = await mapBounded(unused, CONCURRENCY, (each) => former(deps, each, call));
  return { owned: true, attrs: { site, queue, environments } };
}

async function former(
  { clients }: AwsDeps,
  environment: ComputeEnvironmentAttrs,
  call: CallContext,
): Promise<FormerEnvironment> {
  const { site, name, state } = environment;
  const jobs = await jobsOf(await clients('batch', site), environment, call);
  return { name, state, busy: jobs.length > 0 };
}

async function reconcile(
  deps: AwsDeps,
  props: UnusedEnvironmentsProps,
  call: CallContext,
): Promise<UnusedEnvironmentsAttrs> {
  const { site, queue, environment } = props;
  const all = await environmentsFor(deps, site, queue, call);
  const unused = all.filter(({ name }) => name !== environment);
  const left = await mapBounded(unused, CONCURRENCY, (each) => retire(deps, each, call));
  return { site, queue, environments: left.flat() };
}

/** Answers the environment if it stays for now. */
async function retire(
  deps: AwsDeps,
  environment: ComputeEnvironmentAttrs,
  call: CallContext,
): Promise<readonly FormerEnvironment[]> {
  const { name } = environment;
  if (environment.status !== 'DELETING') {
    await disableEnvironment(environment, await waitingForEnvironment(deps, environment, call));
    // No job starts there from now on.
    const now = await former(deps, environment, call);
    if (now.busy) return [{ ...now, state: 'DISABLED' }];
  }
  call.progress(`removing ${name}`);
  await deleteEnvironment(deps, environment, call);
  return [];
}
