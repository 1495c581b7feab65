/** Blobs that come damaged, and registries that fail to take them. */
import { describe, expect, it } from 'vitest';
import { CONTENT, copyingPerTest, DIGEST, methods } from './copying.ts';
import type { FakeOptions, Trouble } from './fake-registry.ts';

const { pair } = copyingPerTest();

describe('a blob that comes damaged', () => {
  const onBlob = (trouble: FakeOptions['trouble']): FakeOptions => ({
    trouble: (request) => (request.path.includes(`blobs/${DIGEST}`) ? trouble?.(request) : undefined),
  });

  it.each([
    ['cut', { cutAfter: 5 }],
    ['changed', { corrupt: true }],
  ])('is fetched again when it is %s', async (_, trouble) => {
    const { from, to, copy } = await pair(onBlob(({ count }) => (count === 1 ? trouble : undefined)));
    expect(await copy()).toBe('sent');
    expect(to.blob('b', DIGEST)).toEqual(CONTENT);
    expect(methods(from)).toEqual(['GET', 'GET']);
  });

  it.each([
    ['cut', { cutAfter: 5 }],
    ['changed', { corrupt: true }],
  ])('never arrives when it is always %s', async (_, trouble) => {
    const { to, copy, from } = await pair(onBlob(() => trouble));
    await expect(copy()).rejects.toMatchObject({
      code: 'registry-failed',
      message: expect.stringContaining(`the content ${DIGEST} came damaged`),
    });
    expect(to.hasBlob('b', DIGEST)).toBe(false);
    // The end of wrong content is held back: the target never sees a whole request.
    expect(Math.max(...to.requests.map(({ received }) => received))).toBeLessThan(CONTENT.length);
    expect(methods(from)).toHaveLength(5);
  });
});

describe('a target that fails', () => {
  /** Trouble for the first request of a method that is about blobs. */
  const once = (method: string, trouble: Trouble): FakeOptions => {
    let left = 1;
    return {
      trouble: (request) => {
        const fits = request.method === method && request.path.includes('/blobs/');
        if (fits) left -= 1;
        return fits && left >= 0 ? trouble : undefined;
      },
    };
  };

  it.each([
    ['refuses an upload', once('POST', { status: 503 })],
    ['hangs up on an upload', once('POST', { hangUp: true })],
    ['hangs up on the content', once('PUT', { hangUp: true })],
    ['fails after the content', once('PUT', { status: 500 })],
    ['forgets the upload', once('PUT', { status: 404, body: '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}' })],
  ])('gets the blob in another upload after it %s', async (_, options) => {
    const { to, copy } = await pair({}, options);
    expect(await copy()).toBe('sent');
    expect(methods(to).slice(-3)).toEqual(['HEAD', 'POST', 'PUT']);
  });

  it('gets nothing twice if only its answer was lost', async () => {
    const { from, to, copy } = await pair({}, once('PUT', { forget: true }));
    expect(await copy()).toBe('present');
    expect(methods(to)).toEqual(['HEAD', 'POST', 'PUT', 'HEAD']);
    expect(methods(from)).toHaveLength(1);
  });

  it('is asked again after an error, not only told of it', async () => {
    let broken = true;
    const { copy, copyAgain } = await pair(
      {},
      { trouble: ({ method }) => (broken && method === 'POST' ? { status: 403 } : undefined) },
    );
    await expect(copy()).rejects.toMatchObject({ code: 'image-denied' });
    broken = false;
    expect(await copyAgain()).toBe('sent');
  });

  it('is named where it has no such repository', async () => {
    const { to, copy } = await pair(
      {},
      { trouble: ({ method }) => (method === 'POST' ? { status: 404 } : undefined) },
    );
    await expect(copy()).rejects.toMatchObject({
      code: 'image-not-found',
      message: `the registry has no repository for ${to.host}/b`,
      hint: 'Create the repository first.',
    });
  });
});
