/** The volumes of who is logged in to a cluster: disks that outlast the services that attach them. */
import { FdlError } from '../../../errors.ts';
import type { VolumeAnswer } from '../api/answers.ts';
import type { OscarClient } from '../api/calls.ts';
import { OscarError } from '../api/error.ts';
import { parseQuantity } from '../dialect/quantity.ts';
import { since } from './services.ts';

export interface Volume {
  readonly name: string;
  /** As Kubernetes writes amounts: `1Gi`. */
  readonly size: string | undefined;
  /** The services that attach it. */
  readonly services: readonly string[];
}

/** Since OSCAR 4.0.0, where a cluster has volumes. */
export interface Volumes {
  /** By their names. */
  list(): Promise<readonly Volume[]>;
  /** @throws FdlError `volume-unknown` */
  read(name: string): Promise<Volume>;
  /** @throws FdlError `volume-exists`, `usage` where the size is none */
  create(name: string, size: string): Promise<Volume>;
  /** Removes a volume with all that is on it. */
  remove(name: string): Promise<void>;
}

export function openVolumes(client: OscarClient, signal: AbortSignal): Volumes {
  const known = <T>(ask: () => Promise<T>) => since('4.0.0', 'volumes', client.cluster, ask);
  return {
    list: async () => {
      const volumes = await known(() => client.volumes(signal));
      return volumes.map(volumeOf).sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    read: async (name) => {
      const volume = await known(() => client.volume(name, signal));
      if (volume) return volumeOf(volume);
      const hint = `fdl volume ls --cluster ${client.cluster} lists yours.`;
      throw new FdlError('volume-unknown', `cluster ${client.cluster} has no volume "${name}" of yours`, {
        hint,
      });
    },
    create: async (name, size) => {
      requireSize(size);
      try {
        return volumeOf(await known(() => client.createVolume(name, size, signal)));
      } catch (error) {
        if (!(error instanceof OscarError && error.code === 'oscar-conflict')) throw error;
        const message = `cluster ${client.cluster} has a volume "${name}" of yours already`;
        throw new FdlError('volume-exists', message, { hint: 'Choose another name.', cause: error });
      }
    },
    remove: (name) => client.removeVolume(name, signal),
  };
}

/** The smallest disk that anybody means: a number without a unit counts bytes. */
const LEAST_BYTES = 2 ** 20;

function requireSize(size: string): void {
  if ((parseQuantity(size) ?? 0) >= LEAST_BYTES) return;
  const hint = 'Write a number and its unit, as in 500Mi or 2Gi.';
  throw new FdlError('usage', `"${size}" is no size of a volume`, { hint, exitCode: 2 });
}

function volumeOf({ name, size, attachments }: VolumeAnswer): Volume {
  const services = (attachments ?? []).map(({ service_name }) => service_name);
  return { name, size: size || undefined, services };
}
