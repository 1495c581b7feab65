/** Images of steps in a repository: made of the user's image and what runs it. */
import type { CallContext, ResourceKind } from '../../../../deploy/resource.ts';
import { comparisonOf, IDENTITY, type Rules } from '../../../../deploy/rules.ts';
import type { BlobProgress } from '../../../../image/blob-copy.ts';
import { formatRepository, type Repository } from '../../../../image/registry/endpoint.ts';
import type { IdentifiedImage } from '../../../../image/step-image.ts';
import { composedDigest } from '../../images/composed-image.ts';
import type { Site } from '../../site.ts';
import { changesOf } from '../changes.ts';
import type { AwsDeps } from '../deps.ts';

/** What an image is made of, and where it is. */
export type ImageProps = {
  readonly site: Site;
  readonly step: string;
  /** Name of the repository. */
  readonly repository: string;
  /** Host of the repository. */
  readonly registry: string;
  /** Stands for everything that the image is made of. */
  readonly tag: string;
  /** The user's image, with its digest. */
  readonly base: string;
  /** Digest of the image that Node was taken from. */
  readonly runtime: string;
  /** The image that the step runs now. */
  readonly previous?:
    | { readonly uri: string; readonly tag: string; readonly base: string; readonly runtime: string }
    | undefined;
};

export type ImageAttrs = Omit<ImageProps, 'previous'> & {
  /** The image by its digest. */
  readonly uri: string;
  readonly digest: string;
};

const RULES: Rules<ImageProps> = {
  site: IDENTITY,
  step: IDENTITY,
  registry: { by: 'compose' },
  repository: { by: 'compose' },
  base: { by: 'compose' },
  runtime: { by: 'compose' },
  tag: { by: 'compose' },
  previous: { ignored: 'it is what the step runs as long as its image is not there' },
};

/** Images go with their repository, and those that no step uses any more by a kind of their own. */
export function imageKind(deps: AwsDeps): ResourceKind<ImageProps, ImageAttrs> {
  return {
    title: 'image',
    rank: 86,
    volatile: ['uri', 'digest', 'tag', 'base', 'runtime'],
    async read(props, call) {
      const image = deps.images.get(props.tag);
      const registry = async () => (await deps.registry()).client;
      const digest = image && (await composedDigest({ ...deps, registry }, image, call));
      const attrs = digest === undefined ? previousAttrs(props) : imageAttrs(props, digest);
      return attrs && { owned: true, attrs };
    },
    rules: RULES,
    changes: (props, attrs) => changesOf(props, attrs, comparisonOf(RULES)),
    async reconcile(props, call) {
      return imageAttrs(props, await compose(deps, identified(deps, props), call));
    },
    delete: async () => undefined,
    list: async () => [],
  };
}

function identified({ images }: AwsDeps, { tag }: ImageProps): IdentifiedImage {
  const image = images.get(tag);
  if (!image) throw new TypeError(`nobody knows what the image ${tag} is made of`);
  return image;
}

/** Answers the digest. */
async function compose({ registry }: AwsDeps, image: IdentifiedImage, call: CallContext): Promise<string> {
  const { composer, watch } = await registry();
  call.signal.throwIfAborted();
  const stop = watch(transferProgress(image.target, call.progress));
  try {
    return await composer.compose(image);
  } catch (thrown) {
    call.signal.throwIfAborted();
    throw thrown;
  } finally {
    stop();
  }
}

function imageAttrs({ previous, ...props }: ImageProps, digest: string): ImageAttrs {
  const { registry, repository } = props;
  return { ...props, digest, uri: `${registry}/${repository}@${digest}` };
}

/** What the step runs as long as its new image is not there: an update then shows what changes. */
function previousAttrs({ previous, ...props }: ImageProps): ImageAttrs | undefined {
  const [, registry, repository, digest] =
    /^([^/]+)\/(.+)@(sha256:[0-9a-f]+)$/.exec(previous?.uri ?? '') ?? [];
  if (!previous || registry === undefined || repository === undefined || digest === undefined)
    return undefined;
  return { ...props, ...previous, registry, repository, digest };
}

/** Bytes. */
const MB = 1_000_000;
/** Bytes that are worth a message. */
const STEP = 10 * MB;
/** Bytes; less in all is sent before anybody has read of it. */
const LITTLE = MB / 2;

/**
 * Adds up what is sent to a repository, and says so after every 10 MB and at the end: `sent 120 of 340 MB`. What all
 * images of a repository have in common is sent once, so the sum is theirs together.
 */
export function transferProgress(
  at: Repository,
  progress: (message: string) => void,
): (event: BlobProgress) => void {
  const blobs = new Map<string, { readonly sent: number; readonly size: number }>();
  let said = '';
  return ({ at: target, digest, size, sent, state }) => {
    // What is there already needs no time.
    if (formatRepository(target) !== formatRepository(at) || state === 'present' || state === 'mounted')
      return;
    blobs.set(digest, { sent, size });
    const [done, all] = [sum(blobs, 'sent'), sum(blobs, 'size')];
    const shown = done === all ? done : Math.floor(done / STEP) * STEP;
    const message = `sent ${inMegabytes(shown)} of ${inMegabytes(all)} MB of images`;
    if (all >= LITTLE && shown > 0 && message !== said) progress(message);
    said = message;
  };
}

function sum(
  blobs: ReadonlyMap<string, { readonly sent: number; readonly size: number }>,
  field: 'sent' | 'size',
): number {
  return [...blobs.values()].reduce((total, blob) => total + blob[field], 0);
}

function inMegabytes(bytes: number): string {
  return bytes < STEP ? (bytes / MB).toFixed(1) : String(Math.round(bytes / MB));
}
