/** What must be read before it is known what a workflow is to look like on AWS. */

import { DEFAULT_CONCURRENCY, mapBounded } from '../../deploy/concurrency.ts';
import type { RegistryClient } from '../../image/registry/client.ts';
import type { Memory } from '../../memory.ts';
import { allDone } from '../../slots.ts';
import type { Workflow } from '../../workflow/model.ts';
import type { Purpose } from '../provider.ts';
import { openAccounts, openSites, type ProfileRegion } from './api/account.ts';
import { type Clients, preload } from './api/clients.ts';
import { checkDeployments } from './desired/index.ts';
import type { AwsStep } from './dialect/step.ts';
import type { AwsFacts, StepFacts } from './facts.ts';
import { deployedImage, openImages } from './images/image-facts.ts';
import { batchFacts } from './machines/facts.ts';
import type { Site } from './site.ts';
import { awsSteps } from './step.ts';

export interface FactsDeps {
  readonly clients: Clients;
  /** What kinds need not ask again. */
  readonly memory?: Memory | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Takes the latest runtime image rather than the one that is deployed. */
  readonly updateRuntime: boolean;
  /** Opened when it is first used. */
  readonly registry: (sites: readonly Site[]) => Promise<RegistryClient>;
  /** The program that images start. */
  readonly supervisor: () => Promise<Uint8Array>;
  /** The program that passes events on to jobs. */
  readonly gateway: () => Promise<Uint8Array>;
  readonly profileRegion?: ProfileRegion | undefined;
}

/**
 * Reads what is needed, at the same time for all steps: whose account it is, what is deployed, and what the images of
 * the steps are made of. To remove a workflow, only the first of these.
 * Rejects with FdlError `aws-credentials`, `aws-denied`, what `checkDeployments` throws, and what is wrong
 * with networks and machines (`network-missing`, `instance-type-unknown` and the like), and with images: `image-not-found`, `image-too-large`, `image-platform`, `image-region` and the like, `payload-invalid`,
 * `script-unreadable`.
 */
export async function awsFacts(workflow: Workflow, purpose: Purpose, deps: FactsDeps): Promise<AwsFacts> {
  const steps = awsSteps(workflow);
  const sites = await sitesOf(steps, deps);
  const [accounts, deployed] = await allDone([
    accountsAt(sites, deps),
    bounded(purpose === 'apply' ? steps : [], (step, index) =>
      deployedImage(workflow, step, at(sites, index), deps),
    ),
  ]);
  const known: AwsFacts = new Map(steps.map((step, index) => [step.id, at(accounts, index)]));
  if (purpose === 'remove') return known;
  checkDeployments(workflow, known);
  const images = openImages(workflow, known, deployed, { ...deps, registry: () => deps.registry(sites) });
  const batch = await batchFacts(workflow, known, deps);
  const facts = await bounded(steps, async (step, index) => {
    const account = at(accounts, index);
    const image = await images(step, account, deployed[index]);
    return [step.id, { ...account, image, batch: batch.get(step.id) }] as const;
  });
  return new Map(facts);
}

/** The services that every plan asks. */
const SERVICES = ['lambda', 'tagging', 'iam', 'ecr', 'logs', 'ssm', 's3', 'httpApi'] as const;

async function sitesOf(steps: readonly AwsStep[], deps: FactsDeps): Promise<readonly Site[]> {
  const sites = await Promise.all(steps.map(openSites(deps)));
  for (const site of sites) preload(deps.clients, site, SERVICES);
  return sites;
}

async function accountsAt(sites: readonly Site[], deps: FactsDeps): Promise<readonly StepFacts[]> {
  const accountOf = openAccounts(deps.clients, deps.signal);
  return bounded(sites, async (site) => ({ site, ...(await accountOf(site)) }));
}

function bounded<T, R>(items: readonly T[], read: (item: T, index: number) => Promise<R>) {
  return mapBounded(items, DEFAULT_CONCURRENCY, read);
}

function at<T>(list: readonly T[], index: number): T {
  return list[index] as T;
}
