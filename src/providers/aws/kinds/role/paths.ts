/** Objects of IAM are found by their paths: `/fdl/WORKFLOW/REGION/`. */
import type { Site } from '../../site.ts';

/** The path that everything of a workflow is below. */
export function workflowPath(workflow: string): string {
  return `/fdl/${workflow}/`;
}

/** One site for each account that the sites lead to: IAM is the same in all regions. */
export function accountsOf(sites: readonly Site[]): readonly Site[] {
  return [...new Map([...sites].reverse().map((site) => [site.profile, site])).values()];
}

/** The site that a path belongs to, as it is seen from another site of the same account. */
export function siteOfPath({ region, profile }: Site, path: string): Site {
  return { region: path.split('/')[3] || region, ...(profile !== undefined && { profile }) };
}
