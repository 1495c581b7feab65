/**
 * Fetches images from the registry that stands for ECR, each once. Rule: "CannotPullContainer task errors" in the
 * developer guide of ECS.
 */
import { AwsFault } from '../core/fault.ts';
import type { World } from '../core/world.ts';
import type { Images } from '../ecr/images.ts';

export interface Puller {
  /** Fetches an image of ECR, and answers its name for podman. @throws AwsFault */
  pull(uri: string): Promise<string>;
}

export function openPuller({ settings, onStop }: World, images: Images): Puller {
  const pulled = new Map<string, Promise<string>>();
  const { podman, registry } = settings;
  onStop(async () => {
    const names = (await Promise.allSettled(pulled.values())).flatMap((each) =>
      each.status === 'fulfilled' ? [each.value] : [],
    );
    if (names.length > 0) await podman?.run(['rmi', '--force', ...names]);
  });
  const fetchImage = async (uri: string): Promise<string> => {
    const name = images.reference(uri);
    const login = registry?.login === undefined ? [] : [`--creds=${registry.login}`];
    const result = await podman?.run(['pull', '--quiet', '--tls-verify=false', ...login, name]);
    if (result?.code === 0) return name;
    throw new AwsFault('CannotPullContainerError', result?.stderr ?? 'there is no podman', 500);
  };
  return {
    pull: (uri) => {
      // A tag may be moved.
      const known = (uri.includes('@') ? pulled.get(uri) : undefined) ?? fetchImage(uri);
      pulled.set(uri, known);
      known.catch(() => pulled.delete(uri));
      return known;
    },
  };
}
