/** Finding the roles of a workflow. */
import type { CallContext } from '../../../../deploy/resource.ts';
import { awsId, type Site } from '../../site.ts';
import type { AwsDeps } from '../deps.ts';
import type { Candidate } from '../listing.ts';
import { accountsOf, siteOfPath, workflowPath } from './paths.ts';
import type { RoleProps } from './properties.ts';

/** All roles below the workflow's path, in each account that the sites lead to; the path says the region. */
export async function roleCandidates(
  deps: AwsDeps,
  call: CallContext,
): Promise<readonly Candidate<RoleProps>[]> {
  const found = await Promise.all(accountsOf(deps.sites).map((site) => rolesAt(deps, site, call)));
  return found.flat();
}

async function rolesAt(
  { clients, workflow }: AwsDeps,
  site: Site,
  { signal }: CallContext,
): Promise<readonly Candidate<RoleProps>[]> {
  const { sdk, client } = await clients('iam', site);
  const PathPrefix = workflowPath(workflow);
  const found: Candidate<RoleProps>[] = [];
  let Marker: string | undefined;
  do {
    const command = new sdk.ListRolesCommand({ PathPrefix, ...(Marker && { Marker }) });
    const page = await client.send(command, { abortSignal: signal });
    found.push(...(page.Roles ?? []).map(({ RoleName = '', Path = '' }) => candidate(site, RoleName, Path)));
    Marker = page.Marker;
  } while (Marker);
  return found;
}

function candidate(from: Site, name: string, path: string): Candidate<RoleProps> {
  const site = siteOfPath(from, path);
  return {
    id: awsId(site, 'role', name),
    props: { site, name, path, trust: [], statements: [], tags: {} },
  };
}
