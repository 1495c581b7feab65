/**
 * ECR's operations on images, answered by what the registry has. Rules: BatchDeleteImage, DescribeImages and
 * ListImages in ECR's API reference.
 */
import { type ApiRequest, json, type Params, type Reply, type Rules, settled } from '../core/api.ts';
import { AwsFault } from '../core/fault.ts';
import { ACCOUNT, type World } from '../core/world.ts';
import type { Image, Images } from './images.ts';

/** Password of a registry without any. */
const PASSWORD = 'ecr-token';
const TOKEN_SECONDS = 12 * 3600;

export function ecrRules(world: World, images: Images): Rules {
  if (!world.settings.registry)
    return { 'ecr:GetAuthorizationToken': async (request) => token(world, request) };
  return {
    'ecr:GetAuthorizationToken': async (request) => token(world, request),
    'ecr:ListImages': (request) => listImages(images, request),
    'ecr:DescribeImages': (request) => describeImages(images, request),
    'ecr:BatchDeleteImage': (request) => batchDelete(images, request),
    'ecr:BatchGetImage': (request) => batchGet(images, request),
    'ecr:DeleteRepository': async ({ region, params }, next) => {
      const name = params['repositoryName'];
      if (!(await images.hasRepository(name, region))) return next();
      const held = await images.list(name);
      if (held.length > 0 && !params['force']) {
        const message = `The repository with name '${name}' in registry with id '${ACCOUNT}' cannot be deleted because it still contains images`;
        throw new AwsFault('RepositoryNotEmptyException', message);
      }
      const reply = await settled(await next());
      if (reply.status < 300) for (const { digest } of held) await images.removeDigest(name, digest);
      return reply;
    },
  };
}

function token({ settings }: World, { region }: ApiRequest): Reply {
  const login = settings.registry?.login ?? `AWS:${PASSWORD}`;
  const data = {
    authorizationToken: Buffer.from(login).toString('base64'),
    expiresAt: Math.floor(Date.now() / 1000) + TOKEN_SECONDS,
    proxyEndpoint: `https://${ACCOUNT}.dkr.ecr.${region}.amazonaws.com`,
  };
  return json({ authorizationData: [data] });
}

/** The images of the repository that a request names. @throws AwsFault `RepositoryNotFoundException` */
async function held(images: Images, { region, params }: ApiRequest): Promise<readonly Image[]> {
  const name = params['repositoryName'];
  if (await images.hasRepository(name, region)) return images.list(name);
  const message = `The repository with name '${name}' does not exist in the registry with id '${ACCOUNT}'`;
  throw new AwsFault('RepositoryNotFoundException', message);
}

interface ImageId {
  readonly imageDigest?: string;
  readonly imageTag?: string;
}

const DEFAULT_PAGE = 100;

/** One page, and where the next one begins. */
function page<T>(all: readonly T[], { nextToken, maxResults = DEFAULT_PAGE }: Params) {
  const start = nextToken ? Number(Buffer.from(nextToken, 'base64').toString()) : 0;
  const end = start + maxResults;
  const more = end < all.length && { nextToken: Buffer.from(String(end)).toString('base64') };
  return { items: all.slice(start, end), more };
}

async function listImages(images: Images, request: ApiRequest): Promise<Reply> {
  const untagged = request.params['filter']?.tagStatus === 'UNTAGGED';
  const all = untagged ? [] : await held(images, request);
  const ids = all.flatMap(({ digest, tags }) =>
    tags.map((imageTag): ImageId => ({ imageDigest: digest, imageTag })),
  );
  const { items, more } = page(ids, request.params);
  return json({ imageIds: items, ...more });
}

async function describeImages(images: Images, request: ApiRequest): Promise<Reply> {
  const all = await held(images, request);
  const wanted: readonly ImageId[] | undefined = request.params['imageIds'];
  const chosen = wanted?.map((id) => {
    const found = all.find((image) => isImage(image, id));
    if (!found)
      throw new AwsFault(
        'ImageNotFoundException',
        `The image with imageId ${JSON.stringify(id)} does not exist`,
      );
    return found;
  });
  const { items, more } = page(chosen ?? all, request.params);
  return json({ imageDetails: items.map((image) => details(image, request)), ...more });
}

function isImage({ digest, tags }: Image, { imageDigest, imageTag }: ImageId): boolean {
  return (
    (imageDigest === undefined || imageDigest === digest) &&
    (imageTag === undefined || tags.includes(imageTag))
  );
}

function details({ digest, tags, mediaType, body }: Image, { params }: ApiRequest) {
  const { layers = [] } = JSON.parse(body.toString());
  return {
    registryId: ACCOUNT,
    repositoryName: params['repositoryName'],
    imageDigest: digest,
    imageTags: tags,
    imageSizeInBytes: layers.reduce((sum: number, { size }: { size: number }) => sum + size, 0),
    imagePushedAt: Math.floor(Date.now() / 1000),
    imageManifestMediaType: mediaType,
  };
}

const MOST_IDS = 100;

async function batchDelete(images: Images, request: ApiRequest): Promise<Reply> {
  const name = request.params['repositoryName'];
  const wanted: readonly ImageId[] = request.params['imageIds'] ?? [];
  if (wanted.length === 0 || wanted.length > MOST_IDS) {
    throw new AwsFault('InvalidParameterException', `imageIds must have 1 to ${MOST_IDS} items`);
  }
  await held(images, request);
  const done: ImageId[] = [];
  const failures: object[] = [];
  for (const imageId of wanted) {
    const { imageTag, imageDigest = '' } = imageId;
    const gone = imageTag
      ? await images.removeTag(name, imageTag)
      : await images.removeDigest(name, imageDigest);
    if (gone) done.push(imageId);
    else failures.push({ imageId, failureCode: 'ImageNotFound', failureReason: 'Requested image not found' });
  }
  return json({ imageIds: done, failures });
}

async function batchGet(images: Images, request: ApiRequest): Promise<Reply> {
  const all = await held(images, request);
  const wanted: readonly ImageId[] = request.params['imageIds'] ?? [];
  const found = wanted.flatMap((imageId) => {
    const image = all.find((each) => isImage(each, imageId));
    return image ? [{ ...imageId, imageDigest: image.digest, image }] : [];
  });
  const failures = wanted
    .filter((id) => !all.some((image) => isImage(image, id)))
    .map((imageId) => ({
      imageId,
      failureCode: 'ImageNotFound',
      failureReason: 'Requested image not found',
    }));
  return json({
    images: found.map(({ image, ...imageId }) => ({
      ...{ registryId: ACCOUNT, repositoryName: request.params['repositoryName'], imageId },
      ...{ imageManifest: image.body.toString(), imageManifestMediaType: image.mediaType },
    })),
    failures,
  });
}
