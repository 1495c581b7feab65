/** Deleting roles: IAM wants them bare. */
import type { CallContext } from '../../../../deploy/resource.ts';
import type { Connection } from '../../api/clients.ts';
import { unlessMissing } from '../../api/errors.ts';
import type { AwsDeps } from '../deps.ts';
import type { RoleAttrs } from './properties.ts';
import { attachedPolicies, GONE } from './read.ts';

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
