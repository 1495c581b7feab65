import { describe, expect, test } from 'vitest';
import { resourceGraph } from '../../../src/deploy/graph.ts';
import type { Props, Resource } from '../../../src/deploy/resource.ts';
import { awsDesired, awsEndpoint } from '../../../src/providers/aws/desired/index.ts';
import { onAws } from '../../fdl/read-text.ts';
import { expectGolden } from '../../golden-resources.ts';
import { factsOf, givenImages, type Read, workflowOf } from './workflows.ts';

const PIPELINE = `
functions:
  aws:
  - lambda:
      name: count
      memory: 1024
      container: {image: "busybox:1.37"}
      init_script: count.sh
      input: [{storage_provider: s3, path: word-count/in}]
      output:
      - {storage_provider: s3, path: word-count/stats, prefix: [stats-], suffix: [.txt]}
      - {storage_provider: s3, path: word-count/counts, suffix: [.csv]}
  - lambda:
      name: chart
      container: {image: "busybox:1.37", environment: {Variables: {WORDS: "10"}}}
      init_script: chart.sh
      input: [{storage_provider: s3, path: word-count/counts}]
      output: [{storage_provider: s3, path: word-count/charts}]
  - lambda:
      name: archive
      container: {image: "busybox:1.37"}
      init_script: archive.sh
      input: [{storage_provider: s3, path: word-count/charts}]
      output: [{storage_provider: s3, path: word-archive}]
`;

const HTTP = onAws(
  'function_url: true\nauth: NONE\nover_http: allow\ntags: {project: lab, "fdl:workflow": mine}',
  'api_gateway: {name: image-api, path_part: convert, http_method: post}',
);

const SECRETS = `
functions:
  aws:
  - lambda:
      name: step
      init_script: run.sh
      environment: {Variables: {MODE: fast, AWS_REGION: elsewhere, TOKEN: "\${env:TOKEN}", NODE_OPTIONS: --bad}}
      container:
        image: busybox
        environment: {Variables: {LEVEL: "3"}, Secrets: {API_KEY: abc}}
      input: [{storage_provider: s3, path: bkt/in}]
      output:
      - {storage_provider: minio.lab, path: results/out}
      - {storage_provider: s3.partner, path: theirs/out}
storage_providers:
  minio: {lab: {endpoint: "https://minio.example.org", access_key: "\${env:KEY}", secret_key: hidden, verify: false}}
  s3: {partner: {access_key: AKIA, secret_key: hidden, region: us-west-2}}
`;

const VPC = onAws(
  [
    'architectures: [ARM64]',
    'ephemeral_storage: 2048',
    'reserved_concurrency: 3',
    'preheat: true',
    'vpc: {SubnetIds: [subnet-1, subnet-2], SecurityGroupIds: [sg-1]}',
    'file_system: [{Arn: "arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/fsap-1", LocalMountPath: /mnt/efs}]',
  ].join('\n'),
  'iam: {permissions_boundary: "arn:aws:iam::{account_id}:policy/edge"}\ncloudwatch: {log_retention_policy_in_days: 7}',
);

async function desired(text: string, read?: Read & { readonly environment?: Record<string, string> }) {
  const workflow = await workflowOf(text, { environment: read?.environment ?? {} });
  return awsDesired(workflow, factsOf(workflow, read));
}

function json(resources: readonly Resource[]): string {
  return `${JSON.stringify(resources, null, 2)}\n`;
}

function propsOf(resources: readonly Resource[], kind: string): Props {
  const found = resources.filter((each) => each.kind === kind);
  if (found.length !== 1) throw new Error(`${found.length} resources of the kind ${kind}`);
  return (found[0] as Resource).props;
}

function idsOf(resources: readonly Resource[], kind: string): readonly string[] {
  return resources.filter((each) => each.kind === kind).map(({ id }) => id);
}

describe('what a workflow is to look like on AWS', () => {
  test.each([
    ['pipeline', PIPELINE, {}],
    ['http', HTTP, {}],
    ['secrets', SECRETS, { environment: { TOKEN: 'from outside', KEY: 'a key' } }],
    ['vpc', VPC, {}],
  ])('%s', async (name, text, read) => {
    await expectGolden(`aws/${name}`, await desired(text, read));
  });

  test.each([
    ['pipeline', PIPELINE],
    ['http', HTTP],
    ['vpc', VPC],
  ])('to remove %s, without images, the resources and their order are the same', async (_, text) => {
    const order = (resources: readonly Resource[]) =>
      resourceGraph(resources).map(({ id, after }) => ({ id, after }));
    expect(order(await desired(text, { remove: true }))).toEqual(order(await desired(text)));
  });
});

describe('secrets', () => {
  const environment = { TOKEN: 'from outside', KEY: 'a key' };

  test('are in no property but the value of the parameter', async () => {
    const resources = await desired(SECRETS, { environment });
    const { value, ...rest } = propsOf(resources, 'aws/parameter');
    expect(JSON.parse((value as { reveal(): string }).reveal())).toEqual({
      environment: { API_KEY: 'abc', TOKEN: 'from outside' },
      stores: {
        'minio.lab': { access_key: 'a key', secret_key: 'hidden' },
        's3.partner': { access_key: 'AKIA', secret_key: 'hidden' },
      },
    });
    const others = json([
      ...resources.filter(({ kind }) => kind !== 'aws/parameter'),
      rest as unknown as Resource,
    ]);
    for (const secret of ['abc', 'from outside', 'a key', 'AKIA', 'hidden'])
      expect(others).not.toContain(secret);
  });

  test('buckets that are opened with credentials are neither made nor allowed to the role', async () => {
    const resources = await desired(SECRETS, { environment });
    expect(idsOf(resources, 'aws/bucket')).toEqual(['aws/eu-west-1/bucket/bkt']);
    expect(JSON.stringify(propsOf(resources, 'aws/role')['statements'])).not.toContain('theirs');
  });
});

describe('roles', () => {
  test('a given role takes the place of one of our own', async () => {
    const role = 'arn:aws:iam::{account_id}:role/mine';
    const resources = await desired(onAws('', `iam: {role: "${role}"}`));
    expect(idsOf(resources, 'aws/role')).toEqual([]);
    expect(propsOf(resources, 'aws/function')['role']).toBe('arn:aws:iam::123456789012:role/mine');
  });

  test('have no characters that a policy cannot have', async () => {
    const folder = '{storage_provider: s3, path: "bkt/結果/été*/🏁"}';
    const resources = await desired(
      onAws(`input: [{path: bkt/in, storage_provider: s3}]\noutput: [${folder}]`),
    );
    const statements = propsOf(resources, 'aws/role')['statements'] as unknown as { Resource: string[] }[];
    expect(statements.flatMap(({ Resource }) => Resource).filter((each) => each.includes('s3'))).toEqual([
      'arn:aws:s3:::bkt/in/*',
      'arn:aws:s3:::bkt/*/été${*}/*/*',
    ]);
  });

  test('no statement is about everything', async () => {
    for (const text of [PIPELINE, HTTP, SECRETS, VPC]) {
      const resources = await desired(text, { environment: { TOKEN: 't', KEY: 'k' } });
      const roles = resources.filter(({ kind }) => kind === 'aws/role');
      const statements = roles.flatMap(
        ({ props }) => props['statements'] as { Action: string[]; Resource: string[] }[],
      );
      expect(statements.flatMap(({ Resource }) => Resource)).not.toContain('*');
      expect(statements.flatMap(({ Action }) => Action).join()).not.toContain('*');
    }
  });

  test('what would be a wildcard in a policy is only itself', async () => {
    const resources = await desired(onAws('input: [{path: "bkt/a*b?/${c}", storage_provider: s3}]'));
    const [, inputs] = propsOf(resources, 'aws/role')['statements'] as unknown as { Resource: string[] }[];
    expect(inputs?.Resource).toEqual(['arn:aws:s3:::bkt/a${*}b${?}/${$}{c}/*']);
  });

  test('names of other partitions of AWS', async () => {
    const resources = await desired(PIPELINE, { region: 'cn-north-1', partition: 'aws-cn' });
    expect(json(resources)).not.toContain('arn:aws:');
    expect(json(resources)).toContain('123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn');
  });
});

describe('buckets', () => {
  const two = (more = '') => `
functions:
  aws:
  - lambda: {name: a, container: {image: busybox}, init_script: a.sh, input: [{path: bkt/a, storage_provider: s3}]}
  - lambda: {name: b, container: {image: busybox}, init_script: b.sh, input: [{path: bkt/b, storage_provider: s3}]${more}}
`;

  test('has an entry for each start and end of keys, since S3 takes one of each', async () => {
    const input = '{path: bkt/in, storage_provider: s3, prefix: [a, b], suffix: [.gz, .tar.gz, .csv]}';
    const resources = await desired(onAws(`input: [${input}]`));
    const entries = propsOf(resources, 'aws/notification')['entries'] as unknown as Record<string, string>[];
    expect(entries.map(({ id, prefix, suffix }) => `${id} ${prefix}*${suffix}`)).toEqual([
      'fdl:demo:step:1 in/a*.gz',
      'fdl:demo:step:2 in/a*.csv',
      'fdl:demo:step:3 in/b*.gz',
      'fdl:demo:step:4 in/b*.csv',
    ]);
  });

  test('one that starts several steps is one resource, with one notification after all permissions', async () => {
    const resources = await desired(two());
    expect(idsOf(resources, 'aws/bucket')).toEqual(['aws/eu-west-1/bucket/bkt']);
    const notification = resources.find(({ kind }) => kind === 'aws/notification');
    expect(notification?.dependsOn).toEqual([
      'aws/eu-west-1/bucket/bkt',
      ...idsOf(resources, 'aws/permission'),
    ]);
    expect(notification?.props['entries']).toMatchObject([
      { id: 'fdl:demo:a:1', step: 'a', prefix: 'a/' },
      { id: 'fdl:demo:b:1', step: 'b', prefix: 'b/' },
    ]);
  });

  test('one that is only written to may be in the region that its store says', async () => {
    const text = onAws(
      'output: [{path: far, storage_provider: s3.far}]',
      '',
      'storage_providers: {s3: {far: {region: ap-south-1}}}',
    );
    const resources = await desired(text);
    expect(propsOf(resources, 'aws/bucket')).toMatchObject({ site: { region: 'ap-south-1' }, bucket: 'far' });
    expect(propsOf(resources, 'aws/bucket')).not.toHaveProperty('needsRegion');
  });

  test('one that is written to here and starts a step there is where that step is', async () => {
    const text = `
functions:
  aws:
  - lambda: {name: a, container: {image: busybox}, init_script: a.sh, output: [{path: bkt/x, storage_provider: s3}]}
  - lambda: {name: b, region: us-east-2, container: {image: busybox}, init_script: b.sh, input: [{path: bkt/x, storage_provider: s3}]}
`;
    expect(idsOf(await desired(text), 'aws/bucket')).toEqual(['aws/us-east-2/bucket/bkt']);
  });

  test('a whole bucket has no prefix', async () => {
    const resources = await desired(onAws('input: [{path: bkt, storage_provider: s3}]'));
    expect(propsOf(resources, 'aws/notification')['entries']).toMatchObject([{ prefix: '' }]);
  });
});

describe('images', () => {
  const ecr = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/mine:1';
  const given = onAws().replace('image: busybox', `image: ${ecr}\n        create_image: false`);

  test('one of the account is run as it is, and needs no repository', async () => {
    const resources = await desired(given, { image: givenImages });
    expect(propsOf(resources, 'aws/function')['code']).toEqual({
      image: `123456789012.dkr.ecr.eu-west-1.amazonaws.com/mine@sha256:${'b'.repeat(64)}`,
    });
    for (const kind of ['aws/repository', 'aws/image', 'aws/unused-images'])
      expect(idsOf(resources, kind)).toEqual([]);
    expect(propsOf(resources, 'aws/function')['tags']).not.toHaveProperty(['fdl:image']);
  });

  test('its function has the variables that an image of ours would have', async () => {
    const text = given.replace(
      'create_image: false',
      'create_image: false\n        environment: {Variables: {A: b}}',
    );
    const resources = await desired(text, { image: givenImages });
    expect(propsOf(resources, 'aws/function')['environment']).toEqual({ A: 'b' });
  });

  test.each([
    ['a step', onAws(), '', undefined],
    ['a step', onAws('retries: 0'), '', undefined],
    ['a step', onAws('retries: 1'), '', { retries: 1 }],
    ['a given image', given, '', undefined],
    ['a given image', given, 'retries: 0', { retries: 0 }],
    ['a given image', given, 'retries: 2', { retries: 2 }],
  ])('failed events of %s come again as often as the file says', async (_what, text, more, expected) => {
    const file = more === '' ? text : text.replace('name: step', `name: step\n      ${more}`);
    const resources = await desired(file, text === given ? { image: givenImages } : {});
    expect(propsOf(resources, 'aws/function')['asyncConfig']).toEqual(expected);
  });

  test.each([
    [
      'arn:aws:sqs:eu-west-1:{account_id}:failed',
      [['sqs:SendMessage', 'arn:aws:sqs:eu-west-1:123456789012:failed']],
    ],
    [
      'arn:aws:sns:eu-west-1:123456789012:failed',
      [['sns:Publish', 'arn:aws:sns:eu-west-1:123456789012:failed']],
    ],
    [
      'arn:aws:s3:::failed',
      [
        ['s3:PutObject', 'arn:aws:s3:::failed/aws/lambda/async/step/*'],
        ['s3:ListBucket', 'arn:aws:s3:::failed'],
      ],
    ],
  ])('what failed for good is handed to %s, as the role permits', async (arn, rights) => {
    const resources = await desired(onAws(`on_failure: "${arn}"`));
    const onFailure = arn.replace('{account_id}', '123456789012');
    expect(propsOf(resources, 'aws/function')['asyncConfig']).toEqual({ retries: 0, onFailure });
    const statements = propsOf(resources, 'aws/role')['statements'] as Record<string, string[]>[];
    const found = statements.filter(({ Sid }) => String(Sid).startsWith('Failures'));
    expect(found.map(({ Action, Resource }) => [Action?.join(), Resource?.join()])).toEqual(rights);
    const twice = await desired(onAws(`on_failure: "${arn}"\nretries: 2`));
    expect(propsOf(twice, 'aws/function')['asyncConfig']).toEqual({ retries: 2, onFailure });
  });

  test('without create_image it gets an image of its own like any other', async () => {
    const resources = await desired(onAws().replace('busybox', ecr), { image: givenImages });
    expect(idsOf(resources, 'aws/image')).toEqual(['aws/eu-west-1/image/step']);
  });

  test('those of a step with delete_image: false stay', async () => {
    const resources = await desired(onAws('', 'ecr: {delete_image: false}'));
    expect(propsOf(resources, 'aws/repository')).toMatchObject({ keepImages: true });
    expect(propsOf(resources, 'aws/unused-images')).toMatchObject({ keepSteps: ['step'] });
  });

  test('each region has a repository of its own', async () => {
    const regions = PIPELINE.replace('name: archive', 'name: archive\n      region: us-east-2').replace(
      'word-count/charts}]\n  - lambda',
      'other/charts}]\n  - lambda',
    );
    expect(idsOf(await desired(regions), 'aws/repository')).toEqual([
      'aws/eu-west-1/repository/fdl/demo',
      'aws/us-east-2/repository/fdl/demo',
    ]);
  });
});

describe('addresses', () => {
  const endpoint = async (text: string) => {
    const workflow = await workflowOf(text);
    return awsEndpoint(workflow, 'step', factsOf(workflow))?.toJSON();
  };

  test('of a step with both, the function URL', async () => {
    expect(await endpoint(HTTP)).toBe('${aws/eu-west-1/function-url/step#url}');
  });

  test('of a step with an API', async () => {
    expect(await endpoint(onAws('', 'api_gateway: {name: api}'))).toBe('${aws/eu-west-1/http-api/step#url}');
  });

  test('most steps have none', async () => {
    expect(await endpoint(onAws())).toBeUndefined();
  });

  test('are closed unless the file opens them', async () => {
    const resources = await desired(onAws('function_url: true', 'api_gateway: {name: api}'));
    expect(propsOf(resources, 'aws/function-url')['auth']).toBe('AWS_IAM');
    expect(propsOf(resources, 'aws/http-api')).toMatchObject({
      auth: 'iam',
      method: 'ANY',
      path: '/{proxy+}',
      stage: 'scar',
    });
    // Whoever calls a closed address brings the right along: nobody is let in by the function's policy.
    expect(idsOf(resources, 'aws/permission')).toEqual(['aws/eu-west-1/permission/step/fdl-http-api']);
  });
});
