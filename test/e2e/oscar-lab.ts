/** Clusters for end-to-end tests, and the variables by which the command line finds them. */
import { startMemoryS3 } from '../standins/oscar/memory-s3.ts';
import { ADMIN_LOGIN, type Oscar, type OscarOptions, startOscar } from '../standins/oscar/oscar.ts';

export interface Lab {
  readonly oscar: Oscar;
  /** For a cluster that files call `lab`, or whatever was asked for. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** A cluster that runs its services when files arrive. */
export async function openLab(options: Partial<OscarOptions> = {}, id = 'lab'): Promise<Lab> {
  const s3 = await startMemoryS3();
  const settings = { runs: true, ...options.settings };
  const oscar = await startOscar({ release: '4.1.2', s3: s3.url, ...options, settings });
  return {
    oscar,
    env: clusterEnv(id, oscar.url),
    close: async () => {
      await oscar.stop();
      await s3.stop();
    },
  };
}

/** Variables that say where a cluster is. */
export function clusterEnv(id: string, url: string): Readonly<Record<string, string>> {
  const part = `FDL_CLUSTER_${id.toUpperCase()}`;
  return {
    [`${part}_ENDPOINT`]: url,
    [`${part}_USER`]: ADMIN_LOGIN.user,
    [`${part}_PASSWORD`]: ADMIN_LOGIN.password,
    // Nobody's own configuration counts.
    XDG_CONFIG_HOME: '/nonexistent',
    HOME: '/nonexistent',
  };
}
