/** Blobs on their way from one registry to another. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type BlobProgress, bytesBlob, openCopier, remoteBlob } from '../../src/image/blob-copy.ts';
import { passwordFor } from './clients.ts';
import { BLOB, CONTENT, copyingPerTest, DIGEST, methods, repository } from './copying.ts';
import { sha256 } from './images.ts';

const { fake, openClient, copier, pair } = copyingPerTest();

describe('copying a blob', () => {
  it('asks, opens an upload, and sends the blob in one request', async () => {
    const { from, to, copy, told } = await pair();
    expect(await copy()).toBe('sent');
    expect(to.blob('b', DIGEST)).toEqual(CONTENT);
    expect(methods(to)).toEqual(['HEAD', 'POST', 'PUT']);
    expect(methods(from)).toEqual(['GET']);
    expect(to.requests.at(-1)).toMatchObject({ received: CONTENT.length });
    const size = CONTENT.length;
    expect(told.map(({ sent, state }) => [sent, state])).toEqual([
      [0, undefined],
      [size, undefined],
      [size, 'sent'],
    ]);
  });

  it('sends nothing that is there, without asking the source', async () => {
    const { from, to, copy } = await pair();
    to.addBlob('b', CONTENT);
    expect(await copy()).toBe('present');
    expect(methods(to)).toEqual(['HEAD']);
    expect(from.requests).toEqual([]);
  });

  it('sends once what is asked for twice, and asks once', async () => {
    const { to, copy, copyAgain } = await pair();
    expect(await Promise.all([copy(), copyAgain()])).toEqual(['sent', 'sent']);
    await copy();
    expect(methods(to)).toEqual(['HEAD', 'POST', 'PUT']);
  });

  it('mounts what another repository of the registry has', async () => {
    const registry = await fake();
    registry.addBlob('a', CONTENT);
    const { copy, client } = copier();
    const blob = remoteBlob(client, repository(registry, 'a'), BLOB);
    expect(await copy(blob, repository(registry, 'b'))).toBe('mounted');
    expect(methods(registry)).toEqual(['HEAD', 'POST']);
    expect(registry.hasBlob('b', DIGEST)).toBe(true);
  });

  it('uses the upload that a registry opens instead of mounting', async () => {
    const registry = await fake({ refuseMounts: true });
    registry.addBlob('a', CONTENT);
    const { copy, client } = copier();
    const blob = remoteBlob(client, repository(registry, 'a'), BLOB);
    expect(await copy(blob, repository(registry, 'b'))).toBe('sent');
    expect(methods(registry)).toEqual(['HEAD', 'POST', 'GET', 'PUT']);
  });

  it('asks for both repositories in the token of a mount', async () => {
    const auth = { scheme: 'bearer', user: 'me', password: 'word' } as const;
    const registry = await fake({ auth });
    registry.addBlob('a', CONTENT);
    const client = openClient({ credentials: passwordFor(registry.host, 'me', 'word') });
    const { copy } = openCopier({ client });
    expect(await copy(remoteBlob(client, repository(registry, 'a'), BLOB), repository(registry, 'b'))).toBe(
      'mounted',
    );
    expect(registry.requests.filter(({ path }) => path.includes('uploads'))).toHaveLength(1);
  });

  it('sends what it may not mount', async () => {
    const registry = await fake({
      trouble: ({ path }) => (path.includes('mount=') ? { status: 403 } : undefined),
    });
    registry.addBlob('a', CONTENT);
    const { copy, client } = copier();
    expect(await copy(remoteBlob(client, repository(registry, 'a'), BLOB), repository(registry, 'b'))).toBe(
      'sent',
    );
  });
});

describe('many blobs', () => {
  /** Too large to count as small. */
  const parts = Array.from({ length: 6 }, (_, index) => Buffer.alloc(300 * 1024, index));

  it('go at the same time, but not more than were allowed', async () => {
    let running = 0;
    let most = 0;
    let full: () => void = () => undefined;
    const three = new Promise<void>((resolve) => {
      full = resolve;
    });
    const registry = await fake();
    const { copy } = copier(3);
    const blobs = parts.map((bytes) => ({
      ...bytesBlob(bytes, sha256(bytes)),
      open: async () => {
        running += 1;
        most = Math.max(most, running);
        if (running === 3) full();
        await three;
        running -= 1;
        return Readable.from([bytes]);
      },
    }));
    await Promise.all(blobs.map((blob) => copy(blob, repository(registry, 'b'))));
    expect(most).toBe(3);
    expect(parts.every((bytes) => registry.hasBlob('b', sha256(bytes)))).toBe(true);
  });

  it('do not wait for large ones where they are small', async () => {
    const registry = await fake();
    const { copy } = copier(1);
    const at = repository(registry, 'b');
    const [large = CONTENT] = parts;
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const open = async () => {
      await released;
      return Readable.from([large]);
    };
    const sending = copy({ ...bytesBlob(large, sha256(large)), open }, at);
    expect(await copy(bytesBlob(CONTENT, DIGEST), at)).toBe('sent');
    release();
    expect(await sending).toBe('sent');
  });

  it('are asked for while others are sent', async () => {
    let release: () => void = () => undefined;
    const after = new Promise<void>((resolve) => {
      release = resolve;
    });
    const registry = await fake({ trouble: ({ method }) => (method === 'PUT' ? { after } : undefined) });
    const { copy } = copier(1);
    registry.addBlob('b', CONTENT);
    const [large = CONTENT] = parts;
    const first = copy(bytesBlob(large, sha256(large)), repository(registry, 'b'));
    expect(await copy(bytesBlob(CONTENT, DIGEST), repository(registry, 'b'))).toBe('present');
    release();
    expect(await first).toBe('sent');
  });
});

describe('an interrupted copy', () => {
  it('stops reading at once', async () => {
    const chunk = Buffer.alloc(64 * 1024);
    const size = 4000 * chunk.length;
    const controller = new AbortController();
    const client = openClient({ signal: controller.signal });
    let given = 0;
    const bytes = function* () {
      for (; given < 4000; given += 1) yield chunk;
    };
    const onProgress = ({ sent }: BlobProgress) => {
      if (sent > 20 * chunk.length) controller.abort(new Error('interrupted'));
    };
    const blob = { digest: DIGEST, size, open: async () => Readable.from(bytes()) };
    const copying = openCopier({ client, onProgress }).copy(blob, repository(await fake(), 'b'));
    await expect(copying).rejects.toThrow('interrupted');
    expect(given).toBeLessThan(2000);
  });
});
