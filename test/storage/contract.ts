/** What every store has to do, whatever it is: held against real servers. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStorage } from '../../src/storage/open.ts';
import type { FolderInfo, ObjectInfo, Storage } from '../../src/storage/storage.ts';
import type { StepConfig, StepStore } from '../../src/supervisor/config.ts';
import { isTried } from '../sample.ts';
import { keysOf } from './local-store.ts';

/** A store that is open, and what is special about it. */
export interface Opened {
  readonly storage: Storage;
  /** The same, with credentials that are wrong. */
  readonly closed?: Storage;
  /** A bucket that is there, and empty. */
  readonly bucket: string;
  /** Uploads make their buckets. */
  readonly makesBuckets?: boolean;
  /** A name stands for one content for ever, and goes some time after it was removed. */
  readonly isForEver?: boolean;
  /** Names have no other characters than letters, digits, dots, hyphens and underscores. */
  readonly isPlain?: boolean;
  /** What is given with an upload lies with the object. */
  readonly keepsMetadata?: boolean;
  /** Bytes of a file that is sent in parts, if not those of `LARGE`. */
  readonly large?: number;
  /** How a step of a workflow knows it. */
  readonly step: KnownStore;
  readonly stop?: () => Promise<unknown>;
}

interface KnownStore extends Pick<StepStore, 'id' | 'kind' | 'endpoint' | 'region'> {
  readonly credentials: Readonly<Record<string, string>>;
  /** The event of a new object; without one, the step gets a text that came by itself. */
  readonly event?: (bucket: string, key: string) => object;
}

/** Keys whose characters mean something in URLs, XML, JSON or shells; in the order of their bytes. */
const ODD = ['odd/$HOME;*.txt', 'odd/%2F+&=?#.txt', 'odd/a b <c>"d".txt', 'odd/ünïcödé-日本.txt'];

/** More than the stores here send at once. */
const LARGE = 5 * 1024 * 1024 + 17;

interface Held {
  readonly skip?: boolean;
  /** Whether a step runs with it, too: what differs between stores lies behind what opens them. */
  readonly runs?: boolean;
  /** One of those that a third of is tried, see `sample.ts`; without one, it is always. */
  readonly number?: number;
}

/** Holds a store to what the interface `Storage` promises. */
export function holds(
  name: string,
  open: () => Promise<Opened>,
  { skip = false, runs = false, number }: Held = {},
): void {
  const isLeftOut = number !== undefined && !isTried(number);
  describe.skipIf(skip || isLeftOut)(name, () => {
    let opened: Opened;
    const folder = mkdtempSync(path.join(tmpdir(), 'fdl-contract-'));

    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => {
      await opened?.stop?.();
      rmSync(folder, { recursive: true, force: true });
    });

    const file = (content: string | Buffer) => {
      const at = path.join(folder, `source-${crypto.randomUUID()}`);
      writeFileSync(at, content);
      return at;
    };

    it.each([
      ['empty', 'sizes/none', 0],
      ['small', 'sizes/some', 5],
      ['large', 'sizes/more', LARGE],
    ])('gives back a file that is %s, and says how far it is', async (size, key, bytes) => {
      const { storage, bucket, keepsMetadata, large = LARGE } = opened;
      const content = randomBytes(bytes === LARGE ? large : bytes);
      const counted = { up: 0, down: 0 };
      const count = (way: 'up' | 'down') => ({
        onBytes: (bytes: number) => {
          counted[way] += bytes;
        },
      });
      const metadata = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
      const put = await storage.upload(file(content), bucket, key, { ...count('up'), metadata });
      const target = path.join(folder, 'new', size);
      const got = await storage.download(bucket, key, target, count('down'));
      expect(readFileSync(target).equals(content)).toBe(true);
      expect([put.size, got.size, counted.up, counted.down]).toEqual(Array(4).fill(content.length));
      expect(got.etag).not.toBe('');
      expect(got.metadata).toEqual(keepsMetadata ? metadata : undefined);
      const { etag, size: length } = got;
      expect(await storage.stat(bucket, key)).toMatchObject({ key, size: length, etag });
    });

    it('keeps odd keys, lists them in the order of their bytes, and tells a folder from its neighbours', async () => {
      const { storage, bucket, isPlain } = opened;
      const others = ['odd-one', 'odd.txt', 'odd/a/deep', 'odd/a.b', 'odd0'];
      const oddOnes = isPlain ? ['odd/A_b-c.txt'] : ODD;
      for (const key of [...oddOnes, ...others]) await storage.upload(file(key), bucket, key);
      for (const key of oddOnes) expect(await text(await storage.read(bucket, key))).toBe(key);
      const sorted = [...oddOnes, ...others].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(await keysOf(storage, 'odd', bucket)).toEqual(sorted);
      expect(await keysOf(storage, 'odd/a', bucket)).toEqual(sorted.filter((key) => key.startsWith('odd/a')));
      expect(await keysOf(storage, 'odd/a/', bucket)).toEqual(['odd/a/deep']);
      expect(await keysOf(storage, 'nothing/', bucket)).toEqual([]);
      if (storage.buckets) expect(await storage.buckets()).toContain(bucket);
      if (!storage.level) return;
      const level = await names(storage.level(bucket, 'odd/'));
      expect(level).toEqual([...oddOnes, 'odd/a.b', 'odd/a/'].sort());
      expect(await names(storage.level(bucket, 'nothing/'))).toEqual([]);
    });

    it('replaces and removes objects, and never a folder', async () => {
      const { storage, bucket, isForEver } = opened;
      if (isForEver) {
        const put = await storage.upload(file('first'), bucket, 'again/x');
        expect(await storage.upload(file('first'), bucket, 'again/x')).toMatchObject({ etag: put.etag });
        await expect(storage.upload(file('other'), bucket, 'again/x')).rejects.toThrow('never changes');
        for (const key of ['again/x', 'again/none']) await storage.remove(bucket, key);
        return;
      }
      const first = await storage.upload(file('first'), bucket, 'again/x');
      const second = await storage.upload(file('the second'), bucket, 'again/x');
      expect(second.etag).not.toBe(first.etag);
      expect(await text(await storage.read(bucket, 'again/x'))).toBe('the second');
      await storage.remove(bucket, 'again');
      expect(await storage.stat(bucket, 'again')).toBeUndefined();
      expect(await keysOf(storage, 'again/', bucket)).toEqual(['again/x']);
      // VersityGW has folders, and refuses; others have none of that name.
      await storage.remove(bucket, 'again/').catch(() => undefined);
      expect(await keysOf(storage, 'again/', bucket)).toEqual(['again/x']);
      for (const key of ['again/x', 'again/x', 'again/']) await storage.remove(bucket, key);
      for (const key of ['again/x', 'again/']) expect(await storage.stat(bucket, key)).toBeUndefined();
      await storage.upload(file('anew'), bucket, 'again/x');
    });

    it('says what is missing', async () => {
      const { storage, bucket, makesBuckets } = opened;
      const target = path.join(folder, 'missing');
      const missing = { code: 'object-not-found', message: expect.stringContaining('"no/such"') };
      await expect(storage.download(bucket, 'no/such', target)).rejects.toMatchObject(missing);
      await expect(storage.read(bucket, 'no/such')).rejects.toMatchObject(missing);
      const none = { code: 'bucket-not-found', message: expect.stringContaining('"no-such-bucket"') };
      await expect(storage.download('no-such-bucket', 'x', target)).rejects.toMatchObject(none);
      await expect(keysOf(storage, '', 'no-such-bucket')).rejects.toMatchObject(none);
      await expect(keysOf(storage, 'in/', 'no-such-bucket')).rejects.toMatchObject(none);
      if (!makesBuckets)
        await expect(storage.upload(file('x'), 'no-such-bucket', 'x')).rejects.toMatchObject(none);
      expect(await storage.stat('no-such-bucket', 'x')).toBeUndefined();
      expect(existsSync(target)).toBe(false);
    });

    it('leaves nothing of what is aborted', async () => {
      const { storage, bucket, makesBuckets } = opened;
      const source = file(randomBytes(LARGE));
      const aborting = () => {
        const controller = new AbortController();
        const reason = new Error('enough');
        let moved = 0;
        const onBytes = (bytes: number) => {
          moved += bytes;
          if (moved > LARGE / 2) controller.abort(reason);
        };
        return { reason, options: { signal: controller.signal, onBytes } };
      };
      const up = aborting();
      await expect(storage.upload(source, bucket, 'aborted', up.options)).rejects.toBe(up.reason);
      // A server that writes what comes at once may still be at it when it is looked at.
      if (makesBuckets) expect((await storage.stat(bucket, 'aborted'))?.size ?? 0).toBeLessThan(LARGE);
      else expect(await storage.stat(bucket, 'aborted')).toBeUndefined();
      await storage.upload(source, bucket, 'whole');
      const down = aborting();
      const into = mkdtempSync(path.join(folder, 'into-'));
      const target = path.join(into, 'never');
      await expect(storage.download(bucket, 'whole', target, down.options)).rejects.toThrow();
      expect(readdirSync(into)).toEqual([]);
    });

    it('is opened by what a step of a workflow knows of it', async () => {
      const { bucket, step } = opened;
      const store = openStorage({ ...step, namespace: step.id, verifyTls: true });
      await store.upload(file('of a step'), bucket, 'step/x');
      expect(await text(await store.read(bucket, 'step/x'))).toBe('of a step');
    });

    it.runIf(runs)('is where the supervisor of a step finds its inputs and leaves its outputs', async () => {
      const { storage, bucket, step } = opened;
      if (step.event) await storage.upload(file('some words'), bucket, 'in/x.txt');
      const { code, said } = await runStep(mkdtempSync(path.join(folder, 'step-')), step, bucket);
      expect([code, said]).toEqual([0, expect.any(String)]);
      expect(await text(await storage.read(bucket, 'out/result.txt'))).toContain('SOME WORDS');
    });

    it('says that credentials are wrong', async () => {
      const { closed, bucket } = opened;
      if (!closed) return;
      await expect(closed.read(bucket, 'sizes/some')).rejects.toMatchObject({
        code: 'storage-denied',
        hint: expect.stringContaining('Check the'),
      });
    });
  });
}

/** The keys and folders of a level, in one order. */
async function names(level: AsyncIterable<ObjectInfo | FolderInfo>): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const entry of level) all.push('folder' in entry ? entry.folder : entry.key);
  return all.sort();
}

const SUPERVISOR = fileURLToPath(new URL('../../dist/supervisor.mjs', import.meta.url));

/** Runs the built supervisor for one event. */
async function runStep(folder: string, { event, credentials, ...store }: KnownStore, bucket: string) {
  const names = Object.keys(credentials).map((name) => [name, `STORE_${name.toUpperCase()}`] as const);
  const config: StepConfig = {
    workflow: 'w',
    step: 's',
    script: 'script.sh',
    inputs: event ? [{ store: store.id, bucket, prefix: 'in' }] : [],
    outputs: [{ store: store.id, bucket, prefix: 'out', prefixes: [], suffixes: [] }],
    environment: {},
    stores: [
      {
        ...store,
        verifyTls: true,
        credentials: { from: 'environment', variables: Object.fromEntries(names) },
      },
    ],
  };
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(
    path.join(folder, 'script.sh'),
    '#!/bin/sh\ntr a-z A-Z < "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/result.txt"\n',
  );
  const env = {
    PATH: process.env['PATH'],
    FDL_CONFIG: path.join(folder, 'config.json'),
    FDL_TMP: path.join(folder, 'tmp'),
    FDL_EVENT: event ? JSON.stringify(event(bucket, 'in/x.txt')) : 'some words',
    ...Object.fromEntries(names.map(([name, variable]) => [variable, credentials[name]])),
  };
  const child = spawn(process.execPath, [SUPERVISOR], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const code = child.exitCode ?? (await once(child, 'exit'))[0];
  return { code: code as number, said: out + errors };
}
