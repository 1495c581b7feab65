/** The images of ECR: what a registry has in the repositories that moto knows. */
import type { World } from '../core/world.ts';
import { ACCOUNT } from '../core/world.ts';
import { parameter } from '../lambda/limits.ts';
import { type Manifest, type RegistryClient, registryClient } from './registry-client.ts';

/** An image with all its tags. */
export interface Image extends Manifest {
  readonly tags: readonly string[];
}

export interface Images {
  /** All images of a repository that have a tag. */
  list(repository: string): Promise<readonly Image[]>;
  /** Removes one tag; an image goes with its last one. */
  removeTag(repository: string, tag: string): Promise<boolean>;
  removeDigest(repository: string, digest: string): Promise<boolean>;
  /** Whether ECR has the repository, in a region or in any. */
  hasRepository(name: string, region?: string): Promise<boolean>;
  /** An image as Lambda takes it. @throws AwsFault */
  forLambda(region: string, uri: string): Promise<{ readonly uri: string; readonly resolved: string }>;
  /** How to pull an image: the name of it in the registry that stands for ECR. */
  reference(uri: string): string;
}

const NOWHERE: RegistryClient = {
  tags: async () => [],
  manifest: async () => undefined,
  put: async () => {},
  remove: async () => {},
};

/** Images of the registry of the settings; none without one. */
export function openImages(world: World, regions: () => readonly string[]): Images {
  const { registry } = world.settings;
  const client = registry ? registryClient(registry) : NOWHERE;
  const hasRepository = async (name: string, region?: string) => {
    const asked = region ? [region] : regions();
    const found = await Promise.all(asked.map((each) => isInMoto(world, each, name)));
    return found.includes(true);
  };
  return {
    list: (repository) => listImages(client, repository),
    removeTag: (repository, tag) => removeTag(client, repository, tag),
    removeDigest: async (repository, digest) => {
      const found = await client.manifest(repository, digest);
      if (found) await client.remove(repository, digest);
      return found !== undefined;
    },
    hasRepository,
    forLambda: async (region, uri) => {
      const { repository, reference } = parseUri(region, uri);
      if (!registry) return { uri, resolved: uri };
      const found =
        (await hasRepository(repository, region)) && (await client.manifest(repository, reference));
      if (!found) throw parameter(`Source image ${uri} does not exist. Provide a valid source image.`);
      checkForLambda(found);
      return { uri, resolved: `${uri.split('/')[0]}/${repository}@${found.digest}` };
    },
    reference: (uri) => {
      const host = registry ? new URL(registry.url).host : 'nowhere.invalid';
      return uri.replace(/^[^/]+/, host);
    },
  };
}

async function isInMoto({ moto }: World, region: string, name: string): Promise<boolean> {
  const target = 'AmazonEC2ContainerRegistry_V20150921.DescribeRepositories';
  const { ok } = await moto.ask({ service: 'ecr', region, target, body: { repositoryNames: [name] } });
  return ok;
}

/** Repository and tag or digest of an image in the account's own registry of the region. */
function parseUri(region: string, uri: string): { readonly repository: string; readonly reference: string } {
  const match =
    /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/([^:@]+)(?:@(sha256:[a-f0-9]{64})|:([\w.-]{1,128}))$/.exec(
      uri,
    );
  const [, account, where, repository = '', digest, tag] = match ?? [];
  if (!match) throw parameter(`Source image ${uri} is not valid. Provide a valid source image.`);
  if (account !== ACCOUNT || where !== region) {
    throw parameter(
      `Source image ${uri} is not valid: images must be in the region of the function, ${region}.`,
    );
  }
  return { repository, reference: digest ?? tag ?? '' };
}

/**
 * Lambda takes images of one platform, all of one family; layers that are not packed only of OCI, and none packed by zstd.
 * Rules: Lambda's developer guide, "Create a Lambda function using a container image"; for plain layers of Docker
 * https://github.com/bazel-contrib/rules_aws/pull/145.
 */
function checkForLambda({ mediaType, body }: Manifest): void {
  const { config, layers = [] } = JSON.parse(body.toString());
  const isOci = mediaType.includes('vnd.oci.');
  const family = isOci ? 'vnd.oci.' : 'vnd.docker.';
  const packed = isOci ? /tar(\+gzip)?$/ : /tar\.gzip$/;
  const types: readonly string[] = layers.map((layer: { mediaType: string }) => layer.mediaType);
  const legal = types.every((type) => type.includes(family) && packed.test(type));
  if (config && legal && config.mediaType.includes(family)) return;
  throw parameter('The image manifest, config or layer media type for the source image is not supported.');
}

async function listImages(client: RegistryClient, repository: string): Promise<readonly Image[]> {
  const byDigest = new Map<string, Image>();
  for (const tag of await client.tags(repository)) {
    const found = await client.manifest(repository, tag);
    if (!found) continue;
    const tags = [...(byDigest.get(found.digest)?.tags ?? []), tag];
    byDigest.set(found.digest, { ...found, tags });
  }
  return [...byDigest.values()];
}

async function removeTag(client: RegistryClient, repository: string, tag: string): Promise<boolean> {
  const image = (await listImages(client, repository)).find(({ tags }) => tags.includes(tag));
  if (!image) return false;
  // Registries delete by digest alone: the other tags are put back.
  await client.remove(repository, image.digest);
  for (const other of image.tags.filter((each) => each !== tag)) await client.put(repository, other, image);
  return true;
}
