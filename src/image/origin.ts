/** What a composed image was made of. */
import { BASE_NAME, RUNTIME } from './config.ts';
import { readImage } from './image.ts';
import type { Architecture } from './platform.ts';
import type { ImageReference } from './reference.ts';
import type { RegistryClient } from './registry/client.ts';

interface Origin {
  /** The user's image, with its digest. */
  readonly base: string;
  /** The image that Node was taken from, with its digest. */
  readonly runtime: string;
}

/**
 * Reads what a composed image says of itself, with two requests: a plan that keeps the runtime of what is deployed
 * names it as `runtime`. Nothing where the image is not one of ours.
 * @throws FdlError `image-not-found`, `image-denied`, `image-platform`, `image-unsupported`, `registry-failed`
 */
export async function readOrigin(
  client: RegistryClient,
  reference: ImageReference,
  architecture: Architecture,
): Promise<Origin | undefined> {
  const { config } = await readImage(client, reference, architecture);
  const { [BASE_NAME]: base, [RUNTIME]: runtime } = config.config?.Labels ?? {};
  return base === undefined || runtime === undefined ? undefined : { base, runtime };
}
