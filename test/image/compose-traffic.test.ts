/** Composed images: what is sent for them. */
import { describe, expect, it } from 'vitest';
import { findComposed, identifyImage } from '../../src/image/step-image.ts';
import { composingPerTest, stored, TOOL } from './composing.ts';
import type { FakeRegistry } from './fake-registry.ts';
import { addImage, OCI_MANIFEST } from './images.ts';

const { lab } = composingPerTest();

describe('what is sent', () => {
  const bodies = ({ requests }: FakeRegistry) =>
    requests.filter(({ method }) => method === 'PUT').map(({ received }) => received);

  it('is everything once, nothing the second time, and little after a change of the script', async () => {
    const { hub, account, compose, image } = await lab();
    const digest = await compose(image());
    // Two layers of the image, Node, its configuration and manifest, supervisor, step, configuration, manifest.
    expect(bodies(account)).toHaveLength(9);
    expect(account.count('PATCH', /./)).toBe(0);
    for (const registry of [hub, account]) registry.forget();

    expect(await compose(image())).toBe(digest);
    expect(account.requests.map(({ method }) => method)).toEqual(['GET', 'HEAD']);
    expect(hub.requests.map(({ method }) => method)).toEqual(['GET', 'HEAD', 'HEAD']);
    for (const registry of [hub, account]) registry.forget();

    expect(await compose(image({ script: Buffer.from('#!/bin/sh\necho new') }))).not.toBe(digest);
    expect(bodies(account)).toHaveLength(3);
    expect(hub.count('GET', /blobs/)).toBe(1);
    expect(hub.count('GET', /library\/node/)).toBe(0);
  });

  it('is shared by steps that are composed at the same time', async () => {
    const { hub, account, fresh, image } = await lab();
    const { compose } = fresh();
    const steps = ['a', 'b', 'c'].map((step) => image({ step, configuration: { step } }));
    const digests = await Promise.all(steps.map(compose));
    expect(new Set(digests).size).toBe(3);
    const uploads = account.requests.filter(
      ({ method, path: at }) => method === 'PUT' && at.includes('/blobs/'),
    );
    expect(new Set(uploads.map(({ path: at }) => at.replace(/.*digest=/, ''))).size).toBe(uploads.length);
    expect(hub.count('GET', /library\/node\/blobs/)).toBe(2);
  });

  it('is mounted where the image lies in the same registry', async () => {
    const { account, compose, image } = await lab();
    await addImage(account, 'other', '1', { config: TOOL });
    await compose(image({ base: `${account.host}/other:1` }));
    expect(account.count('POST', /mount=.*from=other/)).toBe(1);
    expect(account.count('GET', /other\/blobs/)).toBe(1);
  });

  it('goes on where it broke off', async () => {
    let left = 2;
    const { account, compose, image } = await lab({
      trouble: ({ method, path: at }) => {
        if (method !== 'PUT' || !at.includes('/blobs/')) return undefined;
        left -= 1;
        return left >= 0 ? undefined : { status: 403 };
      },
    });
    await expect(compose(image())).rejects.toMatchObject({ code: 'image-denied' });
    const before = account.requests.filter(({ method, received }) => method === 'PUT' && received > 0);
    left = Number.POSITIVE_INFINITY;
    account.forget();
    const { files } = await stored(account, await compose(image()));
    expect(Object.keys(files)).toHaveLength(7);
    expect(before).toHaveLength(2);
    expect(bodies(account)).toHaveLength(9 - 2);
  });

  it('is not needed where somebody else was faster', async () => {
    const { account, fresh, image } = await lab({ immutableTags: true });
    const { client, composer } = fresh();
    const identified = await identifyImage(client, image());
    const composing = composer.compose(identified);
    const other = account.addManifest('workflow', undefined, OCI_MANIFEST, { made: 'elsewhere' });
    // It appears while the image is being made: after the question whether it is there.
    while (account.count('HEAD', new RegExp(identified.tag)) === 0)
      await new Promise((next) => setImmediate(next));
    account.addManifest('workflow', identified.tag, OCI_MANIFEST, { made: 'elsewhere' });
    expect(await composing).toBe(other);
    expect(await findComposed(client, identified)).toBe(other);
  });
});
