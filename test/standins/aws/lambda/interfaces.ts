/**
 * Network interfaces of functions in a VPC: made with the function, and removed some time after it, with its role. Where
 * the role is gone by then, or may not, they stay, and nobody can delete their security groups and subnets.
 * Rules: "Understanding Hyperplane Elastic Network Interfaces (ENIs)" and "Required IAM permissions" in Lambda's developer
 * guide; https://github.com/awslabs/aws-support-tools/pull/174 ("Lambda uses the IAM role associated with the VPC function
 * to delete ENIs. If the IAM role is deleted before Lambda can delete the ENI, ENI deletion by Lambda will not be
 * possible"); for a function that leaves its VPC https://github.com/aws/aws-cdk/issues/34400.
 */
import { randomUUID } from 'node:crypto';
import { type ApiRequest, type Rule, type Rules, settled } from '../core/api.ts';
import type { World } from '../core/world.ts';
import { findAll, textAt } from '../core/xml.ts';
import type { Roles } from '../iam/roles.ts';
import { plainName } from './functions.ts';

interface Network {
  readonly region: string;
  readonly role: string;
  readonly subnets: string;
  /** Ids of its interfaces. */
  readonly ids: readonly string[];
}

export function interfaceRules({ moto, settings, clock }: World, roles: Roles): Rules {
  const networks = new Map<string, Network>();
  let left: readonly (Network & { readonly due: number })[] = [];
  const ask = (region: string, Action: string, fields: Readonly<Record<string, string>>) =>
    moto.ask({ service: 'ec2', region, form: { Action, Version: '2016-11-15', ...fields } });

  async function make(region: string, name: string, SubnetId: string, groups: readonly string[]) {
    const named = groups.map((group, index) => [`SecurityGroupId.${index + 1}`, group] as const);
    const Description = `AWS Lambda VPC ENI-${name}-${randomUUID()}`;
    const fields = { SubnetId, Description, ...Object.fromEntries(named) };
    const answer = await ask(region, 'CreateNetworkInterface', fields);
    return textAt(findAll(answer.xml(), 'networkInterface')[0], 'networkInterfaceId') ?? '';
  }

  /** Makes what the network of a function needs by now; what it had goes later. */
  async function follow({ region, params }: ApiRequest, vpc: Record<string, string[]>): Promise<void> {
    const name = plainName(params['FunctionName']);
    const before = networks.get(`${region} ${name}`);
    const { SubnetIds: subnets = [], SecurityGroupIds: groups = [] } = vpc;
    if ((before?.subnets ?? '') === subnets.join()) return;
    const ids = await Promise.all(subnets.map((subnet) => make(region, name, subnet, groups)));
    const role = params['Role'] ?? before?.role ?? '';
    networks.set(`${region} ${name}`, { region, role, subnets: subnets.join(), ids });
    if (before) left = [...left, { ...before, due: clock.now() + settings.delays.interfaces }];
  }

  /** Removes what is due, as far as roles permit it at this moment. */
  async function removeDue(): Promise<void> {
    const due = left.filter((each) => each.due <= clock.now());
    left = left.filter((each) => !due.includes(each));
    for (const { region, role, ids } of due) {
      if (!(await roles.may(role, 'ec2:DeleteNetworkInterface', '*'))) continue;
      for (const NetworkInterfaceId of ids)
        await ask(region, 'DeleteNetworkInterface', { NetworkInterfaceId });
    }
  }

  const after =
    (vpcOf: (request: ApiRequest) => Record<string, string[]> | undefined): Rule =>
    async (request, next) => {
      const reply = await settled(await next());
      const vpc = vpcOf(request);
      if (reply.status < 300 && vpc) await follow(request, vpc);
      return reply;
    };
  const first: Rule = async (_request, next) => {
    await removeDue();
    return next();
  };
  return {
    'lambda:CreateFunction': after(({ params }) => params['VpcConfig']),
    'lambda:UpdateFunctionConfiguration': after(({ params }) => params['VpcConfig']),
    'lambda:DeleteFunction': after(() => ({})),
    'ec2:DescribeNetworkInterfaces': first,
    'iam:DetachRolePolicy': first,
    'iam:DeleteRolePolicy': first,
    'iam:DeleteRole': first,
  };
}
