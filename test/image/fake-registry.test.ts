/** The stand-in itself: what the tests rely on being refused. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeRegistry, startFakeRegistry } from './fake-registry.ts';
import { addImage, OCI_MANIFEST, sha256 } from './images.ts';

describe('the fake registry', () => {
  let registry: FakeRegistry;
  const call = (method: string, path: string, body?: string, headers: Record<string, string> = {}) =>
    fetch(`http://${registry.host}/v2/${path}`, { method, headers, ...(body !== undefined && { body }) });

  beforeEach(async () => {
    registry = await startFakeRegistry();
  });
  afterEach(() => registry.close());

  async function upload(digest: string, content: string): Promise<number> {
    const started = await call('POST', 'a/blobs/uploads/');
    const location = `http://${registry.host}${started.headers.get('location')}`;
    return (await fetch(`${location}&digest=${digest}`, { method: 'PUT', body: content })).status;
  }

  it('keeps what has the digest that it is sent under, and nothing else', async () => {
    const digest = sha256(Buffer.from('hello'));
    expect(await upload(digest, 'hullo')).toBe(400);
    expect((await call('HEAD', `a/blobs/${digest}`)).status).toBe(404);
    expect(await upload(digest, 'hello')).toBe(201);
    expect(await (await call('GET', `a/blobs/${digest}`)).text()).toBe('hello');
    expect((await call('HEAD', `b/blobs/${digest}`)).status).toBe(404);
  });

  it('mounts what another repository has', async () => {
    const digest = registry.addBlob('a', Buffer.from('hello'));
    expect((await call('POST', `b/blobs/uploads/?mount=${digest}&from=c`)).status).toBe(202);
    expect((await call('POST', `b/blobs/uploads/?mount=${digest}&from=a`)).status).toBe(201);
    expect(registry.hasBlob('b', digest)).toBe(true);
  });

  it('takes a manifest only with all its blobs, and gives it only to who accepts its type', async () => {
    const digest = await addImage(registry, 'a', '1');
    const { bytes } = registry.manifest('a', '1') ?? { bytes: Buffer.alloc(0) };
    const type = { 'content-type': OCI_MANIFEST };
    expect((await call('PUT', 'b/manifests/1', bytes.toString(), type)).status).toBe(400);
    expect(
      (await call('PUT', 'a/manifests/2', bytes.toString(), type)).headers.get('docker-content-digest'),
    ).toBe(digest);
    expect((await call('GET', 'a/manifests/2')).status).toBe(404);
    expect((await call('GET', 'a/manifests/2', undefined, { accept: OCI_MANIFEST })).status).toBe(200);
  });
});
