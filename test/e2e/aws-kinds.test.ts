/** Buckets, permissions, notifications, log groups, roles and parameters against a stand-in for AWS. */
import type { NotificationConfiguration } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Props, ResourceKind } from '../../src/deploy/resource.ts';
import { type Clients, openClients } from '../../src/providers/aws/api/clients.ts';
import { openTagged } from '../../src/providers/aws/api/tagged.ts';
import { ownTags } from '../../src/providers/aws/api/tags.ts';
import { bucketKind } from '../../src/providers/aws/kinds/bucket/index.ts';
import type { AwsDeps } from '../../src/providers/aws/kinds/deps.ts';
import { logGroupKind } from '../../src/providers/aws/kinds/log-group/index.ts';
import { notificationKind } from '../../src/providers/aws/kinds/notification/index.ts';
import { parameterKind } from '../../src/providers/aws/kinds/parameter/index.ts';
import { permissionKind, permissionRequest } from '../../src/providers/aws/kinds/permission/index.ts';
import { roleKind } from '../../src/providers/aws/kinds/role/index.ts';
import { trustDocument } from '../../src/providers/aws/kinds/role/policy-document.ts';
import type { Site } from '../../src/providers/aws/site.ts';
import { Secret } from '../../src/secret.ts';
import { fakeCall } from '../providers/aws/fake-clients.ts';
import { ACCOUNT, type Aws, REFUSED, startAws } from '../standins/aws/index.ts';
import { needs } from '../standins/need.ts';

const SITE: Site = { region: 'eu-west-1' };
const TAGS = ownTags('shop', 'resize');
const CALL = fakeCall();
const ARN = `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:resize`;

/** What is made, what it is changed to, and by which path a plan names the change. */
interface Sample {
  readonly title: string;
  readonly kind: (deps: AwsDeps) => ResourceKind;
  readonly props: Props;
  readonly changed: Props;
  readonly path: string;
  readonly id: string;
}

const STATEMENT = {
  Sid: 'Logs',
  Effect: 'Allow',
  Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  Resource: [`arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:/aws/lambda/resize:*`],
};
const ROLE = {
  site: SITE,
  name: 'shop-resize-eu-west-1',
  path: '/fdl/shop/eu-west-1/',
  trust: ['lambda.amazonaws.com'],
  statements: [STATEMENT],
  keys: [[]],
  tags: TAGS,
};
const PERMISSION = {
  site: SITE,
  function: 'resize',
  statementId: 'fdl-s3-1',
  action: 'lambda:InvokeFunction',
  principal: 's3.amazonaws.com',
  sourceArn: 'arn:aws:s3:::photos',
  sourceAccount: ACCOUNT,
};
const ENTRY = { id: 'fdl:shop:resize:0', step: 'resize', function: ARN, prefix: 'in/' };
const NOTIFICATION = { site: SITE, bucket: 'photos', account: ACCOUNT, entries: [ENTRY] };
const GROUP = { site: SITE, name: '/aws/lambda/resize', retentionDays: 30, tags: TAGS };
const PARAMETER = {
  site: SITE,
  name: '/fdl/shop/resize',
  value: new Secret('{"environment":{"TOKEN":"one"}}'),
  tags: TAGS,
};

const SAMPLES: readonly Sample[] = [
  {
    title: 'bucket',
    kind: bucketKind as unknown as Sample['kind'],
    props: { site: SITE, bucket: 'made', tags: ownTags('shop') },
    changed: { site: SITE, bucket: 'made', tags: { ...ownTags('shop'), 'fdl:more': 'x' } },
    path: 'tags.fdl:more',
    id: 'aws/eu-west-1/bucket/made',
  },
  {
    title: 'log group',
    kind: logGroupKind as unknown as Sample['kind'],
    props: GROUP,
    changed: { ...GROUP, retentionDays: undefined, tags: { ...TAGS, team: 'vision' } },
    path: 'retentionDays',
    id: 'aws/eu-west-1/log-group//aws/lambda/resize',
  },
  {
    title: 'role',
    kind: roleKind as unknown as Sample['kind'],
    props: ROLE,
    changed: {
      ...ROLE,
      trust: ['lambda.amazonaws.com', 'ecs-tasks.amazonaws.com'],
      source: { account: ACCOUNT, arn: `arn:aws:ecs:eu-west-1:${ACCOUNT}:*` },
      statements: [{ ...STATEMENT, Resource: ['*'] }],
      keys: [[`arn:aws:kms:eu-west-1:${ACCOUNT}:key/k`]],
      managedPolicies: ['arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole'],
      boundary: 'arn:aws:iam::aws:policy/AdministratorAccess',
      tags: { ...TAGS, team: 'vision' },
    },
    path: 'statements.Logs.Resource',
    id: 'aws/eu-west-1/role/shop-resize-eu-west-1',
  },
  {
    title: 'parameter',
    kind: parameterKind as unknown as Sample['kind'],
    props: PARAMETER,
    changed: { ...PARAMETER, value: new Secret('y'.repeat(5000)), tags: { ...TAGS, team: 'vision' } },
    path: 'value',
    id: 'aws/eu-west-1/parameter//fdl/shop/resize',
  },
  {
    title: 'permission',
    kind: permissionKind as unknown as Sample['kind'],
    props: PERMISSION,
    changed: { ...PERMISSION, sourceArn: 'arn:aws:s3:::others' },
    path: 'sourceArn',
    id: 'aws/eu-west-1/permission/resize/fdl-s3-1',
  },
  {
    title: 'notification',
    kind: notificationKind as unknown as Sample['kind'],
    props: NOTIFICATION,
    changed: { ...NOTIFICATION, entries: [{ ...ENTRY, prefix: 'new/' }] },
    path: 'entries.fdl:shop:resize:0.prefix',
    id: 'aws/eu-west-1/notification/photos',
  },
];

describe.skipIf(!needs('moto'))('kinds of AWS', () => {
  let aws: Aws;
  let clients: Clients;

  beforeAll(async () => {
    aws = await startAws({ delays: { role: 0, pending: 0 } });
    Object.assign(process.env, aws.env);
    clients = openClients(process.env);
    await makeSurroundings(clients);
  });
  afterAll(() => aws?.stop());

  for (const { title, kind: kindOf, props, changed, path, id } of SAMPLES) {
    describe(`a ${title}`, () => {
      const kind = () => kindOf(depsFor(clients));
      const read = async (wanted: Props) => {
        const observed = await kind().read(wanted, CALL);
        return observed && { owned: observed.owned, changes: kind().changes(wanted, observed.attrs) };
      };
      const remove = async () => {
        for (const { attrs } of await kind().list('shop', CALL)) await kind().delete(attrs, CALL);
      };

      it('is made, kept, changed, found and removed', async () => {
        expect(await kind().read(props, CALL)).toBeUndefined();
        const made = await kind().reconcile(props, CALL);
        const observed = await kind().read(props, CALL);
        expect(observed?.owned).toBe(true);
        expect(kind().changes(props, made)).toEqual([]);
        expect(kind().changes(props, observed?.attrs ?? {})).toEqual([]);

        aws.reset();
        await kind().reconcile(props, CALL);
        expect(aws.mutations()).toEqual([]);

        const changes = kind().changes(changed, observed?.attrs ?? {});
        expect(changes.map((change) => change.path)).toContain(path);
        await kind().reconcile(changed, CALL);
        expect(await read(changed)).toEqual({ owned: true, changes: [] });
        await kind().reconcile(props, CALL);
        expect(await read(props)).toEqual({ owned: true, changes: [] });

        expect((await kind().list('shop', CALL)).map((found) => found.id)).toEqual([id]);
        await remove();
        expect(await kind().read(props, CALL)).toBeUndefined();
        expect(await kind().list('shop', CALL)).toEqual([]);
        // Absent is success.
        expect(await kind().delete(made, CALL)).toBeUndefined();
      });

      for (const when of ['before', 'after'] as const) {
        it(`converges whichever call fails, if it fails ${when} it was carried out`, async () => {
          for (let nth = 1; ; nth += 1) {
            aws.failCall(nth, { mutating: true, failure: { ...REFUSED, after: when === 'after' } });
            const failed = await kind()
              .reconcile(props, CALL)
              .then(
                () => false,
                () => true,
              );
            aws.reset();
            await kind().reconcile(props, CALL);
            expect(await read(props)).toEqual({ owned: true, changes: [] });
            await remove();
            expect(await kind().read(props, CALL)).toBeUndefined();
            if (!failed) break;
          }
        });
      }
    });
  }

  it('leaves notifications of others as they are, of every type, also to what is gone', async () => {
    const s3 = await clients('s3', SITE);
    const NotificationConfiguration = foreignConfiguration();
    const put = { Bucket: 'photos', NotificationConfiguration, SkipDestinationValidation: true };
    await s3.client.send(new s3.sdk.PutBucketNotificationConfigurationCommand(put));
    const answer = async () => {
      const command = new s3.sdk.GetBucketNotificationConfigurationCommand({ Bucket: 'photos' });
      const { $metadata: _, ...config } = await s3.client.send(command);
      return config;
    };
    const before = await answer();
    expect(before).toEqual(NotificationConfiguration);
    const kind = notificationKind(depsFor(clients));
    const made = await kind.reconcile(NOTIFICATION, CALL);
    const both = await answer();
    expect(both.LambdaFunctionConfigurations?.map(({ Id }) => Id)).toEqual(['fdl:other:step:0', ENTRY.id]);
    await kind.delete(made, CALL);
    expect(await answer()).toEqual(before);
  });

  it('finds no other kind of bucket, nor one of another region for a trigger', async () => {
    const kind = bucketKind(depsFor(clients));
    const foreign = { site: SITE, bucket: 'photos', tags: ownTags('shop') };
    expect(await kind.read(foreign, CALL)).toMatchObject({ owned: false, attrs: { region: 'eu-west-1' } });
    const elsewhere = { ...foreign, site: { region: 'us-east-1' }, needsRegion: true };
    await expect(kind.read(elsewhere, CALL)).rejects.toMatchObject({ code: 'bucket-region' });
  });

  it('keeps a bucket with files, and deletes it with all versions where data may go', async () => {
    const props = { site: { region: 'us-east-1' }, bucket: 'full', tags: ownTags('shop') };
    const made = await bucketKind(depsFor(clients)).reconcile(props, CALL);
    const s3 = await clients('s3', props.site);
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    const { PutBucketVersioningCommand, DeleteObjectCommand } = await import('@aws-sdk/client-s3');
    await s3.client.send(new PutBucketVersioningCommand({ Bucket: 'full', VersioningConfiguration }));
    for (let n = 0; n < 30; n += 1) {
      await s3.client.send(new s3.sdk.PutObjectCommand({ Bucket: 'full', Key: `a/${n % 20}`, Body: 'x' }));
    }
    await s3.client.send(new DeleteObjectCommand({ Bucket: 'full', Key: 'a/1' }));
    const keeping = bucketKind(depsFor(clients));
    expect((await keeping.stays?.(made, CALL))?.why).toMatch(/^has \d+ files?; --delete-data removes it$/);
    const kept = await keeping.delete(made, CALL);
    expect(kept?.kept).toMatch(/not empty/);
    const kind = bucketKind({ ...depsFor(clients), deleteData: true });
    expect(await kind.delete(made, CALL)).toBeUndefined();
    expect(await kind.read(props, CALL)).toBeUndefined();
  });

  function depsFor(of: Clients): AwsDeps {
    return {
      clients: of,
      workflow: 'shop',
      deleteData: false,
      sites: [SITE],
      buckets: [{ site: SITE, bucket: 'photos' }],
      known: [],
      tagged: openTagged(of, 'shop'),
      images: new Map(),
      bundles: new Map(),
      registry: () => Promise.reject(new Error('no registry here')),
      delay: async (_ms, signal) => signal?.throwIfAborted(),
    };
  }
});

function foreignConfiguration(): NotificationConfiguration {
  const rules = (...FilterRules: { Name: 'prefix' | 'suffix'; Value: string }[]) => ({
    Key: { FilterRules },
  });
  const Events: ('s3:ObjectCreated:Put' | 's3:ObjectRemoved:*')[] = [
    's3:ObjectCreated:Put',
    's3:ObjectRemoved:*',
  ];
  const [topic, queue] = [`arn:aws:sns:eu-west-1:${ACCOUNT}:t`, `arn:aws:sqs:eu-west-1:${ACCOUNT}:q`];
  const Filter = rules({ Name: 'prefix', Value: 'out/ä &<x>' }, { Name: 'suffix', Value: '.jpg' });
  const others = rules({ Name: 'prefix', Value: 'others/' });
  return {
    TopicConfigurations: [{ Id: 'mine', TopicArn: topic, Events, Filter }],
    QueueConfigurations: [
      { Id: 'fdl:shop:looks-like-it:0', QueueArn: queue, Events: ['s3:ReducedRedundancyLostObject'] },
    ],
    LambdaFunctionConfigurations: [
      { Id: 'fdl:other:step:0', LambdaFunctionArn: ARN, Events: ['s3:ObjectCreated:*'], Filter: others },
    ],
    EventBridgeConfiguration: {},
  };
}

/** A function and a bucket that what belongs to them needs. */
async function makeSurroundings(clients: Clients): Promise<void> {
  const iam = await clients('iam', SITE);
  const trust = trustDocument({ trust: ['lambda.amazonaws.com'] });
  const Role = { RoleName: 'any', AssumeRolePolicyDocument: trust };
  const role = await iam.client.send(new iam.sdk.CreateRoleCommand(Role));
  const s3 = await clients('s3', SITE);
  const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' } as const;
  await s3.client.send(new s3.sdk.CreateBucketCommand({ Bucket: 'photos', CreateBucketConfiguration }));
  const lambda = await clients('lambda', SITE);
  await lambda.client.send(
    new lambda.sdk.CreateFunctionCommand({
      FunctionName: 'resize',
      Role: role.Role?.Arn ?? '',
      PackageType: 'Image',
      Code: { ImageUri: `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/fdl/shop@sha256:${'0'.repeat(64)}` },
      Tags: TAGS,
    }),
  );
  const permission = { ...permissionRequest(PERMISSION), StatementId: 'not-ours' };
  await lambda.client.send(new lambda.sdk.AddPermissionCommand(permission));
}
