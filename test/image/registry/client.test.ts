/** Calls to registries, at the wire: redirections, repetitions, errors. */
import { describe, expect, it } from 'vitest';
import { readImage } from '../../../src/image/image.ts';
import { parseReference } from '../../../src/image/reference.ts';
import { readBlob } from '../../../src/image/registry/blobs.ts';
import { findDigest, getManifest } from '../../../src/image/registry/manifests.ts';
import { passwordFor } from '../clients.ts';
import type { FakeOptions, FakeRegistry } from '../fake-registry.ts';
import { addImage, OCI_MANIFEST } from '../images.ts';
import { openedPerTest } from '../opened.ts';

const { fake, client } = openedPerTest();
const at = (registry: FakeRegistry, rest = 'a:1') => parseReference(`${registry.host}/${rest}`);

describe('redirections', () => {
  it('are followed without credentials to another host, with them on the same', async () => {
    const storage = await fake();
    const content = Buffer.from('content');
    const digest = storage.addBlob('x', content);
    const registry = await fake({
      auth: { scheme: 'basic', user: 'me', password: 'secret-word' },
      trouble: ({ path, count }) => {
        if (path === `/v2/a/blobs/${digest}`)
          return { status: 307, headers: { location: '/v2/moved/there' } };
        if (path !== '/v2/moved/there') return undefined;
        return {
          status: count === 1 ? 302 : 500,
          headers: { location: `http://${storage.host}/v2/x/blobs/${digest}` },
        };
      },
    });
    const user = client({ credentials: passwordFor(registry.host, 'me', 'secret-word') });
    const blob = { mediaType: '', digest, size: content.length };
    expect(await readBlob(user, at(registry), blob)).toEqual(content);
    expect(registry.requests.map(({ authorization }) => authorization?.slice(0, 5))).toEqual([
      undefined,
      'Basic',
      'Basic',
    ]);
    expect(storage.requests).toMatchObject([{ authorization: undefined }]);
  });

  it.each([
    ['without end', '/v2/a/manifests/1', 'redirects without end'],
    ['to nowhere', 'http://', 'not safe: http://'],
  ])('%s are an error', async (_, location, message) => {
    const registry = await fake({
      trouble: ({ path }) => (path === '/v2/' ? undefined : { status: 301, headers: { location } }),
    });
    await expect(findDigest(client(), at(registry))).rejects.toMatchObject({
      code: 'registry-failed',
      message: expect.stringContaining(message),
    });
  });
});

describe('trying again', () => {
  const failing = (trouble: FakeOptions['trouble']) =>
    fake({ trouble: (request) => (request.path === '/v2/' ? undefined : trouble?.(request)) });

  it.each([500, 502, 503, 504, 429, 408])('helps after %i', async (status) => {
    const registry = await failing(({ count }) => (count < 3 ? { status } : undefined));
    const digest = await addImage(registry, 'a', '1');
    expect(await findDigest(client(), at(registry))).toBe(digest);
    expect(registry.count('HEAD', /manifests/)).toBe(3);
  });

  it('helps after a broken connection', async () => {
    const registry = await failing(({ count }) => (count === 1 ? { hangUp: true } : undefined));
    await addImage(registry, 'a', '1');
    expect((await getManifest(client(), at(registry))).mediaType).toBe(OCI_MANIFEST);
  });

  it('helps after a blob that broke off, and after one that was damaged', async () => {
    const content = Buffer.from('content');
    const registry = await failing(({ path, count }) => {
      if (!path.includes('/blobs/') || count > 2) return undefined;
      return count === 1 ? { cutAfter: 3 } : { corrupt: true };
    });
    const digest = registry.addBlob('a', content);
    expect(await readBlob(client(), at(registry), { mediaType: '', digest, size: 7 })).toEqual(content);
    expect(registry.count('GET', /blobs/)).toBe(3);
  });

  it('waits as long as the registry says, and longer from time to time', async () => {
    const registry = await failing(({ count }) => {
      if (count === 1) return { status: 429, headers: { 'retry-after': '7' } };
      return count < 5 ? { status: 503 } : undefined;
    });
    await addImage(registry, 'a', '1');
    const user = client();
    await findDigest(user, at(registry));
    const [first, ...others] = user.waits;
    expect(first).toBe(7000);
    expect(others).toHaveLength(3);
    for (const [index, wait] of others.entries()) expect(wait).toBeLessThanOrEqual(250 * 2 ** (index + 1));
  });

  it('ends after five times, and at once where a quota is used up', async () => {
    const registry = await failing(({ path }) =>
      path.includes('quota') ? { status: 429, headers: { 'retry-after': '21600' } } : { status: 503 },
    );
    await expect(findDigest(client(), at(registry))).rejects.toMatchObject({ code: 'registry-failed' });
    expect(registry.count('HEAD', /a\/manifests/)).toBe(5);
    await expect(findDigest(client(), at(registry, 'quota:1'))).rejects.toMatchObject({
      message: expect.stringContaining('HTTP 429'),
      hint: expect.stringContaining('docker login'),
    });
    expect(registry.count('HEAD', /quota/)).toBe(1);
  });

  it.each([400, 403, 405, 501])('is pointless after %i', async (status) => {
    const registry = await failing(() => ({ status }));
    await expect(findDigest(client(), at(registry))).rejects.toMatchObject({ retryable: false });
    expect(registry.count('HEAD', /manifests/)).toBe(1);
  });

  it('a page of HTML is named as one, whatever its status', async () => {
    const page = (status: number) => () => ({ status, body: '<html><title>Please log in</title></html>' });
    for (const status of [200, 407]) {
      const registry = await failing(page(status));
      const image = readImage(client(), at(registry), 'x86_64');
      await expect(image).rejects.toThrow('a page of HTML "Please log in"');
    }
  });

  it('ends with the reason of the signal', async () => {
    const controller = new AbortController();
    const registry = await failing(() => {
      controller.abort(new Error('interrupted'));
      return { status: 503 };
    });
    await expect(findDigest(client({ signal: controller.signal }), at(registry))).rejects.toThrow(
      'interrupted',
    );
    expect(registry.count('HEAD', /manifests/)).toBe(1);
  });

  it('says what cannot be reached', async () => {
    const registry = await fake();
    await registry.close();
    const user = client();
    await expect(findDigest(user, at(registry))).rejects.toMatchObject({
      code: 'registry-failed',
      message: expect.stringMatching(
        new RegExp(`^the connection to the registry ${registry.host} failed: .*ECONNREFUSED`),
      ),
    });
    expect(user.waits).toHaveLength(4);
  });
});
