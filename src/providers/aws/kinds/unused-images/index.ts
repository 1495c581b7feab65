/** Images in a repository of ours that no step uses any more. */
import {
  type CallContext,
  type Change,
  type Observed,
  Ref,
  type ResourceKind,
} from '../../../../deploy/resource.ts';
import { IDENTITY, type Rules } from '../../../../deploy/rules.ts';
import { FdlError } from '../../../../errors.ts';
import { isImageTag, isRuntimeTag } from '../../../../image/identity.ts';
import { unlessMissing } from '../../api/errors.ts';
import type { Site } from '../../site.ts';
import type { AwsDeps } from '../deps.ts';

export type UnusedImagesProps = {
  readonly site: Site;
  /** Name of the repository. */
  readonly repository: string;
  /** Tags in use: of images, and of the images that Node comes from. */
  readonly keep: readonly (Ref | string | readonly string[])[];
  /** Steps whose old images stay too. */
  readonly keepSteps: readonly string[];
};

export type UnusedImagesAttrs = Pick<UnusedImagesProps, 'site' | 'repository'> & {
  /** The tags in the repository that are of steps in the file, or of images that Node comes from. */
  readonly tags: readonly string[];
};

const RULES: Rules<UnusedImagesProps> = {
  site: IDENTITY,
  repository: IDENTITY,
  keep: { by: 'removal', as: 'tags' },
  keepSteps: { by: 'removal', as: 'tags' },
};

/** Images at a time. Rule: BatchDeleteImage takes 100. */
const BATCH = 100;

/**
 * Nothing of its own: what is unused is a difference, and removing it the update. The images of steps that are not in the
 * file stay until the repository goes: what is deployed of such a step may still run them.
 */
export function unusedImagesKind(deps: AwsDeps): ResourceKind<UnusedImagesProps, UnusedImagesAttrs> {
  const read = (props: UnusedImagesProps, call: CallContext) => readTags(deps, props, call);
  return {
    title: 'unused images',
    rank: 87,
    read,
    rules: RULES,
    changes: unusedChanges,
    async reconcile(props, call) {
      const { attrs } = await read(props, call);
      const unused = unusedTags(props, attrs);
      await deleteTags(deps, props, unused, call);
      return { ...attrs, tags: attrs.tags.filter((tag) => !unused.includes(tag)) };
    },
    delete: async () => undefined,
    list: async () => [],
  };
}

/** The tags that are not to be kept. While a tag in use is not known, none: it could be among them. */
function unusedTags({ keep, keepSteps }: UnusedImagesProps, { tags }: UnusedImagesAttrs): readonly string[] {
  if (keep.some((tag) => tag instanceof Ref)) return [];
  const kept = keep.flat();
  return tags.filter((tag) => !kept.includes(tag) && !keepSteps.some((step) => isImageTag(step, tag)));
}

function unusedChanges(props: UnusedImagesProps, attrs: UnusedImagesAttrs): readonly Change[] {
  return unusedTags(props, attrs).map((tag) => ({ path: `tags.${tag}`, before: tag, after: undefined }));
}

/** Whether a tag is of a step in the file, or of an image that Node comes from. */
function isOurs({ known }: AwsDeps, tag: string): boolean {
  const steps = known.flatMap(({ kind, props }) => (kind === 'aws/image' ? [String(props['step'])] : []));
  return isRuntimeTag(tag) || steps.some((step) => isImageTag(step, tag));
}

async function readTags(
  deps: AwsDeps,
  { site, repository: repositoryName }: UnusedImagesProps,
  { signal: abortSignal }: CallContext,
): Promise<Observed<UnusedImagesAttrs>> {
  const { sdk, client } = await deps.clients('ecr', site);
  const tags: string[] = [];
  let nextToken: string | undefined;
  do {
    const filter = { tagStatus: 'TAGGED' as const };
    const command = new sdk.ListImagesCommand({ repositoryName, filter, maxResults: 1000, nextToken });
    const page = await unlessMissing(client.send(command, { abortSignal }), 'RepositoryNotFoundException');
    tags.push(...(page?.imageIds ?? []).flatMap(({ imageTag }) => imageTag ?? []));
    nextToken = page?.nextToken;
  } while (nextToken);
  const ours = tags.filter((tag) => isOurs(deps, tag)).sort();
  return { owned: true, attrs: { site, repository: repositoryName, tags: ours } };
}

async function deleteTags(
  { clients }: AwsDeps,
  { site, repository: repositoryName }: UnusedImagesProps,
  tags: readonly string[],
  { signal: abortSignal }: CallContext,
): Promise<void> {
  const { sdk, client } = await clients('ecr', site);
  for (let start = 0; start < tags.length; start += BATCH) {
    const imageIds = tags.slice(start, start + BATCH).map((imageTag) => ({ imageTag }));
    const command = new sdk.BatchDeleteImageCommand({ repositoryName, imageIds });
    const { failures = [] } = await client.send(command, { abortSignal });
    const failure = failures.find(({ failureCode }) => failureCode !== 'ImageNotFound');
    if (failure) throw undeleted(repositoryName, failure.imageId?.imageTag, failure.failureReason);
  }
}

function undeleted(repository: string, tag = '', why = 'AWS gives no reason'): FdlError {
  return new FdlError('image-not-deleted', `the image ${repository}:${tag} cannot be deleted: ${why}`, {
    hint: 'Mend what AWS says, and apply again.',
  });
}
