/** Names that a store would refuse, and what is wrong with names. */
import { isStoreKind, kindOfStore } from '../../storage/kinds.ts';
import { type Check, problem } from '../check.ts';
import type { Folder } from '../model.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html; MinIO follows it. */
const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const NO_BUCKET = /\.\.|^\d+\.\d+\.\d+\.\d+$|^xn--|-s3alias$|^sthree-/;

/** Whether paths of stores of a kind start with the name of a bucket. */
export function hasBuckets(kind: string): boolean {
  return isStoreKind(kind) && kindOfStore(kind).hasBuckets === true;
}

/** Why a name is refused: its length, or else `otherwise`. */
export function lengthOr(name: string, max: number, otherwise: string): string {
  return name.length > max ? `it has ${name.length} characters, ${max} are allowed` : otherwise;
}

export const bucketNames: Check = ({ workflow }) =>
  workflow.steps.flatMap((step) =>
    [...step.inputs, ...step.outputs].filter(isRefused).map(({ bucket, place }) => {
      const hint =
        'Use 3 to 63 lower-case letters, digits, "." and "-", with a letter or digit at both ends.';
      return problem(step, 'bucket-name', `"${bucket}" is no name for a bucket`, place, hint);
    }),
  );

function isRefused({ store, bucket }: Folder): boolean {
  const kind = store.split('.')[0] ?? '';
  return hasBuckets(kind) && (!BUCKET_NAME.test(bucket) || NO_BUCKET.test(bucket));
}
