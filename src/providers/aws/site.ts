/** Where on AWS a step is deployed to. */

/** A region, reached with the credentials of a profile, or with those of the usual chain. */
export interface Site {
  readonly region: string;
  readonly profile?: string;
  /** As the profile, so that a site can be a property of a resource. */
  readonly [field: string]: string | undefined;
}

/** A site as a part of ids: `eu-west-1`, or `eu-west-1@lab` with a profile. */
export function siteKey({ region, profile }: Site): string {
  return profile === undefined ? region : `${region}@${profile}`;
}

/** Id of a resource: `aws/eu-west-1/function/resize`. */
export function awsId(site: Site, kind: string, name: string): string {
  return `aws/${siteKey(site)}/${kind}/${name}`;
}
