/**
 * The network that machines for jobs start in: what the file names, or what every account has by default; and whether
 * they reach from there what jobs need, as far as it can be seen.
 */
import type { Route, RouteTable, Subnet } from '@aws-sdk/client-ec2';
import { FdlError } from '../../../errors.ts';
import type { Connection } from '../api/clients.ts';
import { hasAwsCode } from '../api/errors.ts';
import { nodesOf } from '../dialect/nodes.ts';
import type { Machines } from '../machines.ts';

/** A network, with calls to look into it. */
interface Network {
  /** Id of the VPC. */
  readonly vpc: string;
  readonly subnets: readonly Subnet[];
  /** Ids. */
  readonly securityGroups: readonly string[];
}

/** EC2 at the site of some machines, until the signal. */
export interface Ec2 {
  readonly connection: Connection<'ec2'>;
  readonly signal: AbortSignal;
}

/**
 * The network of machines. Without subnets in the file, those of the default VPC; without security groups, the one that
 * each VPC has.
 * @throws FdlError `network-missing`, `network-unknown`, `network-mixed`
 */
export async function networkOf(machines: Machines, ec2: Ec2): Promise<Network> {
  const given = machines.subnets.length > 0;
  const subnets = given ? await namedSubnets(machines, ec2) : await defaultSubnets(machines, ec2);
  const [vpc = '', ...others] = new Set(subnets.map(({ VpcId = '' }) => VpcId));
  if (others.length > 0) {
    const message = `the subnets ${machines.subnets.join(', ')} are in several networks: ${[vpc, ...others].join(', ')}`;
    throw wrong('network-mixed', machines, message, 'Name subnets of one VPC.');
  }
  return { vpc, subnets, securityGroups: await securityGroupsOf(machines, vpc, ec2) };
}

async function namedSubnets(machines: Machines, { connection, signal }: Ec2): Promise<readonly Subnet[]> {
  const { sdk, client } = connection;
  const command = new sdk.DescribeSubnetsCommand({ SubnetIds: [...machines.subnets] });
  const { Subnets = [] } = await client.send(command, { abortSignal: signal }).catch((thrown) => {
    throw hasAwsCode(
      thrown,
      'InvalidSubnetID.NotFound',
      'InvalidSubnetId.Malformed',
      'InvalidSubnetID.Malformed',
    )
      ? unknown(machines, 'subnet', machines.subnets, thrown)
      : thrown;
  });
  return Subnets;
}

async function defaultSubnets(machines: Machines, { connection, signal }: Ec2): Promise<readonly Subnet[]> {
  const { sdk, client } = connection;
  const abort = { abortSignal: signal };
  const vpcs = new sdk.DescribeVpcsCommand({ Filters: [{ Name: 'is-default', Values: ['true'] }] });
  const [vpc] = (await client.send(vpcs, abort)).Vpcs ?? [];
  if (!vpc) throw missing(machines, `there is no default VPC in ${machines.site.region}`);
  const Filters = [
    { Name: 'vpc-id', Values: [vpc.VpcId ?? ''] },
    { Name: 'default-for-az', Values: ['true'] },
  ];
  const { Subnets = [] } = await client.send(new sdk.DescribeSubnetsCommand({ Filters }), abort);
  if (Subnets.length > 0) return Subnets;
  throw missing(machines, `the default VPC in ${machines.site.region} has no default subnets`);
}

async function securityGroupsOf(
  machines: Machines,
  vpc: string,
  { connection, signal }: Ec2,
): Promise<readonly string[]> {
  const { sdk, client } = connection;
  const { securityGroups: given } = machines;
  const own = [
    { Name: 'vpc-id', Values: [vpc] },
    { Name: 'group-name', Values: ['default'] },
  ];
  const input = given.length > 0 ? { GroupIds: [...given] } : { Filters: own };
  const command = new sdk.DescribeSecurityGroupsCommand(input);
  const { SecurityGroups: found = [] } = await client
    .send(command, { abortSignal: signal })
    .catch((thrown) => {
      throw hasAwsCode(thrown, 'InvalidGroup.NotFound', 'InvalidGroupId.Malformed')
        ? unknown(machines, 'security group', given, thrown)
        : thrown;
    });
  const foreign = found.find(({ VpcId }) => VpcId !== vpc);
  if (foreign) {
    const message = `the security group ${foreign.GroupId} is in ${foreign.VpcId}, but the machines would be in ${vpc}`;
    throw wrong('network-mixed', machines, message, 'Name subnets and security groups of one VPC.');
  }
  if (found.length > 0) return found.map(({ GroupId = '' }) => GroupId);
  throw missing(machines, `the network ${vpc} has no security group "default"`);
}

function unknown(machines: Machines, what: string, ids: readonly string[], cause: unknown): FdlError {
  const { site } = machines;
  const message = `there is no such ${what} in ${site.region}: ${ids.join(', ')}`;
  const hint = `Name those of the account in ${site.region}, or leave them out for the default VPC.`;
  return wrong('network-unknown', machines, message, hint, cause);
}

function missing(machines: Machines, message: string): FdlError {
  const hint =
    'Name "subnets" and "security_group_ids" below "batch.compute_resources", or make a default VPC: aws ec2 create-default-vpc.';
  return wrong(
    'network-missing',
    machines,
    `${message}: "${machines.steps[0].step.id}" has no network`,
    hint,
  );
}

function wrong(code: string, { steps }: Machines, message: string, hint: string, cause?: unknown): FdlError {
  return new FdlError(code, message, { hint, cause, place: steps[0].step.place });
}

/** Services that jobs and what starts them call, by the ends of the names of their endpoints in a VPC. */
const SERVICES = ['ecr.api', 'ecr.dkr', 's3', 'ecs', 'ecs-agent', 'ecs-telemetry', 'logs'];
/** Those that only the agent of Amazon ECS on a machine calls. */
const OF_AGENTS = /^ecs/;

/** How jobs get out of their network. */
interface Ways {
  /** Whether one of the subnets has a route to the internet for public addresses. */
  readonly publicIp: boolean;
  /** What is to be said of subnets without a way out. */
  readonly warnings: readonly string[];
}

/** Where nobody may look at networks, nothing is said, and public addresses are thought to be of use: they do no harm. */
export async function waysOut(machines: Machines, network: Network, ec2: Ec2): Promise<Ways> {
  try {
    const [tables, endpoints] = await Promise.all([routeTables(network, ec2), endpointsOf(network, ec2)]);
    const isPublic = (subnet: Subnet) => routesOf(subnet, tables)?.some(isForPublic) ?? true;
    return {
      publicIp: network.subnets.some(isPublic),
      warnings: [
        ...warningsFor(machines, network, tables, endpoints),
        ...nodeWarnings(machines, network, tables, endpoints),
      ],
    };
  } catch (thrown) {
    if (thrown instanceof FdlError && thrown.code === 'aws-denied') return { publicIp: true, warnings: [] };
    throw thrown;
  }
}

async function routeTables({ vpc }: Network, { connection, signal }: Ec2): Promise<readonly RouteTable[]> {
  const { sdk, client } = connection;
  const Filters = [{ Name: 'vpc-id', Values: [vpc] }];
  const found: RouteTable[] = [];
  let NextToken: string | undefined;
  do {
    const command = new sdk.DescribeRouteTablesCommand({ Filters, ...(NextToken && { NextToken }) });
    const page = await client.send(command, { abortSignal: signal });
    found.push(...(page.RouteTables ?? []));
    NextToken = page.NextToken;
  } while (NextToken);
  return found;
}

/** Names of the services that a VPC has endpoints for, such as `com.amazonaws.eu-west-1.s3`. */
async function endpointsOf({ vpc }: Network, { connection, signal }: Ec2): Promise<readonly string[]> {
  const { sdk, client } = connection;
  const Filters = [{ Name: 'vpc-id', Values: [vpc] }];
  const command = new sdk.DescribeVpcEndpointsCommand({ Filters });
  const { VpcEndpoints = [] } = await client.send(command, { abortSignal: signal });
  return VpcEndpoints.map(({ ServiceName = '' }) => ServiceName);
}

/** Pure. One sentence for all subnets that lack the same. */
function warningsFor(
  { fargate }: Machines,
  { vpc, subnets }: Network,
  tables: readonly RouteTable[],
  endpoints: readonly string[],
): readonly string[] {
  const isThere = (service: string) =>
    endpoints.some((name) => name.split('.').slice(3).join('.') === service);
  const needed = SERVICES.filter((service) => !(fargate && OF_AGENTS.test(service)));
  const lacking = needed.filter((service) => !isThere(service));
  // Jobs on AWS Fargate ask for public addresses themselves.
  const closed = subnets.filter((subnet) => !hasWayOut(subnet, tables, fargate === true));
  if (closed.length === 0 || lacking.length === 0) return [];
  const ids = closed.map(({ SubnetId = '' }) => SubnetId).join(', ');
  const why = `no NAT gateway, no public addresses with a route to the internet, and no endpoints in ${vpc} for ${lacking.join(', ')}`;
  return [`${fargate ? 'jobs' : 'machines'} in ${ids} would not reach the registry or S3: ${why}`];
}

/**
 * Each node has a network of its own, without a public address.
 * Rule: "Multi-node parallel jobs" in AWS Batch's user guide (`awsvpc`).
 */
function nodeWarnings(
  { steps }: Machines,
  { vpc, subnets }: Network,
  tables: readonly RouteTable[],
  endpoints: readonly string[],
): readonly string[] {
  const names = steps.filter(({ step }) => nodesOf(step.settings)).map(({ step }) => `"${step.id}"`);
  const closed = subnets.filter((subnet) => !routesOf(subnet, tables)?.some(leads));
  const isClosed = tables.length > 0 && closed.length > 0 && !endpoints.some((name) => name.endsWith('.s3'));
  if (names.length === 0 || !isClosed) return [];
  const ids = closed.map(({ SubnetId = '' }) => SubnetId).join(', ');
  const why = `nodes have no public addresses, and there is no NAT gateway, and no endpoint in ${vpc} for s3`;
  return [`nodes of ${names.join(', ')} in ${ids} would not reach S3: ${why}`];
}

/** The routes of a subnet; nothing where they cannot be seen. */
function routesOf(subnet: Subnet, tables: readonly RouteTable[]): readonly Route[] | undefined {
  const own = tables.find(({ Associations = [] }) =>
    Associations.some(({ SubnetId }) => SubnetId !== undefined && SubnetId === subnet.SubnetId),
  );
  const main = tables.find(({ Associations = [] }) => Associations.some(({ Main }) => Main));
  const table = own ?? main;
  return table && (table.Routes ?? []);
}

/** What cannot be seen is not complained about. */
function hasWayOut(subnet: Subnet, tables: readonly RouteTable[], withAddresses: boolean): boolean {
  const isOpen = withAddresses || subnet.MapPublicIpOnLaunch === true;
  return routesOf(subnet, tables)?.some((route) => (isForPublic(route) ? isOpen : leads(route))) ?? true;
}

/** Through an internet gateway only those with a public address get out. */
function isForPublic({ DestinationCidrBlock, State, GatewayId }: Route): boolean {
  return (
    DestinationCidrBlock === '0.0.0.0/0' && State !== 'blackhole' && GatewayId?.startsWith('igw-') === true
  );
}

function leads({ DestinationCidrBlock, State, GatewayId, ...route }: Route): boolean {
  if (DestinationCidrBlock !== '0.0.0.0/0' || State === 'blackhole' || GatewayId?.startsWith('igw-'))
    return false;
  const others = [route.NatGatewayId, route.TransitGatewayId, route.NetworkInterfaceId, route.InstanceId];
  return [...others, route.VpcPeeringConnectionId, GatewayId].some((target) => target !== undefined);
}
