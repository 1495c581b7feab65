/** Registries as the provider of AWS uses them: with the account's own login for ECR, that of Docker for others. */
import { tmpdir } from 'node:os';
import type { BlobProgress } from '../../../image/blob-copy.ts';
import { type Composer, openComposer } from '../../../image/compose.ts';
import { openRegistryClient, type RegistryClient } from '../../../image/registry/client.ts';
import { type CredentialSource, firstOf } from '../../../image/registry/credentials.ts';
import { dockerCredentials } from '../../../image/registry/docker-config.ts';
import { setAside } from '../../../supervisor/environment.ts';
import type { ProviderContext } from '../../provider.ts';
import type { Clients } from '../api/clients.ts';
import type { Site } from '../site.ts';
import { ecrCredentials } from './ecr-credentials.ts';

/** Where images are read and composed. */
export interface ImageRegistry {
  readonly client: RegistryClient;
  readonly composer: Composer;
  /** Tells how blobs are brought to registries, until the answer is called. */
  readonly watch: (listener: (progress: BlobProgress) => void) => () => void;
}

/** A registry client and a composer that open with their first use. */
export interface AwsRegistry {
  /** The same every time. */
  open(): Promise<ImageRegistry>;
  /** Ends all connections; does nothing where none was opened. */
  close(): Promise<void>;
}

/** The registries for one run of the program. `sites` are those whose login opens ECR. */
export function awsRegistry(
  context: ProviderContext,
  { clients, sites }: { readonly clients: Clients; readonly sites: readonly Site[] },
): AwsRegistry {
  let opened: ImageRegistry | undefined;
  const own = ecrCredentials(clients, sites, context.signal);
  return {
    open: async () => {
      opened ??= openImages(context, firstOf(own, dockerCredentials(context.environment)));
      return opened;
    },
    close: async () => {
      await opened?.client.close();
      opened = undefined;
    },
  };
}

function openImages({ environment, signal }: ProviderContext, credentials: CredentialSource): ImageRegistry {
  const mirrors = environment['FDL_REGISTRY_MIRRORS'];
  const client = openRegistryClient({ credentials, signal, ...(mirrors && { mirrors }) });
  const listeners = new Set<(progress: BlobProgress) => void>();
  const onProgress = (progress: BlobProgress) => {
    for (const listener of listeners) listener(progress);
  };
  return {
    client,
    composer: openComposer({ client, tmpRoot: tmpdir(), renamed: setAside, onProgress }),
    watch: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
