/** Reading roles. */
import type { CallContext, Observed } from '../../../../deploy/resource.ts';
import type { Connection } from '../../api/clients.ts';
import { unlessMissing } from '../../api/errors.ts';
import { remembered } from '../../api/memory.ts';
import { fromTagList, settableTags } from '../../api/tags.ts';
import { type Site, siteKey } from '../../site.ts';
import type { AwsDeps } from '../deps.ts';
import { decodeDocument, type PolicyStatement, policyStatements, trustOf } from './policy-document.ts';
import type { RoleAttrs, RoleProps } from './properties.ts';

/** The inline policy of our roles. */
export const POLICY = 'fdl';
/** Absence, in all of IAM. */
export const GONE = 'NoSuchEntity';

type Key = Pick<RoleProps, 'site' | 'name'>;

/** A role as it is; ours if its path is one of the workflow's. */
export function observeRole(
  deps: AwsDeps,
  key: Key,
  call: CallContext,
): Promise<Observed<RoleAttrs> | undefined> {
  return remembered(deps, call, `role ${siteKey(key.site)} ${key.name}`, () => askRole(deps, key, call));
}

async function askRole(
  { clients, workflow }: AwsDeps,
  { site, name }: Key,
  call: CallContext,
): Promise<Observed<RoleAttrs> | undefined> {
  const iam = await clients('iam', site);
  const { sdk, client } = iam;
  const answer = client.send(new sdk.GetRoleCommand({ RoleName: name }), { abortSignal: call.signal });
  const role = (await unlessMissing(answer, GONE, `${GONE}Exception`))?.Role;
  if (!role) return undefined;
  const [statements, managedPolicies] = await Promise.all([
    inlineStatements(iam, name, call),
    attachedPolicies(iam, name, call),
  ]);
  const path = role.Path ?? '/';
  const boundary = role.PermissionsBoundary?.PermissionsBoundaryArn;
  const attrs = {
    site,
    name,
    path,
    arn: role.Arn ?? '',
    ...trustOf(decodeDocument(role.AssumeRolePolicyDocument)),
    statements,
    managedPolicies,
    ...(boundary !== undefined && { boundary }),
    tags: settableTags(fromTagList(role.Tags)),
  };
  return { owned: path.startsWith(workflowPath(workflow)), attrs };
}

async function inlineStatements(
  { sdk, client }: Connection<'iam'>,
  RoleName: string,
  { signal }: CallContext,
): Promise<readonly PolicyStatement[]> {
  const command = new sdk.GetRolePolicyCommand({ RoleName, PolicyName: POLICY });
  const answer = await unlessMissing(client.send(command, { abortSignal: signal }), GONE, `${GONE}Exception`);
  return answer ? policyStatements(decodeDocument(answer.PolicyDocument)) : [];
}

/** ARNs of the managed policies of a role; none where it is gone. */
export async function attachedPolicies(
  { sdk, client }: Connection<'iam'>,
  RoleName: string,
  { signal }: CallContext,
): Promise<readonly string[]> {
  const arns: string[] = [];
  let Marker: string | undefined;
  do {
    const command = new sdk.ListAttachedRolePoliciesCommand({ RoleName, ...(Marker && { Marker }) });
    const page = await unlessMissing(client.send(command, { abortSignal: signal }), GONE, `${GONE}Exception`);
    arns.push(...(page?.AttachedPolicies ?? []).map(({ PolicyArn = '' }) => PolicyArn));
    Marker = page?.Marker;
  } while (Marker);
  return arns.sort();
}

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
