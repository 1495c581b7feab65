/** The tagging API of the stand-in of AWS knows everything. */
import * as httpApi from '@aws-sdk/client-apigatewayv2';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as ec2 from '@aws-sdk/client-ec2';
import * as ecr from '@aws-sdk/client-ecr';
import * as lambda from '@aws-sdk/client-lambda';
import * as tagging from '@aws-sdk/client-resource-groups-tagging-api';
import * as s3 from '@aws-sdk/client-s3';
import * as ssm from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ACCOUNT, type Aws, startAws } from '../standins/aws/index.ts';
import { needs } from '../standins/need.ts';
import { type Clients, clientsOf, makeFunction, makeRole, zipFunction } from './aws-lab.ts';

const DELAYS = { pending: 150, update: 100, role: 100 };

describe.skipIf(!needs('moto'))('tags of the stand-in of AWS', () => {
  let aws: Aws;
  let clients: Clients;
  let role: string;

  beforeAll(async () => {
    aws = await startAws({ delays: DELAYS });
    clients = clientsOf(aws);
    role = await makeRole(clients, { name: 'common', permits: [['ec2:CreateNetworkInterface', '*']] });
    await makeFunction(clients, zipFunction('common', role));
  });

  afterAll(() => aws?.stop());
  beforeEach(() => aws.reset());

  const tagged = async (filters: Partial<tagging.GetResourcesCommandInput> = {}) => {
    const TagFilters = [{ Key: 'fdl:workflow', Values: ['w'] }];
    const { ResourceTagMappingList = [] } = await clients.tagging.send(
      new tagging.GetResourcesCommand({ TagFilters, ...filters }),
    );
    return ResourceTagMappingList.map(({ ResourceARN }) =>
      ResourceARN?.replace(/(lt-)\w+|(\/apis\/)\w+/, '$1$2ID'),
    );
  };
  const Tags = [{ Key: 'fdl:workflow', Value: 'w' }];
  const plain = { 'fdl:workflow': 'w' };

  it('knows all that has tags, and forgets what is gone', async () => {
    const { ApiId = '' } = await clients.httpApi.send(
      new httpApi.CreateApiCommand({ Name: 'a', ProtocolType: 'HTTP', Tags: plain }),
    );
    await clients.lambda.send(
      new lambda.CreateFunctionCommand({ ...zipFunction('tagged', role), Tags: plain }),
    );
    await clients.s3.send(new s3.CreateBucketCommand({ Bucket: 'tagged' }));
    await clients.s3.send(new s3.PutBucketTaggingCommand({ Bucket: 'tagged', Tagging: { TagSet: Tags } }));
    await clients.logs.send(new logs.CreateLogGroupCommand({ logGroupName: '/tagged', tags: plain }));
    await clients.ecr.send(new ecr.CreateRepositoryCommand({ repositoryName: 'fdl/tagged', tags: Tags }));
    await clients.ssm.send(
      new ssm.PutParameterCommand({ Name: '/fdl/tagged', Type: 'SecureString', Value: 'x', Tags }),
    );
    const TagSpecifications = [{ ResourceType: 'launch-template' as const, Tags }];
    await clients.ec2.send(
      new ec2.CreateLaunchTemplateCommand({
        LaunchTemplateName: 'tagged',
        LaunchTemplateData: { EbsOptimized: true },
        TagSpecifications,
      }),
    );
    const at = `us-east-1:${ACCOUNT}`;
    expect(await tagged()).toEqual([
      'arn:aws:apigateway:us-east-1::/apis/ID',
      `arn:aws:ec2:${at}:launch-template/lt-ID`,
      `arn:aws:ecr:${at}:repository/fdl/tagged`,
      `arn:aws:lambda:${at}:function:tagged`,
      `arn:aws:logs:${at}:log-group:/tagged`,
      'arn:aws:s3:::tagged',
      `arn:aws:ssm:${at}:parameter/fdl/tagged`,
    ]);
    const types = [
      'lambda:function',
      's3',
      'ec2:launch-template',
      'logs:log-group',
      'ssm:parameter',
      'apigateway',
      'ecr:repository',
    ];
    const lengths = await Promise.all(
      types.map(async (type) => (await tagged({ ResourceTypeFilters: [type] })).length),
    );
    expect(lengths).toEqual([1, 1, 1, 1, 1, 1, 1]);
    await clients.lambda.send(new lambda.DeleteFunctionCommand({ FunctionName: 'tagged' }));
    await clients.s3.send(new s3.DeleteBucketCommand({ Bucket: 'tagged' }));
    await clients.logs.send(new logs.DeleteLogGroupCommand({ logGroupName: '/tagged' }));
    await clients.ecr.send(new ecr.DeleteRepositoryCommand({ repositoryName: 'fdl/tagged' }));
    await clients.ssm.send(new ssm.DeleteParameterCommand({ Name: '/fdl/tagged' }));
    await clients.ec2.send(new ec2.DeleteLaunchTemplateCommand({ LaunchTemplateName: 'tagged' }));
    await clients.httpApi.send(new httpApi.DeleteApiCommand({ ApiId }));
    expect(await tagged()).toEqual([]);
  });

  it('follows tags that are added and removed', async () => {
    const arn = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:common`;
    await clients.lambda.send(new lambda.TagResourceCommand({ Resource: arn, Tags: plain }));
    expect(await tagged()).toEqual([arn]);
    await clients.lambda.send(new lambda.UntagResourceCommand({ Resource: arn, TagKeys: ['fdl:workflow'] }));
    expect(await tagged()).toEqual([]);
    const group = `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/late`;
    await clients.logs.send(new logs.CreateLogGroupCommand({ logGroupName: '/late' }));
    await clients.logs.send(new logs.TagResourceCommand({ resourceArn: group, tags: plain }));
    await clients.ssm.send(new ssm.PutParameterCommand({ Name: 'late', Type: 'String', Value: 'x' }));
    await clients.ssm.send(
      new ssm.AddTagsToResourceCommand({ ResourceType: 'Parameter', ResourceId: 'late', Tags }),
    );
    expect(await tagged()).toEqual([group, `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter/late`]);
  });

  it('answers in pages, and for one region', async () => {
    const page = { ResourcesPerPage: 1 };
    const first = await clients.tagging.send(
      new tagging.GetResourcesCommand({ ...page, TagFilters: [{ Key: 'fdl:workflow' }] }),
    );
    const PaginationToken = first.PaginationToken ?? '';
    const second = await clients.tagging.send(
      new tagging.GetResourcesCommand({ ...page, PaginationToken, TagFilters: [{ Key: 'fdl:workflow' }] }),
    );
    const arns = [first, second].map(({ ResourceTagMappingList: list }) =>
      list?.map(({ ResourceARN }) => ResourceARN),
    );
    expect(arns).toEqual([[expect.stringContaining('logs')], [expect.stringContaining('ssm')]]);
    expect(second.PaginationToken).toBe('');
    const elsewhere = clientsOf(aws, 'eu-west-1').tagging;
    expect((await elsewhere.send(new tagging.GetResourcesCommand({}))).ResourceTagMappingList).toEqual([]);
  });
});
