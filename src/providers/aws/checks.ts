/** What deploying to AWS takes: credentials, a clock that is right, rights, and the registries of images. */
import { parseReference } from '../../image/reference.ts';
import type { RegistryClient } from '../../image/registry/client.ts';
import { findDigest } from '../../image/registry/manifests.ts';
import type { Workflow } from '../../workflow/model.ts';
import { bad, type Check, type Finding, failed, good, open } from '../check.ts';
import type { Clients } from './api/clients.ts';
import { runsGivenImage } from './dialect/ecr.ts';
import type { AwsStep } from './dialect/step.ts';
import { type Site, siteKey } from './site.ts';
import { awsSteps } from './step.ts';

interface CheckDeps {
  readonly clients: Clients;
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
        ...(await each((site) => reading(deps, site, signal))),
        open(
          'whether everything may be made is not checked',
          `What it takes: fdl policy ${workflow?.file ?? 'FILE'}`,
        ),
      ],
    },
    ...(steps.length > 0 ? [{ about: 'quotas of AWS', run: async () => quotas(steps) }] : []),
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

/** MB. Rule: new accounts may have less than the 10,240 MB that Lambda's quotas name. */
const NEW_ACCOUNT_MEMORY = 3008;

/** What the file takes of what an account may be short of: only AWS can tell how much that is. */
function quotas(steps: readonly AwsStep[]): readonly Finding[] {
  const settings = steps.map(({ settings: { lambda } }) => lambda ?? {});
  const reserved = settings.reduce((sum, { reserved_concurrency: each = 0 }) => sum + each, 0);
  const memory = Math.max(...settings.map(({ memory: each = 0 }) => each));
  const takes = [
    ...(reserved > 0 ? [`${reserved} concurrent executions of functions that are reserved`] : []),
    ...(memory > NEW_ACCOUNT_MEMORY ? [`functions with ${memory} MB`] : []),
  ];
  if (takes.length === 0) return [good('the file takes nothing that new accounts are short of')];
  const hint =
    'aws lambda get-account-settings shows the executions; Service Quotas of the console raises both.';
  return [open(`whether the account allows ${takes.join(' and ')} is not checked`, hint)];
}

function imagesOf(steps: readonly AwsStep[]): readonly string[] {
  const composed = steps.filter((step) => !runsGivenImage(step));
  return [...new Set(composed.flatMap(({ image }) => (image ? [image] : [])))];
}

async function found(client: RegistryClient, image: string): Promise<Finding> {
  const digest = await findDigest(client, parseReference(image));
  return digest ? good(`${image} is there`) : bad(`${image} is not there`, 'Mend its name, or push it.');
}
