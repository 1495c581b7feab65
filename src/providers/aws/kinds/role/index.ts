/**
 * Roles of IAM with what they permit, all in one inline policy. Roles are not in the tagging API: the path says whose they
 * are.
 */
import type { CallContext, ResourceKind } from '../../../../deploy/resource.ts';
import { sameValue } from '../../../../deploy/value.ts';
import { messageOf } from '../../../../errors.ts';
import type { Connection } from '../../api/clients.ts';
import { hasAwsCode, unlessMissing } from '../../api/errors.ts';
import { tagList, tagSync } from '../../api/tags.ts';
import { untilAccepted } from '../../api/wait.ts';
import { awsId, type Site } from '../../site.ts';
import type { AwsDeps } from '../deps.ts';
import { type Candidate, ownedOf } from '../listing.ts';
import { interfacesLeft } from './interfaces.ts';
import { policyDocument, trustDocument } from './policy-document.ts';
import {
  ROLE_RULES,
  type RoleAttrs,
  type RoleProps,
  roleChanges,
  wantedPolicies,
  wantedStatements,
} from './properties.ts';
import { accountsOf, attachedPolicies, GONE, observeRole, POLICY, siteOfPath, workflowPath } from './read.ts';

export type { RoleAttrs, RoleProps } from './properties.ts';

export function roleKind(deps: AwsDeps): ResourceKind<RoleProps, RoleAttrs> {
  return {
    title: 'role',
    rank: 80,
    read: (props, call) => observeRole(deps, props, call),
    rules: ROLE_RULES,
    changes: roleChanges,
    reconcile: (props, call) => reconcileRole(deps, props, call),
    async delete(attrs, call) {
      const left = await interfacesLeft(deps, attrs, call);
      if (left > 0) return { kept: neededBy(left) };
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

function neededBy(interfaces: number): string {
  const what = interfaces === 1 ? 'a network interface' : `${interfaces} network interfaces`;
  return `AWS Lambda still has ${what} to remove with it: do the same again later`;
}

/** All roles below the workflow's path, in each account that the sites lead to; the path says the region. */
async function roleCandidates(deps: AwsDeps, call: CallContext): Promise<readonly Candidate<RoleProps>[]> {
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
async function deleteRole({ clients }: AwsDeps, attrs: RoleAttrs, call: CallContext): Promise<void> {
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

/** Milliseconds. IAM takes some seconds until it knows a new role everywhere. */
const SPREAD_TIMEOUT = 60_000;

async function reconcileRole(deps: AwsDeps, props: RoleProps, call: CallContext): Promise<RoleAttrs> {
  const iam = await deps.clients('iam', props.site);
  const what = `the role ${props.name} to be known to IAM`;
  let absent = call.absent;
  return untilAccepted({ call, delay: deps.delay, timeoutMs: SPREAD_TIMEOUT, what }, passes, async () => {
    const found = absent ? undefined : await observeRole(deps, props, call);
    absent = false;
    const role = found?.attrs ?? (await createRole(deps, iam, props, call));
    await syncRole(iam, props, role, call);
    return asWanted(props, role);
  });
}

/**
 * What a role that was just made, or is changed elsewhere, refuses. A boundary or a managed policy that does not exist is
 * reported by the same code, but not as a role.
 */
function passes(thrown: unknown): boolean {
  if (hasAwsCode(thrown, GONE, `${GONE}Exception`)) return /role with name/i.test(messageOf(thrown));
  return hasAwsCode(thrown, 'ConcurrentModification', 'ConcurrentModificationException');
}

function asWanted(props: RoleProps, role: RoleAttrs): RoleAttrs {
  const { arn } = role;
  const { site, name, path, trust, source, boundary, tags } = props;
  const managedPolicies = wantedPolicies(props, role.managedPolicies);
  const statements = wantedStatements(props);
  return { site, arn, name, path, trust, source, statements, managedPolicies, boundary, tags };
}

async function createRole(
  deps: AwsDeps,
  { sdk, client }: Iam,
  props: RoleProps,
  call: CallContext,
): Promise<RoleAttrs> {
  const { name, path, trust, source, boundary, tags, site } = props;
  const command = new sdk.CreateRoleCommand({
    RoleName: name,
    Path: path,
    AssumeRolePolicyDocument: trustDocument(props),
    ...(boundary !== undefined && { PermissionsBoundary: boundary }),
    Tags: tagList(tags),
  });
  try {
    const { Role } = await client.send(command, { abortSignal: call.signal });
    const arn = Role?.Arn ?? '';
    return { site, arn, name, path, trust, source, statements: [], managedPolicies: [], boundary, tags };
  } catch (thrown) {
    if (!hasAwsCode(thrown, 'EntityAlreadyExists', 'EntityAlreadyExistsException')) throw thrown;
    // An earlier call whose answer was lost may have made it.
    const there = await observeRole(deps, props, call);
    if (!there?.owned) throw thrown;
    return there.attrs;
  }
}

/** One call for each part that differs. */
async function syncRole(iam: Iam, props: RoleProps, role: RoleAttrs, call: CallContext): Promise<void> {
  const paths = roleChanges(props, role).map(({ path }) => path);
  const differs = (field: string) => paths.some((path) => path === field || path.startsWith(`${field}.`));
  if (differs('trust') || differs('source')) await setTrust(iam, props, call);
  if (differs('boundary')) await setBoundary(iam, props, call);
  if (differs('tags')) await syncTags(iam, props, role, call);
  if (differs('managedPolicies')) await syncManaged(iam, props, role, call);
  if (differs('statements')) await setStatements(iam, props, call);
}

async function setTrust({ sdk, client }: Iam, props: RoleProps, { signal }: CallContext): Promise<void> {
  const input = { RoleName: props.name, PolicyDocument: trustDocument(props) };
  await client.send(new sdk.UpdateAssumeRolePolicyCommand(input), { abortSignal: signal });
}

async function setBoundary(
  { sdk, client }: Iam,
  { name: RoleName, boundary }: RoleProps,
  { signal }: CallContext,
): Promise<void> {
  const options = { abortSignal: signal };
  if (boundary === undefined) {
    await client.send(new sdk.DeleteRolePermissionsBoundaryCommand({ RoleName }), options);
  } else {
    const input = { RoleName, PermissionsBoundary: boundary };
    await client.send(new sdk.PutRolePermissionsBoundaryCommand(input), options);
  }
}

async function syncTags(
  { sdk, client }: Iam,
  { name: RoleName, tags }: RoleProps,
  role: RoleAttrs,
  { signal }: CallContext,
): Promise<void> {
  const options = { abortSignal: signal };
  const { set, remove } = tagSync(tags, role.tags);
  const Tags = tagList(set);
  if (Tags.length > 0) await client.send(new sdk.TagRoleCommand({ RoleName, Tags }), options);
  if (remove.length > 0)
    await client.send(new sdk.UntagRoleCommand({ RoleName, TagKeys: [...remove] }), options);
}

async function syncManaged(
  { sdk, client }: Iam,
  props: RoleProps,
  { managedPolicies: found }: RoleAttrs,
  { signal }: CallContext,
): Promise<void> {
  const { name: RoleName } = props;
  const wanted = wantedPolicies(props, found);
  const options = { abortSignal: signal };
  for (const PolicyArn of wanted.filter((arn) => !found.includes(arn))) {
    await client.send(new sdk.AttachRolePolicyCommand({ RoleName, PolicyArn }), options);
  }
  for (const PolicyArn of found.filter((arn) => !wanted.includes(arn))) {
    await client.send(new sdk.DetachRolePolicyCommand({ RoleName, PolicyArn }), options);
  }
}

async function setStatements({ sdk, client }: Iam, props: RoleProps, { signal }: CallContext): Promise<void> {
  const name = { RoleName: props.name, PolicyName: POLICY };
  const statements = wantedStatements(props);
  if (sameValue(statements, [])) {
    await client.send(new sdk.DeleteRolePolicyCommand(name), { abortSignal: signal });
    return;
  }
  const input = { ...name, PolicyDocument: policyDocument(statements) };
  await client.send(new sdk.PutRolePolicyCommand(input), { abortSignal: signal });
}
