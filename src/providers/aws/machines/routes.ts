/** Whether machines in a network reach what jobs need: the registry, S3 and AWS Batch itself. Only what can be seen. */
import type { Route, RouteTable, Subnet } from '@aws-sdk/client-ec2';
import { FdlError } from '../../../errors.ts';
import type { Ec2, Network } from './network.ts';

/** Services that a machine and its jobs call, by the ends of the names of their endpoints in a VPC. */
const SERVICES = ['ecr.api', 'ecr.dkr', 's3', 'ecs', 'ecs-agent', 'ecs-telemetry', 'logs'];

/** What is to be said of subnets without a way out. Whoever may not look at networks is told nothing. */
export async function routeWarnings(network: Network, ec2: Ec2): Promise<readonly string[]> {
  try {
    const [tables, endpoints] = await Promise.all([routeTables(network, ec2), endpointsOf(network, ec2)]);
    return warningsFor(network, tables, endpoints);
  } catch (thrown) {
    if (thrown instanceof FdlError && thrown.code === 'aws-denied') return [];
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
export function warningsFor(
  { vpc, subnets }: Network,
  tables: readonly RouteTable[],
  endpoints: readonly string[],
): readonly string[] {
  const isThere = (service: string) =>
    endpoints.some((name) => name.split('.').slice(3).join('.') === service);
  const lacking = SERVICES.filter((service) => !isThere(service));
  const closed = subnets.filter((subnet) => !hasWayOut(subnet, tables));
  if (closed.length === 0 || lacking.length === 0) return [];
  const ids = closed.map(({ SubnetId = '' }) => SubnetId).join(', ');
  const why = `no NAT gateway, no public addresses with a route to the internet, and no endpoints in ${vpc} for ${lacking.join(', ')}`;
  return [`machines in ${ids} would not reach the registry or S3: ${why}`];
}

function hasWayOut(subnet: Subnet, tables: readonly RouteTable[]): boolean {
  const own = tables.find(({ Associations = [] }) =>
    Associations.some(({ SubnetId }) => SubnetId !== undefined && SubnetId === subnet.SubnetId),
  );
  const main = tables.find(({ Associations = [] }) => Associations.some(({ Main }) => Main));
  const table = own ?? main;
  // What cannot be seen is not complained about.
  if (!table) return true;
  return (table.Routes ?? []).some((route) => leads(route, subnet));
}

/** Through an internet gateway only those with a public address get out. */
function leads({ DestinationCidrBlock, State, GatewayId, ...route }: Route, subnet: Subnet): boolean {
  if (DestinationCidrBlock !== '0.0.0.0/0' || State === 'blackhole') return false;
  if (GatewayId?.startsWith('igw-')) return subnet.MapPublicIpOnLaunch === true;
  const others = [route.NatGatewayId, route.TransitGatewayId, route.NetworkInterfaceId, route.InstanceId];
  return [...others, route.VpcPeeringConnectionId, GatewayId].some((target) => target !== undefined);
}
