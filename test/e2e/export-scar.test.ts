/** `fdl export aws`: functions as SCAR makes them become a file that `validate` takes. */
import path from 'node:path';
import { CreateFunctionCommand } from '@aws-sdk/client-lambda';
import { dump } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Aws, startAws } from '../standins/aws/index.ts';
import { needs } from '../standins/need.ts';
import { clientsOf, makeRole, zipFunction, zipOf } from './aws-lab.ts';
import { fdl, fdlJson } from './fdl.ts';
import { project, write } from './project.ts';

const SCRIPT = '#!/bin/sh\n# ${env:HOME} as it is\nconvert "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/x.png"\n';

/** What SCAR 5.0 keeps of a function: `create_function_config` of its sources, with its defaults. */
const CONFIG = {
  storage_providers: {
    minio: { lab: { endpoint: 'https://minio.example.org', access_key: 'me', secret_key: 'q7ns3cret' } },
  },
  name: 'gray',
  region: 'us-east-1',
  boto_profile: 'default',
  execution_mode: 'lambda',
  timeout: 120,
  memory: 1024,
  description: 'Automatically generated lambda function',
  runtime: 'python3.7',
  layers: ['arn:aws:lambda:us-east-1:111111111111:layer:faas-supervisor:1'],
  invocation_type: 'RequestResponse',
  asynchronous: false,
  log_type: 'Tail',
  log_level: 'INFO',
  environment: { Variables: { UDOCKER_BIN: '/opt/udocker/bin/', IMAGE_ID: 'grycap/imagemagick' } },
  deployment: { max_payload_size: 52428800, max_s3_payload_size: 262144000 },
  container: {
    environment: { Variables: { MODE: 'gray', API_TOKEN: 'q7ns3cret' } },
    timeout_threshold: 10,
    image: 'grycap/imagemagick',
  },
  supervisor: { version: '1.4.2', layer_name: 'faas-supervisor', license_info: 'Apache 2.0' },
  init_script: 'gray.sh',
  input: [{ storage_provider: 's3', path: 'gray-b81c/input', suffix: ['jpg'] }],
  output: [
    { storage_provider: 's3', path: 'gray-b81c/output' },
    { storage_provider: 'minio.lab', path: 'gray/output' },
  ],
  tags: { createdby: 'scar', owner: 'ada' },
  handler: 'gray.lambda_handler',
  arn: '',
};

describe.skipIf(!needs('moto'))('functions that SCAR made', () => {
  let aws: Aws;

  beforeAll(async () => {
    aws = await startAws({ delays: { pending: 0, update: 0, role: 0 } });
    const clients = clientsOf(aws);
    const role = await makeRole(clients, { name: 'scar' });
    const make = (name: string, config: object, tags: Readonly<Record<string, string>>) => {
      const FDL = Buffer.from(dump(config)).toString('base64');
      const Variables = { UDOCKER_BIN: '/opt/udocker/bin/', IMAGE_ID: 'grycap/imagemagick', FDL };
      const given = { ...zipFunction(name, role, zipOf('gray.sh', SCRIPT)), Tags: tags };
      const more = { Environment: { Variables }, Timeout: 120, MemorySize: 1024 };
      return clients.lambda.send(new CreateFunctionCommand({ ...given, ...more }));
    };
    await make('gray', CONFIG, CONFIG.tags);
    await make(
      'jobs',
      { ...CONFIG, execution_mode: 'batch', init_script: 'other.sh', input: [] },
      CONFIG.tags,
    );
    await make('theirs', CONFIG, { owner: 'ada' });
  });

  afterAll(() => aws?.stop());

  it('are one file with their scripts, without secrets, which validate takes', async () => {
    const cwd = project({});
    const options = { cwd, env: aws.env };
    const { json, stdout, stderr, code } = await fdlJson<{ readonly definition: object }>(
      ['export', 'aws', '-o', 'workflow.yaml'],
      options,
    );
    expect(code, stderr).toBe(0);
    expect(stdout + stderr).not.toContain('q7ns3cret');
    expect(json.definition).toEqual({
      name: 'scar',
      functions: {
        aws: [
          {
            lambda: {
              name: 'gray',
              memory: 1024,
              timeout: 120,
              input: CONFIG.input,
              output: CONFIG.output,
              container: {
                image: 'grycap/imagemagick',
                environment: { Variables: { MODE: 'gray', API_TOKEN: '${env:GRAY_API_TOKEN}' } },
              },
              init_script: SCRIPT,
            },
          },
          {
            lambda: expect.objectContaining({
              name: 'jobs',
              execution_mode: 'batch',
              init_script: 'other.sh',
            }),
          },
        ],
      },
      storage_providers: expect.anything(),
    });
    for (const note of [
      'set GRAY_API_TOKEN',
      'set MINIO_LAB_SECRET_KEY',
      'put it beside, as other.sh',
      'scar rm',
    ])
      expect(stderr).toContain(note);
    write(cwd, { 'other.sh': SCRIPT });
    const valid = await fdl(['validate', 'workflow.yaml'], {
      cwd,
      env: {
        ...aws.env,
        GRAY_API_TOKEN: 'x',
        JOBS_API_TOKEN: 'x',
        MINIO_LAB_ACCESS_KEY: 'x',
        MINIO_LAB_SECRET_KEY: 'x',
      },
    });
    expect(valid.code, valid.stdout).toBe(0);
    const elsewhere = await fdlJson(['export', 'aws'], { cwd, env: { ...aws.env, AWS_REGION: 'eu-west-1' } });
    expect([elsewhere.code, elsewhere.json]).toMatchObject([1, { error: { code: 'nothing-to-export' } }]);
    expect(path.isAbsolute(String((json as { file?: string }).file))).toBe(true);
  });
});
