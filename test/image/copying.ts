/** Two registries, and a blob to be copied from one to the other. */
import { type BlobProgress, openCopier, remoteBlob } from '../../src/image/blob-copy.ts';
import type { Repository } from '../../src/image/registry/endpoint.ts';
import type { FakeOptions, FakeRegistry } from './fake-registry.ts';
import { sha256 } from './images.ts';
import { openedPerTest } from './opened.ts';

export const CONTENT = Buffer.from('some content of a layer');
export const DIGEST = sha256(CONTENT);
export const BLOB = { digest: DIGEST, size: CONTENT.length };

/** A repository of a fake registry. */
export function repository({ host }: FakeRegistry, name: string): Repository {
  return { registry: host, repository: name };
}

/** The methods of requests about blobs. */
export function methods(registry: FakeRegistry): readonly string[] {
  return registry.requests.filter(({ path }) => path.includes('/blobs/')).map(({ method }) => method);
}

/** To be called once in a file of tests. */
export function copyingPerTest() {
  const { fake, client: openClient } = openedPerTest();

  /** A copier, and what it told. */
  function copier(transfers?: number) {
    const told: BlobProgress[] = [];
    const client = openClient();
    const onProgress = (progress: BlobProgress) => told.push(progress);
    return { ...openCopier({ client, transfers, onProgress }), client, told };
  }

  /** Two registries, the first of which has the blob. */
  async function pair(source?: FakeOptions, target?: FakeOptions) {
    const [from, to] = [await fake(source), await fake(target)];
    from.addBlob('a', CONTENT);
    const made = copier();
    const copy = () => made.copy(remoteBlob(made.client, repository(from, 'a'), BLOB), repository(to, 'b'));
    return { ...made, from, to, copy, copyAgain: copy };
  }

  return { fake, openClient, copier, pair };
}
