import { describe, expect, test } from 'vitest';
import { secretsOf } from '../../../src/providers/aws/dialect/secrets.ts';
import type { AwsStep } from '../../../src/providers/aws/dialect/step.ts';
import { shareVariables, stepConfig } from '../../../src/providers/aws/step-config.ts';
import { readConfig } from '../../../src/supervisor/config.ts';
import { onAws } from '../../fdl/read-text.ts';
import { workflowOf } from './workflows.ts';

const ENVIRONMENT = { TOKEN: 'from outside' };

async function configOf(text: string) {
  const workflow = await workflowOf(text, { environment: ENVIRONMENT });
  return stepConfig(workflow, workflow.steps[0] as AwsStep);
}

describe('the configuration of a step', () => {
  test('is what the supervisor reads', async () => {
    const config = await configOf(
      onAws(
        [
          'log_level: Debug',
          'over_http: Allow',
          'input: [{path: bkt/in, storage_provider: s3}]',
          'output: [{path: bkt/out, storage_provider: s3, suffix: .png}, {path: far, storage_provider: minio.lab}]',
          'environment: {Variables: {ON_FUNCTION: a}}',
        ].join('\n'),
        '',
        'storage_providers: {minio: {lab: {endpoint: "https://m", access_key: a, secret_key: b, verify: false}}}',
      ).replace(
        'image: busybox',
        'image: busybox\n        timeout_threshold: 30\n        environment: {Variables: {A: b}}',
      ),
    );
    expect(readConfig(JSON.stringify(config), 'config.json')).toEqual({
      workflow: 'demo',
      step: 'step',
      inputs: [{ store: 's3.default', bucket: 'bkt', prefix: 'in' }],
      outputs: [
        { store: 's3.default', bucket: 'bkt', prefix: 'out', prefixes: [], suffixes: ['.png'] },
        { store: 'minio.lab', bucket: 'far', prefix: '', prefixes: [], suffixes: [] },
      ],
      environment: { A: 'b' },
      timeoutThresholdSeconds: 30,
      logLevel: 'debug',
      overHttp: 'allow',
      stores: [
        { id: 's3.default', kind: 's3', verifyTls: true },
        {
          id: 'minio.lab',
          kind: 'minio',
          endpoint: 'https://m',
          verifyTls: false,
          credentials: { from: 'parameter' },
        },
      ],
      secrets: { from: 'parameter', name: '/fdl/demo/step' },
    });
  });

  test('of a plain step says no more than it must', async () => {
    const config = await configOf(onAws());
    expect(config).toEqual({
      workflow: 'demo',
      step: 'step',
      inputs: [],
      outputs: [],
      environment: {},
      stores: [],
    });
  });

  test('does not change with what only the function is told, so that the image stays', async () => {
    const other = onAws('memory: 2048\ntimeout: 60\nregion: us-east-2\nreserved_concurrency: 1');
    expect(await configOf(other)).toEqual(await configOf(onAws()));
  });

  test.each([
    ['notset', 'debug'],
    ['Warning', 'warning'],
    ['CRITICAL', 'error'],
    ['info', 'info'],
  ])('log_level %s', async (level, expected) => {
    expect((await configOf(onAws(`log_level: ${level}`))).logLevel).toBe(expected);
  });

  test.each([
    ['', undefined],
    ['retries: 0', undefined],
    ['retries: 2', true],
    ['on_failure: arn:aws:s3:::failed', true],
    ['on_failure: arn:aws:s3:::failed\nexecution_mode: lambda-batch', undefined],
  ])('says whether what a script failed on comes again: "%s"', async (settings, repeated) => {
    expect((await configOf(onAws(settings))).repeated).toBe(repeated);
  });

  test('an unknown value of over_http opens nothing', async () => {
    expect(await configOf(onAws('over_http: yes'))).not.toHaveProperty('overHttp');
  });
});

test.each(['{{ssm:x}}', '{{{a}}}', '{{{{', 'x{{y'])(
  'secrets such as %s have no braces in pairs',
  async (value) => {
    const text = onAws().replace(
      'image: busybox',
      'image: busybox\n        environment: {Secrets: {A: "${env:A}"}}',
    );
    const workflow = await workflowOf(text, { environment: { A: value } });
    const parameter = secretsOf(workflow, workflow.steps[0] as AwsStep)?.reveal() ?? '';
    expect(parameter).not.toContain('{{');
    expect(JSON.parse(parameter)).toEqual({ environment: { A: value }, stores: {} });
  },
);

describe('variables travel', () => {
  async function shared(lambda: string, container = '') {
    const text = onAws(`environment: {Variables: {${lambda}}}`);
    const own = `image: busybox\n        environment: {Variables: {${container}}}`;
    const { steps } = await workflowOf(container ? text.replace('image: busybox', own) : text, {
      environment: ENVIRONMENT,
    });
    const { onFunction, inImage, secret } = shareVariables(steps[0] as AwsStep);
    return { onFunction, inImage, secret: Object.keys(secret) };
  }

  test('with the function where they are its own, with the image where they are the container’s', async () => {
    expect(await shared('OWN: function', 'B: container')).toEqual({
      onFunction: { OWN: 'function' },
      inImage: { B: 'container' },
      secret: [],
    });
  });

  test('once where both have them: the container’s counts', async () => {
    expect(await shared('OWN: function', 'OWN: container')).toMatchObject({
      onFunction: {},
      inImage: { OWN: 'container' },
    });
  });

  test.each([
    'AWS_REGION',
    'AWS_PROFILE',
    'AWS_ENDPOINT_URL_S3',
    'AWS_LAMBDA_X',
    'NODE_OPTIONS',
    'LD_PRELOAD',
    'FDL_TMP',
    'AWS_BATCH_X',
    '_A',
    'A',
    'A.B',
    '1A',
  ])('%s in the image, since the function cannot have it', async (name) => {
    expect(await shared(`${name}: x`)).toEqual({ onFunction: {}, inImage: { [name]: 'x' }, secret: [] });
  });

  test('as secrets where they come from this machine', async () => {
    expect(await shared('A1: "${env:TOKEN}"')).toEqual({ onFunction: {}, inImage: {}, secret: ['A1'] });
  });

  test('all in the image where a function has no room for them', async () => {
    const fits = await shared(`AB: ${'x'.repeat(4000)}`);
    expect(Object.keys(fits.onFunction)).toEqual(['AB']);
    const { onFunction, inImage } = await shared(`AB: ${'x'.repeat(4000)}, CD: ${'y'.repeat(200)}`);
    expect([Object.keys(onFunction), Object.keys(inImage)]).toEqual([[], ['AB', 'CD']]);
  });

  test('not at all where only udocker needed them', async () => {
    expect(await shared('UDOCKER_EXEC: x')).toEqual({ onFunction: {}, inImage: {}, secret: [] });
  });
});
