/** What the image of a step is made of, and whether it is there. */
import { FdlError } from '../errors.ts';
import { type Memory, openMemory } from '../memory.ts';
import { archiveClient } from './archive.ts';
import { digestOf } from './digest.ts';
import { imageTag } from './identity.ts';
import { readPayload } from './layer/payload.ts';
import { payloadFolder, type StepFiles } from './layer/step-layers.ts';
import { PAYLOAD } from './layout.ts';
import type { Architecture } from './platform.ts';
import { formatReference, parseReference } from './reference.ts';
import type { RegistryClient } from './registry/client.ts';
import type { Repository } from './registry/endpoint.ts';
import { findDigest } from './registry/manifests.ts';

/** Node for composed images, where nobody names another: `FDL_RUNTIME_IMAGE`. */
export const DEFAULT_RUNTIME = 'public.ecr.aws/docker/library/node:22-bookworm-slim';

/** Bytes that an image on AWS Lambda may have, unpacked. Rule: AWS Lambda's quotas. */
export const LAMBDA_IMAGE_BYTES = 10 * 1024 ** 3;

export interface StepImage extends StepFiles {
  /** Name of the step: the tag begins with it. */
  readonly step: string;
  /** The user's image. */
  readonly base: string;
  /** The file that has the user's image; without it, a registry has it. */
  readonly archive?: string | undefined;
  /** The image that Node is taken from; with a digest to stay with it. */
  readonly runtime: string;
  readonly architecture: Architecture;
  readonly target: Repository;
  /**
   * Bytes that the image may have unpacked; no limit by default. Manifests tell only of packed layers: an image is
   * refused if these are larger, which is certainly too much.
   */
  readonly maxBytes?: number | undefined;
}

/** A step's image with the digests of what it is made of. */
export interface IdentifiedImage extends StepImage {
  readonly baseDigest: string;
  readonly runtimeDigest: string;
  /** Of the further files; absent where there are none. */
  readonly payloadDigest?: string | undefined;
  /** What the supervisor is told that results depend on: nothing that what the image is made of does not say. */
  readonly key?: string | undefined;
  readonly tag: string;
}

/**
 * Finds out what an image would be made of, with one HEAD request each for the user's image and, unless its digest is
 * given, the image that Node is taken from. Steps that share a memory have the same answer to the same name.
 * @throws FdlError `image-invalid`, `image-not-found`, `image-denied`, `payload-invalid`, `registry-failed`
 */
export async function identifyImage(
  client: RegistryClient,
  image: StepImage,
  memory: Memory = openMemory(),
): Promise<IdentifiedImage> {
  const { step, architecture, supervisor, script, configuration, payload } = image;
  const pinned = parseReference(image.runtime).digest;
  const [baseDigest, runtimeDigest, files] = await Promise.all([
    memory(image.archive ?? image.base, () => requireDigest(baseClient(client, image), image.base)),
    pinned ?? memory(image.runtime, () => requireDigest(client, image.runtime)),
    payload && readPayload(payload.source, payloadFolder(payload.target ?? PAYLOAD)),
  ]);
  const tag = imageTag(step, {
    architecture,
    base: baseDigest,
    runtime: runtimeDigest,
    supervisor: digestOf(supervisor),
    script: script && digestOf(script),
    payload: files?.digest,
    configuration,
  });
  return { ...image, baseDigest, runtimeDigest, payloadDigest: files?.digest, tag };
}

/** Where the user's image is read from. */
export function baseClient(client: RegistryClient, { archive }: Pick<StepImage, 'archive'>): RegistryClient {
  return archive === undefined ? client : archiveClient(client, archive);
}

/** The digest of a step's image, if it was composed before: one HEAD request. */
export function findComposed(
  client: RegistryClient,
  { target, tag }: IdentifiedImage,
): Promise<string | undefined> {
  return findDigest(client, { ...target, tag });
}

async function requireDigest(client: RegistryClient, name: string): Promise<string> {
  const reference = parseReference(name);
  const digest = await findDigest(client, reference);
  if (digest !== undefined) return digest;
  const hint = 'Check the name and the tag.';
  throw new FdlError('image-not-found', `there is no image ${formatReference(reference)}`, { hint });
}
