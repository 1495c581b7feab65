/** The provider that runs steps on AWS. */

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { FdlError, hasCode } from '../../errors.ts';
import type { IdentifiedImage } from '../../image/step-image.ts';
import { openMemory } from '../../memory.ts';
import type { Workflow } from '../../workflow/model.ts';
import { withoutBlocked } from '../blocked.ts';
import type { Deployer, Provider, ProviderContext } from '../provider.ts';
import { openSites } from './api/account.ts';
import { openClients } from './api/clients.ts';
import { openTagged } from './api/tagged.ts';
import { awsChecks } from './checks.ts';
import { awsTargets, describeAws } from './describe.ts';
import { awsBuckets, awsDesired, awsEndpoint } from './desired/index.ts';
import { openAddresses } from './dialect/notes.ts';
import type { AwsFacts } from './facts.ts';
import { awsRegistry, type ImageRegistry } from './images/registry.ts';
import type { AwsDeps } from './kinds/deps.ts';
import { awsKinds } from './kinds/index.ts';
import { batchNotes } from './machines/notes.ts';
import { awsFacts, type FactsDeps } from './read-facts.ts';
import { awsRuntime } from './runtime/index.ts';
import { type Site, siteKey } from './site.ts';
import { awsSteps } from './step.ts';

/** Binds the provider to the account and the region that the environment names. Nothing is contacted yet. */
export function awsProvider(context: ProviderContext): Provider {
  const { environment, signal, options } = context;
  const clients = openClients(environment);
  const registry = openOnce(context, clients);
  const memory = openMemory();
  const deps: FactsDeps = {
    clients,
    memory,
    environment,
    signal,
    updateRuntime: options?.updateRuntime === true,
    registry: async (sites) => (await registry(sites)).client,
    supervisor: openProgram(),
    gateway: openProgram('gateway'),
  };
  return {
    deployer: withoutBlocked(
      'aws',
      awsDeployer(deps, { registry, force: options?.force === true, offline: options?.offline === true }),
    ),
    runtime: awsRuntime({ clients, siteOf: openSites({ environment }), signal }),
    checks: (workflow) =>
      awsChecks(
        { clients, environment, siteOf: openSites({ environment }), registry: deps.registry },
        workflow,
      ),
    policies: async (workflow, request) =>
      (await import('./policy/index.ts')).awsPolicies(workflow, request, { clients, environment, signal }),
    tariff: async (workflow, priceOf) =>
      (await import('./charges/tariff.ts')).awsTariff(workflow, priceOf, openSites({ environment })),
  };
}

type Registry = (sites: readonly Site[]) => Promise<ImageRegistry>;

/** The registries are the same for what is read and what is made: logins and connections are shared. */
function openOnce(context: ProviderContext, clients: FactsDeps['clients']): Registry {
  let opened: Promise<ImageRegistry> | undefined;
  return (sites) => {
    opened ??= awsRegistry(context, { clients, sites: distinct(sites) }).open();
    return opened;
  };
}

/** What kinds get besides what is needed to find out the facts. */
interface KindOptions {
  readonly registry: Registry;
  readonly force: boolean;
  readonly offline: boolean;
}

function awsDeployer(deps: FactsDeps, options: KindOptions): Deployer {
  return {
    resolve: async (workflow, purpose) =>
      options.offline
        ? (await import('./offline-facts.ts')).offlineFacts(workflow, deps)
        : awsFacts(workflow, purpose, deps),
    desired: (workflow, facts) => awsDesired(workflow, facts as AwsFacts),
    kinds: (workflow, facts, { deleteData }) =>
      awsKinds(kindDeps(workflow, facts as AwsFacts, deleteData, { ...deps, ...options })),
    targets: (_workflow, facts) => awsTargets(facts as AwsFacts),
    describe: (workflow, _facts, action) => describeAws(workflow, action),
    notes: (workflow, facts) => [...openNotes(workflow), ...batchNotes(workflow, facts as AwsFacts)],
    endpoint: (workflow, step, facts) => awsEndpoint(workflow, step, facts as AwsFacts),
  };
}

/** Addresses that everybody may call: a plan points them out. */
function openNotes(workflow: Workflow): readonly string[] {
  return awsSteps(workflow).flatMap((step) =>
    openAddresses(step).map((address) => `everybody may call ${address} of "${step.id}" (auth: none)`),
  );
}

function kindDeps(
  workflow: Workflow,
  facts: AwsFacts,
  deleteData: boolean,
  { clients, memory, registry, force }: Pick<FactsDeps, 'clients' | 'memory'> & KindOptions,
): AwsDeps {
  const buckets = awsBuckets(workflow, facts).map(({ site, bucket }) => ({ site, bucket }));
  const steps = [...facts.values()].map(({ site }) => site);
  return {
    clients,
    workflow: workflow.name,
    deleteData,
    force,
    // A bucket may be in another region than the steps that write to it.
    sites: distinct([...steps, ...buckets.map(({ site }) => site)]),
    buckets,
    known: awsDesired(workflow, facts).map(({ kind, id, props }) => ({ kind, id, props })),
    tagged: openTagged(clients, workflow.name),
    memory,
    images: new Map(composedImages(facts).map((image) => [image.tag, image])),
    bundles: new Map(
      [...facts.values()].flatMap(({ batch }) =>
        batch ? [[batch.gateway.digest, batch.gateway.bytes]] : [],
      ),
    ),
    registry: () => registry(steps),
  };
}

function composedImages(facts: AwsFacts): readonly IdentifiedImage[] {
  return [...facts.values()].flatMap(({ image }) => (image?.kind === 'composed' ? [image.image] : []));
}

function distinct(sites: readonly Site[]): readonly Site[] {
  return [...new Map(sites.map((site) => [siteKey(site), site])).values()];
}

/** What images of steps start, and what passes events on to jobs. */
type ProgramName = 'supervisor' | 'gateway';

/** From the built program, which is split into parts, and from the sources. */
const CANDIDATES = ['.', '..', '../../../dist'];

/** A function that reads a program once. It rejects with FdlError `supervisor-missing`. */
function openProgram(name: ProgramName = 'supervisor'): () => Promise<Uint8Array> {
  let bytes: Promise<Uint8Array> | undefined;
  return () => {
    bytes ??= readProgram(name);
    return bytes;
  };
}

async function readProgram(name: ProgramName): Promise<Uint8Array> {
  for (const candidate of CANDIDATES) {
    try {
      return await readFile(fileURLToPath(new URL(`${candidate}/${name}.mjs`, import.meta.url)));
    } catch (thrown) {
      if (!hasCode(thrown, 'ENOENT')) throw thrown;
    }
  }
  const hint = 'Install fdl again; in a checkout, run `npm run build`.';
  throw new FdlError('supervisor-missing', `the ${name} of this installation is missing`, { hint });
}
