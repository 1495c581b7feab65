/** Names that a cloud would refuse. */
import type { Folder, Step } from '../model.ts';
import { type Check, problem } from './context.ts';

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
const LAMBDA_NAME = /^[A-Za-z0-9_-]{1,64}$/;
const LONGEST_SERVICE_NAME = 39;
/** OSCAR: 39 characters; Kubernetes: a DNS label, https://datatracker.ietf.org/doc/html/rfc1123 */
const SERVICE_NAME = /^[a-z0-9]([a-z0-9-]{0,37}[a-z0-9])?$/;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html; MinIO follows it. */
const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const NO_BUCKET = /\.\.|^\d+\.\d+\.\d+\.\d+$|^xn--|-s3alias$|^sthree-/;

const functionNames: Check = ({ workflow, at }) =>
  workflow.steps.flatMap((step) => {
    if (step.provider !== 'aws' || LAMBDA_NAME.test(step.name)) return [];
    const message = `"${step.name}" is no name for a function: ${lengthOr(step.name, 64, 'it has other characters')}`;
    const hint = 'Use up to 64 letters, digits, "-" and "_".';
    return [problem(step, 'function-name', message, at(step, 'lambda', 'name'), hint)];
  });

const serviceNames: Check = ({ workflow, at }) =>
  workflow.steps.flatMap((step) => {
    if (step.provider !== 'oscar' || SERVICE_NAME.test(step.name)) return [];
    const why = lengthOr(step.name, 39, 'it has other characters than a Kubernetes name');
    const message = `"${step.name}" is no name for a service: ${why}`;
    const hint = `Use up to 39 lower-case letters, digits and "-"${suggested(step)}.`;
    return [problem(step, 'service-name', message, at(step, 'name'), hint)];
  });

function lengthOr(name: string, max: number, otherwise: string): string {
  return name.length > max ? `it has ${name.length} characters, ${max} are allowed` : otherwise;
}

function suggested({ name }: Step): string {
  const better = name
    .slice(0, 2 * LONGEST_SERVICE_NAME)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, LONGEST_SERVICE_NAME)
    .replace(/-+$/, '');
  return SERVICE_NAME.test(better) && better !== name ? `, such as ${better}` : '';
}

const bucketNames: Check = ({ workflow }) =>
  workflow.steps.flatMap((step) =>
    [...step.inputs, ...step.outputs].filter(isRefused).map(({ bucket, place }) => {
      const hint =
        'Use 3 to 63 lower-case letters, digits, "." and "-", with a letter or digit at both ends.';
      return problem(step, 'bucket-name', `"${bucket}" is no name for a bucket`, place, hint);
    }),
  );

function isRefused({ store, bucket }: Folder): boolean {
  const named = store.startsWith('s3.') || store.startsWith('minio.');
  return named && (!BUCKET_NAME.test(bucket) || NO_BUCKET.test(bucket));
}

export const nameChecks: readonly Check[] = [functionNames, serviceNames, bucketNames];
