/** The network of an account on the stand-in for AWS. */
import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  DescribeRouteTablesCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import type { Aws } from '../standins/aws/index.ts';

/** Gives the default VPC a way to the internet, as it has one on AWS. */
export async function openInternet({ env, url: endpoint }: Aws): Promise<void> {
  const credentials = {
    accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
  };
  const ec2 = new EC2Client({ endpoint, region: env['AWS_REGION'] ?? '', credentials });
  const { Vpcs = [] } = await ec2.send(
    new DescribeVpcsCommand({ Filters: [{ Name: 'is-default', Values: ['true'] }] }),
  );
  const VpcId = Vpcs[0]?.VpcId;
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
  const InternetGatewayId = InternetGateway?.InternetGatewayId;
  await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId }));
  const Filters = [{ Name: 'vpc-id', Values: [VpcId ?? ''] }];
  const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand({ Filters }));
  for (const { RouteTableId } of RouteTables) {
    await ec2.send(
      new CreateRouteCommand({
        RouteTableId,
        GatewayId: InternetGatewayId,
        DestinationCidrBlock: '0.0.0.0/0',
      }),
    );
  }
}
