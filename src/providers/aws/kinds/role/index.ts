/**
 * Roles of IAM with what they permit, all in one inline policy. Roles are not in the tagging API: the path says whose they
 * are.
 */
export type { RoleAttrs, RoleProps } from './properties.ts';

import type { CallContext, ResourceKind } from '../../../../deploy/resource.ts';
import type { Connection } from '../../api/clients.ts';
import { unlessMissing } from '../../api/errors.ts';
import { awsId, type Site } from '../../site.ts';
import type { AwsDeps } from '../deps.ts';
import { type Candidate, ownedOf } from '../listing.ts';
import { accountsOf, siteOfPath, workflowPath } from './paths.ts';
import { ROLE_RULES, type RoleAttrs, type RoleProps, roleChanges } from './properties.ts';
import { attachedPolicies, GONE, observeRole } from './read.ts';
import { reconcileRole } from './write.ts';

export function roleKind(deps: AwsDeps): ResourceKind<RoleProps, RoleAttrs> {
  return {
    title: 'role',
    rank: 80,
    read: (props, call) => observeRole(deps, props, call),
    rules: ROLE_RULES,
    changes: roleChanges,
    reconcile: (props, call) => reconcileRole(deps, props, call),
    async delete(attrs, call) {
      await deleteRole(deps, attrs, call);
      return undefined;
    },
    async list(_workflow, call) {
      const candidates = await roleCandidates(deps, call);
      const read = (props: RoleProps) => observeRole(deps, props, call);
      return ownedOf({ kind: 'aws/role', candidates, identity: ({ arn }) => arn }, deps, read, call);
    },
  };
}

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

type Iam = Connection<'iam'>;

/** Takes all policies off a role and deletes it; one of the same name with another path is another role. */
export async function deleteRole({ clients }: AwsDeps, attrs: RoleAttrs, call: CallContext): Promise<void> {
  const iam = await clients('iam', attrs.site);
  const { sdk, client } = iam;
  const RoleName = attrs.name;
  const send = <T>(answer: Promise<T>) => unlessMissing(answer, GONE, `${GONE}Exception`);
  const options = { abortSignal: call.signal };
  const found = await send(client.send(new sdk.GetRoleCommand({ RoleName }), options));
  if (found?.Role?.Arn !== attrs.arn) return;
  const [attached, inline] = await Promise.all([
    attachedPolicies(iam, RoleName, call),
    inlinePolicies(iam, RoleName, call),
  ]);
  for (const PolicyArn of attached) {
    await send(client.send(new sdk.DetachRolePolicyCommand({ RoleName, PolicyArn }), options));
  }
  for (const PolicyName of inline) {
    await send(client.send(new sdk.DeleteRolePolicyCommand({ RoleName, PolicyName }), options));
  }
  await send(client.send(new sdk.DeleteRoleCommand({ RoleName }), options));
}

async function inlinePolicies(
  { sdk, client }: Iam,
  RoleName: string,
  { signal }: CallContext,
): Promise<readonly string[]> {
  const names: string[] = [];
  let Marker: string | undefined;
  do {
    const command = new sdk.ListRolePoliciesCommand({ RoleName, ...(Marker && { Marker }) });
    const page = await unlessMissing(client.send(command, { abortSignal: signal }), GONE, `${GONE}Exception`);
    names.push(...(page?.PolicyNames ?? []));
    Marker = page?.Marker;
  } while (Marker);
  return names;
}
