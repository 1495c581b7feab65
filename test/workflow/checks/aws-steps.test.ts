/** What AWS cannot have of a step, or of two beside each other, and only `plan` would find out otherwise. */
import { describe } from 'vitest';
import { onAws } from '../../fdl/read-text.ts';
import { finds } from './rows.ts';

const IMAGE = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/mine:1';
const given = (more: string, fields = '') =>
  onAws(more).replace('busybox', `${IMAGE}\n        create_image: false\n        ${fields}`);
const job = (more: string, batch: string) => onAws(`execution_mode: batch\n${more}`, `batch: {${batch}}`);

/** Functions in a line each, the first on line 3. */
const several = (...steps: readonly string[]) =>
  ['functions:', '  aws:', ...steps.map((step) => `  - lambda: {container: {image: a}, ${step}}`), ''].join(
    '\n',
  );
const input = 'input: [{storage_provider: s3, path: shop/in}]';

describe('images of registries of AWS', () => {
  finds('image-secrets', 'cloud', [
    ['a secret variable', given('', 'environment: {Secrets: {A: b}}'), ['8 false'], 'does not fetch them'],
    ['a variable', given('', 'environment: {Variables: {A: b}}'), []],
  ]);
  finds('image-region', 'cloud', [
    ['of another region', given('region: us-east-1'), ['7 1234'], 'runs in us-east-1'],
    ['of the region', given('region: eu-west-1'), []],
    ['where only the environment says the region', given(''), []],
  ]);
});

describe('secrets', () => {
  const secret = (bytes: number) =>
    onAws().replace('busybox', `busybox\n        environment: {Secrets: {A: ${'x'.repeat(bytes)}}}`);
  finds('secrets-too-large', 'cloud', [
    ['just what a parameter holds', secret(8192 - '{"environment":{"A":""},"stores":{}}'.length), []],
    ['one byte more', secret(8193 - '{"environment":{"A":""},"stores":{}}'.length), ['3:5'], '8193 bytes'],
  ]);
});

describe('roles', () => {
  finds('role-invalid', 'cloud', [
    ['a placeholder', onAws('', 'iam: {role: "arn:aws:iam::XXXX:role/me"}'), ['8 "arn'], 'no ARN of IAM'],
    [
      'with the account that is deployed to',
      onAws('', 'iam: {role: "arn:aws:iam::{account_id}:role/me"}'),
      [],
    ],
    ['of AWS itself', onAws('', 'iam: {permissions_boundary: "arn:aws:iam::aws:policy/X"}'), []],
    ['a boundary', onAws('', 'iam: {permissions_boundary: me}'), ['8 me']],
    ['of machines', job('', 'compute_resources: {instance_role: my-profile}'), ['9 my-profile']],
    ['of machines that there are not', onAws('', 'batch: {service_role: me}'), []],
  ]);
});

describe('processors', () => {
  const resources = 'compute_resources: {instance_types: [g5g.xlarge]}';
  finds('gpu-processor', 'cloud', [
    ['a GPU and ARM', job('architectures: [ARM64]', `enable_gpu: true, ${resources}`), ['9 architectures']],
    ['ARM alone', job('architectures: [arm64]', 'vcpus: 1'), []],
  ]);
});

describe('steps beside each other', () => {
  finds('name-taken', 'cloud', [
    [
      'the name of what catches failures',
      several('name: a, execution_mode: lambda-batch', 'name: a-gateway'),
      ['4 a-gateway'],
      'what "a" fails on',
    ],
    ['without jobs', several('name: a', 'name: a-gateway'), []],
  ]);
  finds('bucket-regions', 'cloud', [
    [
      'a bucket that starts steps in two regions',
      several(`name: a, region: eu-west-1, ${input}`, `name: b, region: us-east-2, ${input}`),
      ['4 shop/in'],
      '"a" in eu-west-1 and "b" in us-east-2',
    ],
    [
      'where only the environment says a region',
      several(`name: a, ${input}`, `name: b, region: us-east-2, ${input}`),
      [],
    ],
  ]);
});
