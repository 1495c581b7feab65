/** The clusters of a command line: found, and opened once each. */
import type { Workflow } from '../../../workflow/model.ts';
import type { ProviderContext } from '../../provider.ts';
import type { ClusterAccess } from '../api/authorization.ts';
import type { OscarClient } from '../api/calls.ts';
import { type ClientOptions, openClient } from '../api/client.ts';
import { fileDefinition, type ResolvedCluster, resolveCluster } from './resolve.ts';
import { knownIds, readStored, type StoredClusters } from './stored.ts';

/** A cluster that can be talked to; nothing is contacted before the first call. */
export interface OpenCluster {
  /** URL with its scheme, without a slash at its end. */
  readonly endpoint: string;
  /** False takes any certificate of it. */
  readonly verifyTls: boolean;
  /** A file with certificates of its own authority, in PEM. */
  readonly ca?: string | undefined;
  /** Its administrator, who sees the jobs of everybody. */
  readonly isAdmin: boolean;
  readonly client: OscarClient;
}

export interface OpenedClusters {
  /**
   * How a cluster that a workflow names is reached.
   * @throws FdlError `cluster-unknown`, `cluster-login-missing`, `cluster-invalid`
   */
  resolve(workflow: Workflow, id: string): Promise<ResolvedCluster>;
  /** Opens it; nothing is contacted yet. Throws as `resolve`. */
  open(workflow: Workflow, id: string): Promise<OpenCluster>;
  /** Those that are configured here and can be logged in to. */
  known(): Promise<readonly OpenCluster[]>;
}

type Options = Pick<ClientOptions, 'attempts' | 'delay'>;

/** Reads what is stored with the first question. */
export function openClusters(
  { environment }: Pick<ProviderContext, 'environment'>,
  options: Options = {},
): OpenedClusters {
  const clients = new Map<string, OpenCluster>();
  let reading: Promise<StoredClusters> | undefined;
  const stored = () => {
    reading ??= readStored(environment);
    return reading;
  };
  const opened = (access: ClusterAccess): OpenCluster => {
    const key = JSON.stringify([access.id, access.endpoint]);
    const { endpoint, verifyTls, ca } = access;
    const made = clients.get(key) ?? {
      endpoint,
      verifyTls,
      ca,
      isAdmin: access.login.kind === 'basic',
      client: openClient(access, { ...options, environment }),
    };
    clients.set(key, made);
    return made;
  };
  const resolve = async (workflow: Workflow, id: string) =>
    resolveCluster(id, { environment, file: fileDefinition(workflow, id), stored: await stored() });
  return {
    resolve,
    open: async (workflow, id) => opened((await resolve(workflow, id)).access),
    known: async () => {
      const all = await stored();
      return knownIds(environment, all).flatMap((id) => {
        try {
          return [opened(resolveCluster(id, { environment, stored: all }).access)];
        } catch {
          // One without a login cannot be asked, and nobody asked for it by its name.
          return [];
        }
      });
    },
  };
}

/** Whether there is a cluster to ask when no file names one. */
export async function isConfigured({ environment }: Pick<ProviderContext, 'environment'>): Promise<boolean> {
  return knownIds(environment, await readStored(environment)).length > 0;
}
