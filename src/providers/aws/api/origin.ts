/** Where the region and the profile of a call were named: what is wrong with them is said there. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Place } from '../../../errors.ts';
import { type Site, siteKey } from '../site.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where an FDL file names them; absent where it does not. */
interface Written {
  readonly region?: Place | undefined;
  readonly profile?: Place | undefined;
}

/** What was written about sites, by their keys. */
const WRITTEN = new Map<string, Written>();

/** Keeps where a file names the region or the profile of a site. */
export function noteOrigin(site: Site, written: Written): void {
  if (written.region ?? written.profile) WRITTEN.set(siteKey(site), written);
}

/** A value with the words for where it comes from. */
export interface Named {
  readonly value: string;
  /** `AWS_REGION`, `"region" in the FDL file`. */
  readonly by: string;
  readonly place?: Place | undefined;
}

/** The region of a site. */
export function regionOrigin(site: Site, environment: Environment): Named {
  const place = WRITTEN.get(siteKey(site))?.region;
  const variable = ['AWS_REGION', 'AWS_DEFAULT_REGION'].find((name) => environment[name] === site.region);
  const by = place
    ? '"region" in the FDL file'
    : (variable ?? `the region of ${shortPath(configFile(environment), environment)}`);
  return { value: site.region, by, place };
}

/** The profile that is used at a site, where one is named. */
export function profileOrigin(site: Site, environment: Environment): Named | undefined {
  const place = WRITTEN.get(siteKey(site))?.profile;
  if (site.profile !== undefined) return { value: site.profile, by: '"boto_profile" in the FDL file', place };
  const value = environment['AWS_PROFILE'];
  return value ? { value, by: 'AWS_PROFILE' } : undefined;
}

/** Path of the configuration of AWS's command line. Rule: AWS SDKs and Tools Reference Guide, "Location of the shared files". */
export function configFile(environment: Environment): string {
  return environment['AWS_CONFIG_FILE'] || join(environment['HOME'] || homedir(), '.aws', 'config');
}

/** Path of its keys. */
export function credentialsFile(environment: Environment): string {
  return (
    environment['AWS_SHARED_CREDENTIALS_FILE'] ||
    join(environment['HOME'] || homedir(), '.aws', 'credentials')
  );
}

/** As people write it: `~/.aws/config`. */
export function shortPath(path: string, environment: Environment): string {
  const home = environment['HOME'] || homedir();
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}
