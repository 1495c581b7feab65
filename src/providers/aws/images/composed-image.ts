/** Whether the image of a step was composed before. */
import type { CallContext } from '../../../deploy/resource.ts';
import { formatReference } from '../../../image/reference.ts';
import type { RegistryClient } from '../../../image/registry/client.ts';
import { findComposed, type IdentifiedImage } from '../../../image/step-image.ts';
import type { Memory } from '../../../memory.ts';
import { remembered } from '../api/memory.ts';

interface Deps {
  readonly registry: () => Promise<RegistryClient>;
  readonly memory?: Memory | undefined;
}

/** The digest of a step's image, if it is there. */
export function composedDigest(
  { registry, ...deps }: Deps,
  image: IdentifiedImage,
  call: Pick<CallContext, 'planning'>,
): Promise<string | undefined> {
  const question = `image ${formatReference({ ...image.target, tag: image.tag })}`;
  return remembered(deps, call, question, async () => findComposed(await registry(), image));
}
