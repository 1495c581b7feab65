/** Manifests and small blobs, at the wire. */
import { describe, expect, it } from 'vitest';
import { parseReference } from '../../../src/image/reference.ts';
import { readBlob } from '../../../src/image/registry/blobs.ts';
import { findDigest, getManifest } from '../../../src/image/registry/manifests.ts';
import { passwordFor } from '../clients.ts';
import type { FakeRegistry } from '../fake-registry.ts';
import { addImage, sha256 } from '../images.ts';
import { openedPerTest } from '../opened.ts';

const { fake, client } = openedPerTest();
const at = (registry: FakeRegistry, rest = 'a:1') => parseReference(`${registry.host}/${rest}`);

describe('manifests', () => {
  it('are found, or are not there', async () => {
    const registry = await fake();
    const digest = await addImage(registry, 'a', '1');
    const user = client();
    expect(await findDigest(user, at(registry, `a@${digest}`))).toBe(digest);
    expect(await findDigest(user, at(registry, 'a:2'))).toBeUndefined();
    await expect(getManifest(user, at(registry, 'a:2'))).rejects.toMatchObject({
      code: 'image-not-found',
      message: `there is no image ${registry.host}/a:2`,
    });
  });

  it('have a digest even where the registry does not say it', async () => {
    const registry = await fake({ hideDigests: true });
    const digest = await addImage(registry, 'a', '1');
    expect(await findDigest(client(), at(registry))).toBe(digest);
  });

  it('are refused if they are not what was asked for', async () => {
    const registry = await fake({ trouble: ({ path }) => (path === '/v2/' ? undefined : { corrupt: true }) });
    const digest = await addImage(registry, 'a', '1');
    for (const name of ['a:1', `a@${digest}`]) {
      await expect(getManifest(client(), at(registry, name))).rejects.toMatchObject({
        message: `the manifest of ${registry.host}/${name} came damaged: it is not ${digest}`,
      });
    }
  });

  it('come from a mirror, which gets no credentials of the registry it stands for', async () => {
    const mirror = await fake({ auth: { scheme: 'basic', user: 'me', password: 'mirror-word' } });
    const digest = await addImage(mirror, 'library/a', '1');
    const asked: string[] = [];
    const credentials = (host: string) => {
      asked.push(host);
      return passwordFor(mirror.host, 'me', 'mirror-word')(host);
    };
    const user = client({ credentials, mirrors: `docker.io=http://${mirror.host}` });
    expect(await findDigest(user, parseReference('a:1'))).toBe(digest);
    expect(asked).toEqual([mirror.host]);
  });
});

describe('blobs', () => {
  it('are refused if they are larger than what is read into memory', async () => {
    const registry = await fake();
    const content = Buffer.alloc(9 * 1024 * 1024);
    const blob = { mediaType: '', digest: registry.addBlob('a', content), size: content.length };
    await expect(readBlob(client(), at(registry), blob)).rejects.toThrow('more than 8 MiB');
  });

  it('are refused if there is more than was said', async () => {
    const registry = await fake();
    const digest = registry.addBlob('a', Buffer.from('content'));
    const blob = { mediaType: '', digest, size: 3 };
    await expect(readBlob(client(), at(registry), blob)).rejects.toThrow(
      `the content ${digest} came damaged: more than 3 bytes came`,
    );
    expect(digest).toBe(sha256(Buffer.from('content')));
  });
});
