/** The user's image under a step's image, and whether a step's image can be made of it. */
import { FdlError } from '../errors.ts';
import { commandOf } from './config.ts';
import { type Image, readImage } from './image.ts';
import { type Descriptor, familyOf, layersAs } from './manifest.ts';
import { formatReference, parseReference } from './reference.ts';
import type { RegistryClient } from './registry/client.ts';
import { baseClient, type IdentifiedImage } from './step-image.ts';

/**
 * Reads the manifest and the configuration of the user's image, and refuses what no step's image can be made of: so it
 * is known before anything is made.
 * @throws FdlError `image-not-found`, `image-denied`, `image-platform`, `image-unsupported`, `image-invalid`,
 *   `image-too-large`, `image-command-missing`, `registry-failed`
 */
export async function readBase(client: RegistryClient, image: IdentifiedImage): Promise<Image> {
  const reference = { ...parseReference(image.base), digest: image.baseDigest };
  const base = await readImage(baseClient(client, image), reference, image.architecture);
  checkSize(base.manifest.layers, image);
  if (commandOf(base).length === 0 && !image.script) {
    throw new FdlError('image-command-missing', `the image ${image.base} has no command of its own`, {
      hint: `Give the step "${image.step}" a script, or the image an ENTRYPOINT or CMD.`,
    });
  }
  baseLayers(base);
  return base;
}

/** The layers of the user's image as those of a step's image name them. @throws FdlError `image-unsupported` */
export function baseLayers(base: Image): readonly Descriptor[] {
  return layersAs(familyOf(base.manifest), base.manifest.layers, formatReference(base.reference));
}

/**
 * What is refused here is too large for certain; what is not may still be refused by AWS Lambda: see `maxBytes`.
 * @throws FdlError `image-too-large`
 */
export function checkSize(
  layers: readonly Descriptor[],
  { base, maxBytes = Number.POSITIVE_INFINITY }: IdentifiedImage,
): void {
  const bytes = layers.reduce((sum, { size }) => sum + size, 0);
  if (bytes <= maxBytes) return;
  const gib = (count: number) => `${(count / 1024 ** 3).toFixed(1)} GiB`;
  const message = `the image ${base} has ${gib(bytes)} packed, and at most ${gib(maxBytes)} unpacked are possible`;
  throw new FdlError('image-too-large', message, {
    hint: 'Make the image smaller, or run the step on AWS Batch (execution_mode: batch).',
    details: { bytes, maxBytes },
  });
}
