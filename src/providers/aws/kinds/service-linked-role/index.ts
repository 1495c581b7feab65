/** Roles that a service of AWS works with in an account. One serves the whole account, so that no workflow removes it. */
import type { CallContext, Observed, ResourceKind } from '../../../../deploy/resource.ts';
import { IDENTITY, type Rules } from '../../../../deploy/rules.ts';
import { hasAwsCode, unlessMissing } from '../../api/errors.ts';
import { waitUntil } from '../../api/wait.ts';
import type { Site } from '../../site.ts';
import type { AwsDeps } from '../deps.ts';
import { GONE } from '../role/read.ts';

export type ServiceLinkedRoleProps = {
  readonly site: Site;
  /** Such as `batch.amazonaws.com`. */
  readonly service: string;
  /** Name that the service gives its role, such as `AWSServiceRoleForBatch`. */
  readonly role: string;
};

export type ServiceLinkedRoleAttrs = ServiceLinkedRoleProps & { readonly arn: string };

const RULES: Rules<ServiceLinkedRoleProps> = {
  site: IDENTITY,
  service: IDENTITY,
  role: IDENTITY,
};

/** Milliseconds. IAM takes some seconds until it knows a new role everywhere. */
const SPREAD_TIMEOUT = 60_000;

export function serviceLinkedRoleKind(
  deps: AwsDeps,
): ResourceKind<ServiceLinkedRoleProps, ServiceLinkedRoleAttrs> {
  const read = (props: ServiceLinkedRoleProps, call: CallContext) => observe(deps, props, call);
  return {
    title: 'service-linked role',
    rank: 95,
    foreign: 'use',
    read,
    rules: RULES,
    changes: () => [],
    async reconcile(props, call) {
      const found = (await read(props, call))?.attrs;
      if (found) return found;
      await create(deps, props, call);
      const what = `the role ${props.role} to be known to IAM`;
      const waiting = { call, delay: deps.delay, timeoutMs: SPREAD_TIMEOUT, what };
      return (await waitUntil(waiting, () => read(props, call))).attrs;
    },
    delete: async () => undefined,
    list: async () => [],
  };
}

async function observe(
  { clients }: AwsDeps,
  { site, service, role }: ServiceLinkedRoleProps,
  { signal }: CallContext,
): Promise<Observed<ServiceLinkedRoleAttrs> | undefined> {
  const { sdk, client } = await clients('iam', site);
  const answer = client.send(new sdk.GetRoleCommand({ RoleName: role }), { abortSignal: signal });
  const found = (await unlessMissing(answer, GONE, `${GONE}Exception`))?.Role;
  return found && { owned: false, attrs: { site, service, role, arn: found.Arn ?? '' } };
}

/** Somebody else may have made it meanwhile: IAM calls that an invalid input. */
async function create(
  { clients }: AwsDeps,
  { site, service }: ServiceLinkedRoleProps,
  { signal }: CallContext,
): Promise<void> {
  const { sdk, client } = await clients('iam', site);
  const command = new sdk.CreateServiceLinkedRoleCommand({ AWSServiceName: service });
  try {
    await client.send(command, { abortSignal: signal });
  } catch (thrown) {
    const taken = /has been taken/.test((thrown as Error).message);
    if (!taken || !hasAwsCode(thrown, 'InvalidInput', 'InvalidInputException')) throw thrown;
  }
}
