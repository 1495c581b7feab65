/** Buckets as folders. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Found, ResourceKind } from '../../../deploy/resource.ts';
import { IDENTITY, type Rules } from '../../../deploy/rules.ts';
import type { LocalHome } from '../home.ts';
import { keptFolders, names } from './kept-folder.ts';

export type BucketProps = {
  readonly namespace: string;
  readonly bucket: string;
};

const RULES: Rules<BucketProps> = {
  namespace: IDENTITY,
  bucket: IDENTITY,
};

/** The id of a bucket's resource. */
export function bucketId(workflow: string, { namespace, bucket }: BucketProps): string {
  return `local/${workflow}/bucket/${namespace}/${bucket}`;
}

/** The buckets of a home. */
export function bucketKind(
  home: LocalHome,
  options: { readonly deleteData: boolean },
): ResourceKind<BucketProps, BucketProps> {
  return keptFolders(home, options, {
    title: 'bucket',
    rank: 2,
    rules: RULES,
    pathOf: ({ namespace, bucket }) => join(home.buckets, namespace, bucket),
    make: (path) => void mkdirSync(path, { recursive: true }),
    async list(workflow) {
      return names(home.buckets).flatMap((namespace) =>
        names(join(home.buckets, namespace)).map((bucket): Found<BucketProps> => {
          const attrs = { namespace, bucket };
          return { id: bucketId(workflow, attrs), attrs };
        }),
      );
    },
  });
}
