/** Finds out where the steps of a workflow are deployed to: region, profile and account of each. */
import { quietly } from '../../../storage/s3/client.ts';
import { needValue } from '../../../unset.ts';
import type { AwsStep } from '../dialect/step.ts';
import type { Site } from '../site.ts';
import type { Clients } from './clients.ts';
import { noteOrigin } from './origin.ts';
import { parseArn } from './tagged.ts';

/** Where nobody says a region: as SCAR. */
const LAST_REGION = 'us-east-1';
/** The profile that SCAR's own configuration names for every function; it says no more than none. */
const USUAL_PROFILE = 'default';

/** The account that credentials belong to. */
export interface Account {
  /** Twelve digits. */
  readonly account: string;
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string;
}

/** Answers the region that the configuration of the AWS SDK has for a profile, if it has one. */
export type ProfileRegion = (profile: string | undefined) => Promise<string | undefined>;

interface SiteOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly profileRegion?: ProfileRegion | undefined;
}

/** A function that answers where a step is deployed to; it asks for the region of each profile once. It rejects with FdlError `value-unset`. */
export function openSites(
  options: SiteOptions,
): (step: Pick<AwsStep, 'id' | 'settings' | 'named'>) => Promise<Site> {
  const { environment, profileRegion = regionOfProfile } = options;
  const usual = environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION'];
  const asked = new Map<string, Promise<string>>();
  const regionFor = (profile: string | undefined) => {
    const key = profile ?? '';
    const region = asked.get(key) ?? profileRegion(profile).then((found) => found ?? LAST_REGION);
    asked.set(key, region);
    return region;
  };
  return async ({ id, settings: { lambda }, named = {} }) => {
    needValue(lambda?.boto_profile, `the profile of "${id}"`);
    needValue(lambda?.region, `the region of "${id}"`);
    const profile = profileOf(lambda?.boto_profile);
    const region = lambda?.region?.trim() || usual || (await regionFor(profile));
    const site = { region, ...(profile !== undefined && { profile }) };
    noteOrigin(site, named);
    return site;
  };
}

function profileOf(text: string | undefined): string | undefined {
  const profile = text?.trim();
  return profile && profile !== USUAL_PROFILE ? profile : undefined;
}

/** Reads the SDK's files, without a call. */
async function regionOfProfile(profile: string | undefined): Promise<string | undefined> {
  const { STSClient } = await import('./calls/sts.ts');
  const client = quietly(() => new STSClient({ ...(profile !== undefined && { profile }) }));
  // It throws where the files have none.
  return client.config.region().catch(() => undefined);
}

/**
 * A function that answers whose account a site is; each profile is asked for once. It rejects with FdlError
 * `aws-credentials`, `aws-unreachable`.
 */
export function openAccounts(clients: Clients, signal: AbortSignal): (site: Site) => Promise<Account> {
  const asked = new Map<string, Promise<Account>>();
  return (site) => {
    const key = site.profile ?? '';
    const account = asked.get(key) ?? askAccount(clients, site, signal);
    asked.set(key, account);
    return account;
  };
}

async function askAccount(clients: Clients, site: Site, signal: AbortSignal): Promise<Account> {
  const { sdk, client } = await clients('sts', site);
  const { Account: account = '', Arn = '' } = await client.send(new sdk.GetCallerIdentityCommand({}), {
    abortSignal: signal,
  });
  return { account, partition: parseArn(Arn).partition || 'aws' };
}
