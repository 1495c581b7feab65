/** What deploying to AWS takes: credentials, a clock that is right, rights, and the registries of images. */
import { existsSync } from 'node:fs';
import { messageOf } from '../../errors.ts';
import { parseReference } from '../../image/reference.ts';
import type { RegistryClient } from '../../image/registry/client.ts';
import { findDigest } from '../../image/registry/manifests.ts';
import type { Workflow } from '../../workflow/model.ts';
import { bad, type Check, type Finding, failed, good, open } from '../check.ts';
import type { Clients } from './api/clients.ts';
import { batchRoom } from './batch-room.ts';
import { runsGivenImage } from './dialect/ecr.ts';
import type { AwsStep } from './dialect/step.ts';
import { type Site, siteKey } from './site.ts';
import { awsSteps, runsJobs } from './step.ts';

interface CheckDeps {
  readonly clients: Clients;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly siteOf: (step: AwsStep) => Promise<Site>;
  readonly registry: (sites: readonly Site[]) => Promise<RegistryClient>;
}

/** Milliseconds. Rule: AWS refuses signatures that are more than five minutes off; S3 takes fifteen. */
const MOST_SKEW = 240_000;
/** Milliseconds: credentials that end sooner may end within an `apply`. */
const SOON = 15 * 60_000;

export function awsChecks(deps: CheckDeps, workflow: Workflow | undefined): readonly Check[] {
  const steps = workflow ? awsSteps(workflow) : [];
  const sites = once(async () => {
    const usual = { settings: {} } as AwsStep;
    const all = await Promise.all((steps.length > 0 ? steps : [usual]).map(deps.siteOf));
    return [...new Map(all.map((site) => [siteKey(site), site])).values()];
  });
  const each = async (look: (site: Site) => Promise<readonly Finding[]>) =>
    (await Promise.all((await sites()).map(look))).flat();
  return [
    { about: 'AWS', run: (signal) => each((site) => identity(deps, site, signal)) },
    {
      about: 'rights on AWS',
      run: async (signal) => [
        ...(await each((site) => reading(deps, site, signal).catch((thrown) => [failed(thrown)]))),
        ...(await making(deps, workflow, await sites(), signal)),
      ],
    },
    ...(steps.length > 0
      ? [
          {
            about: 'quotas of AWS',
            run: (signal: AbortSignal) => each((site) => quotas(deps, site, steps, signal)),
          },
        ]
      : []),
    ...filesOf(steps).map((file) => ({ about: 'image', run: async () => fileThere(file) })),
    ...imagesOf(steps).map((image) => ({
      about: 'image',
      run: async () => found(await deps.registry(await sites()), image),
    })),
  ];
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Who it is, for how long, and how far the clock of this machine is from that of AWS. */
async function identity(
  { clients }: CheckDeps,
  site: Site,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { sdk, client } = await clients('sts', site);
  let date: string | undefined;
  client.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      date = (answer.response as { headers?: Readonly<Record<string, string>> }).headers?.['date'];
      return answer;
    },
    { step: 'deserialize', priority: 'low', name: 'fdlDate', override: true },
  );
  try {
    const { Arn } = await client.send(new sdk.GetCallerIdentityCommand({}), { abortSignal: signal });
    const { expiration } = await client.config.credentials();
    return [good(`${Arn} in ${site.region}`), ...lifetime(expiration), ...clock(date)];
  } catch (thrown) {
    // A clock that is wrong is why a signature is not taken.
    return [failed(thrown), ...clock(date)];
  }
}

function lifetime(expiration: Date | undefined): readonly Finding[] {
  if (!expiration) return [];
  const says = `the credentials end at ${expiration.toISOString()}`;
  return [
    expiration.getTime() - Date.now() > SOON ? good(says) : open(says, 'Log in again before long work.'),
  ];
}

function clock(date: string | undefined): readonly Finding[] {
  const theirs = Date.parse(date ?? '');
  if (Number.isNaN(theirs)) return [];
  const skew = Date.now() - theirs;
  const seconds = Math.round(Math.abs(skew) / 1000);
  if (Math.abs(skew) < MOST_SKEW) return [good(`the clock is within ${seconds + 1} s of AWS's`)];
  const says = `the clock is ${seconds} s ${skew > 0 ? 'ahead of' : 'behind'} AWS's`;
  return [bad(says, 'Set the clock: AWS refuses requests whose time is five minutes off.')];
}

/** What every plan reads first: a denial says what is missing. */
async function reading({ clients }: CheckDeps, site: Site, signal: AbortSignal): Promise<readonly Finding[]> {
  const { sdk, client } = await clients('tagging', site);
  await client.send(new sdk.GetResourcesCommand({ ResourcesPerPage: 1 }), { abortSignal: signal });
  return [good(`what belongs to workflows can be looked for in ${site.region}`)];
}

/** Whether whoever it is may do all that the file takes; each profile is asked for once. */
async function making(
  { clients, environment }: CheckDeps,
  workflow: Workflow | undefined,
  sites: readonly Site[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  if (!workflow) {
    const hint = 'Name the file, or see what it takes: fdl policy FILE';
    return [open('whether everything may be made is not checked', hint)];
  }
  const { simulate } = await import('./policy/simulation.ts');
  const asking = [...new Map(sites.map((site) => [site.profile, site])).values()];
  const found = asking.map((site) => simulate({ clients, environment, signal }, workflow, site));
  return (await Promise.all(found)).flat();
}

/** MB. Rule: new accounts may have less than the 10,240 MB that Lambda's quotas name. */
const NEW_ACCOUNT_MEMORY = 3008;

/** Executions that must remain without a reservation. Rule: Lambda's developer guide, "Configuring reserved concurrency". */
const UNRESERVED = 100;
/** Executions that new accounts may have. Rule: Lambda's quotas. */
const NEW_ACCOUNT = 10;

/** What the file takes of what an account may be short of. */
async function quotas(
  deps: CheckDeps,
  site: Site,
  steps: readonly AwsStep[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const memory = Math.max(0, ...steps.map(({ settings: { lambda } }) => lambda?.memory ?? 0));
  const large = `whether the account allows functions with ${memory} MB is not checked`;
  const hint = 'New accounts may have less: Service Quotas of the console shows it and raises it.';
  return [
    ...(await executions(deps, site, steps, signal)),
    ...(steps.some(runsJobs) ? await batchRoom(deps.clients, site, signal) : []),
    ...(memory > NEW_ACCOUNT_MEMORY ? [open(large, hint)] : []),
  ];
}

async function executions(
  { clients, siteOf }: CheckDeps,
  site: Site,
  steps: readonly AwsStep[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const sites = await Promise.all(steps.map(siteOf));
  const here = steps.filter((_, index) => siteKey(sites[index] as Site) === siteKey(site));
  const reserved = here.reduce(
    (sum, { settings: { lambda } }) => sum + (lambda?.reserved_concurrency ?? 0),
    0,
  );
  const { sdk, client } = await clients('lambda', site);
  const command = new sdk.GetAccountSettingsCommand({});
  const answer = await client.send(command, { abortSignal: signal }).catch((thrown: unknown) => {
    signal.throwIfAborted();
    return open(`what the account allows in ${site.region} is not known: ${messageOf(thrown)}`);
  });
  // Nobody needs to know it to deploy.
  if ('state' in answer) return [answer];
  const { AccountLimit = {} } = answer;
  const { ConcurrentExecutions: all = 0, UnreservedConcurrentExecutions: free = all } = AccountLimit;
  const says = `${all} functions may run at the same time in ${site.region}, ${free} of them without a reservation`;
  const raise = 'Ask for more in Service Quotas: AWS Lambda, Concurrent executions.';
  const wants = `; the file reserves ${reserved}, and ${UNRESERVED} must remain`;
  if (reserved > all - UNRESERVED && reserved > 0) return [bad(`${says}${wants}`, `Reserve less. ${raise}`)];
  // What the workflow has deployed already is among those that are reserved.
  if (reserved > free - UNRESERVED && reserved > 0)
    return [open(`${says}${wants}`, `Unless they are deployed already: ${raise}`)];
  return [all <= NEW_ACCOUNT ? open(says, raise) : good(says)];
}

function imagesOf(steps: readonly AwsStep[]): readonly string[] {
  const composed = steps.filter((step) => !runsGivenImage(step) && step.imageFile === undefined);
  return [...new Set(composed.flatMap(({ image }) => (image ? [image] : [])))];
}

function filesOf(steps: readonly AwsStep[]): readonly string[] {
  return [...new Set(steps.flatMap(({ imageFile }) => imageFile ?? []))];
}

function fileThere(file: string): Finding {
  return existsSync(file)
    ? good(`${file} is there`)
    : bad(`${file} is not there`, 'Write it: docker save -o FILE NAME.');
}

async function found(client: RegistryClient, image: string): Promise<Finding> {
  const digest = await findDigest(client, parseReference(image));
  return digest ? good(`${image} is there`) : bad(`${image} is not there`, 'Mend its name, or push it.');
}
