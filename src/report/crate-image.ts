/** Container images in an RO-Crate. */
import { parseReference } from '../image/reference.ts';
import type { Entity } from './entity.ts';

/** The image of a step; none where its name is none. */
export function containerEntity(image: string): readonly Entity[] {
  try {
    const { registry, repository, tag, digest } = parseReference(image);
    return [
      {
        '@id': `#image-${encodeURIComponent(image)}`,
        '@type': 'ContainerImage',
        additionalType: { '@id': 'https://w3id.org/ro/terms/workflow-run#DockerImage' },
        registry,
        name: repository,
        ...(tag !== undefined && { tag }),
        ...(digest?.startsWith('sha256:') && { sha256: digest.slice('sha256:'.length) }),
      },
    ];
  } catch {
    return [];
  }
}
