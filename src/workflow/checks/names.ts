/** Names that a store would refuse, and what is wrong with names. */
import { BUCKET_NAMES, isBucketName } from '../../storage/bucket-name.ts';
import { isStoreKind, kindOfStore } from '../../storage/kinds.ts';
import { type Check, problem } from '../check.ts';
import type { Folder } from '../model.ts';

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
      return problem(step, 'bucket-name', `"${bucket}" is no name for a bucket`, place, BUCKET_NAMES);
    }),
  );

function isRefused({ store, bucket }: Folder): boolean {
  const kind = store.split('.')[0] ?? '';
  return hasBuckets(kind) && !isBucketName(bucket);
}
