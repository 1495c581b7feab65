/** Tags of environments, queues and job definitions of AWS Batch. */
import type { CallContext } from '../../../../deploy/resource.ts';
import { tagSync } from '../../api/tag-sync.ts';
import type { Tags } from '../../api/tags.ts';
import type { Batch } from './jobs.ts';

/** Sets and removes what differs. */
export async function syncBatchTags(
  { sdk, client }: Batch,
  { arn: resourceArn, tags: found }: { readonly arn: string; readonly tags: Tags },
  wanted: Tags,
  { signal: abortSignal }: CallContext,
): Promise<void> {
  const { set: tags, remove: tagKeys } = tagSync(wanted, found);
  if (Object.keys(tags).length > 0) {
    await client.send(new sdk.TagResourceCommand({ resourceArn, tags }), { abortSignal });
  }
  if (tagKeys.length > 0) {
    await client.send(new sdk.UntagResourceCommand({ resourceArn, tagKeys: [...tagKeys] }), { abortSignal });
  }
}
