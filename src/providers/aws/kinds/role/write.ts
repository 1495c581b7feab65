/** Making roles, and bringing them to what they are to be. */
import type { CallContext } from '../../../../deploy/resource.ts';
import { sameValue } from '../../../../deploy/value.ts';
import { messageOf } from '../../../../errors.ts';
import type { Connection } from '../../api/clients.ts';
import { hasAwsCode } from '../../api/errors.ts';
import { tagList, tagSync } from '../../api/tags.ts';
import { untilAccepted } from '../../api/wait.ts';
import type { AwsDeps } from '../deps.ts';
import { policyDocument, trustDocument } from './policy-document.ts';
import { type RoleAttrs, type RoleProps, roleChanges, wantedStatements } from './properties.ts';
import { GONE, observeRole, POLICY } from './read.ts';

type Iam = Connection<'iam'>;

/** Milliseconds. IAM takes some seconds until it knows a new role everywhere. */
const SPREAD_TIMEOUT = 60_000;

export async function reconcileRole(deps: AwsDeps, props: RoleProps, call: CallContext): Promise<RoleAttrs> {
  const iam = await deps.clients('iam', props.site);
  const what = `the role ${props.name} to be known to IAM`;
  let absent = call.absent;
  return untilAccepted({ call, delay: deps.delay, timeoutMs: SPREAD_TIMEOUT, what }, passes, async () => {
    const found = absent ? undefined : await observeRole(deps, props, call);
    absent = false;
    const role = found?.attrs ?? (await createRole(deps, iam, props, call));
    await syncRole(iam, props, role, call);
    return asWanted(props, role.arn);
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

function asWanted(props: RoleProps, arn: string): RoleAttrs {
  const { site, name, path, trust, managedPolicies = [], boundary, tags } = props;
  const statements = wantedStatements(props);
  return { site, arn, name, path, trust, statements, managedPolicies, boundary, tags };
}

async function createRole(
  deps: AwsDeps,
  { sdk, client }: Iam,
  props: RoleProps,
  call: CallContext,
): Promise<RoleAttrs> {
  const { name, path, trust, boundary, tags, site } = props;
  const command = new sdk.CreateRoleCommand({
    RoleName: name,
    Path: path,
    AssumeRolePolicyDocument: trustDocument(trust),
    ...(boundary !== undefined && { PermissionsBoundary: boundary }),
    Tags: tagList(tags),
  });
  try {
    const { Role } = await client.send(command, { abortSignal: call.signal });
    const arn = Role?.Arn ?? '';
    return { site, arn, name, path, trust, statements: [], managedPolicies: [], boundary, tags };
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
  if (differs('trust')) await setTrust(iam, props, call);
  if (differs('boundary')) await setBoundary(iam, props, call);
  if (differs('tags')) await syncTags(iam, props, role, call);
  if (differs('managedPolicies')) await syncManaged(iam, props, role, call);
  if (differs('statements')) await setStatements(iam, props, call);
}

async function setTrust(
  { sdk, client }: Iam,
  { name, trust }: RoleProps,
  { signal }: CallContext,
): Promise<void> {
  const input = { RoleName: name, PolicyDocument: trustDocument(trust) };
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
  { name: RoleName, managedPolicies: wanted = [] }: RoleProps,
  { managedPolicies: found }: RoleAttrs,
  { signal }: CallContext,
): Promise<void> {
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
