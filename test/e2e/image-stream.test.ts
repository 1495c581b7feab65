/** A large blob on its way between two registries: what of it is in memory at any time. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { openCopier, remoteBlob } from '../../src/image/blob-copy.ts';
import { quickClient } from '../image/clients.ts';
import { startFakeRegistry } from '../image/fake-registry.ts';

const CHUNK = Buffer.alloc(256 * 1024, 'layer');
const CHUNKS = 1200;
const size = CHUNK.length * CHUNKS;

function* generate() {
  for (let index = 0; index < CHUNKS; index += 1) yield CHUNK;
}

/**
 * Both registries are in this very process and hold nothing either, so the limit is for all three together; what
 * counts against it is mostly what the collector of garbage has not looked at yet.
 */
const MOST = 150 * 1024 * 1024;

it('a blob of 300 MB passes through without being held', async () => {
  const hash = createHash('sha256');
  for (const chunk of generate()) hash.update(chunk);
  const digest = `sha256:${hash.digest('hex')}`;
  const [from, to, client] = [await startFakeRegistry(), await startFakeRegistry(), quickClient()];
  try {
    from.addBlob('a', { size, generate });
    const before = process.memoryUsage.rss();
    let most = before;
    const onProgress = () => {
      most = Math.max(most, process.memoryUsage.rss());
    };
    const source = remoteBlob(client, { registry: from.host, repository: 'a' }, { digest, size });
    const target = { registry: to.host, repository: 'b' };
    expect(await openCopier({ client, onProgress }).copy(source, target)).toBe('sent');
    expect(to.requests.at(-1)).toMatchObject({ method: 'PUT', received: size });
    expect(most - before).toBeLessThan(MOST);
  } finally {
    await Promise.all([client, from, to].map((each) => each.close()));
  }
});
