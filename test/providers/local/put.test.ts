import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Line, Queued } from '../../../src/providers/local/journal.ts';
import { announce, type PutDeps, putFiles, reassign, stillThere } from '../../../src/providers/local/put.ts';
import { localStorage } from '../../../src/storage/local-folders.ts';
import { temporaryFolder } from '../../storage/temporary-folder.ts';
import { announced, queued } from './samples.ts';

const IN = { store: 's3.default', namespace: 's3.default', bucket: 'shop', prefix: 'in' };

function made(triggered = true) {
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, 'buckets/shop'), { recursive: true });
  const controller = new AbortController();
  const lines: Line[] = [];
  const work: Queued[] = [];
  const storage = localStorage(path.join(folder, 'buckets'));
  const deps: PutDeps = {
    journal: { append: (line) => void lines.push(line), close: () => {} },
    triggers: ({ object }, run) => (triggered ? [queued('first', object.key, { run })] : []),
    storage: () => storage,
    enqueue: (more) => void work.push(...more),
    signal: controller.signal,
  };
  const files = ['a.txt', 'sub/b.txt'].map((name) => {
    const file = path.join(folder, name.replace('/', '-'));
    writeFileSync(file, name);
    return { path: file, name };
  });
  return { folder, controller, lines, work, deps, files };
}

describe('putFiles', () => {
  it('notes all files before it copies the first, and queues what each triggers', async () => {
    const { folder, lines, work, deps, files } = made();
    const { puts } = await putFiles(announce(files, IN, 'r1'), deps);
    expect(lines).toEqual([{ type: 'announced', announced: announce(files, IN, 'r1') }]);
    expect(work.map(({ id, run }) => `${id} ${run}`)).toEqual(['first-in/a.txt r1', 'first-in/sub/b.txt r1']);
    expect(puts.map(({ key, size }) => `${key} ${size}`)).toEqual(['in/a.txt 5', 'in/sub/b.txt 9']);
    expect(readFileSync(path.join(folder, 'buckets/shop/in/sub/b.txt'), 'utf8')).toBe('sub/b.txt');
  });

  it('does not note again what was noted by the command that was killed', async () => {
    const { lines, deps, files } = made();
    await putFiles(announce(files, IN, 'r1'), deps, { remember: false });
    expect(lines).toEqual([]);
  });

  it('strikes off what triggers nothing', async () => {
    const { lines, work, deps, files } = made(false);
    const all = announce(files, { ...IN, prefix: '' }, 'r1');
    await putFiles(all, deps);
    expect(all.map(({ key }) => key)).toEqual(['a.txt', 'sub/b.txt']);
    expect(lines.slice(1)).toEqual(all.map((each) => ({ type: 'withdrawn', withdrawn: [each] })));
    expect(work).toEqual([]);
  });

  it('goes on behind a file that cannot be put, and strikes that off', async () => {
    const { folder, lines, work, deps, files } = made();
    mkdirSync(path.join(folder, 'buckets/shop/in/a.txt'), { recursive: true });
    const all = announce(files, IN, 'r1');
    const { puts, notPut } = await putFiles(all, deps);
    expect(puts.map(({ key }) => key)).toEqual(['in/sub/b.txt']);
    expect(notPut).toMatchObject([{ key: 'in/a.txt', reason: expect.stringContaining('in/a.txt') }]);
    expect(lines.slice(1)).toEqual([{ type: 'withdrawn', withdrawn: [all[0]] }]);
    expect(work).toHaveLength(1);
  });

  it('stops between files when it is interrupted; the rest stays announced', async () => {
    const { controller, lines, deps, files } = made();
    const onProgress: PutDeps['onProgress'] = ({ settled }) => settled === 1 && controller.abort();
    const { puts } = await putFiles(announce(files, IN, 'r1'), { ...deps, onProgress });
    expect(puts).toHaveLength(1);
    expect(lines.map(({ type }) => type)).toEqual(['announced']);
  });
});

describe('stillThere', () => {
  it('strikes off files that are gone', () => {
    const { lines, deps, files } = made();
    const all = announce(files, IN, 'r1');
    const [first, second] = all;
    rmSync(String(first?.path));
    expect(stillThere(all, deps.journal)).toEqual([second]);
    expect(lines).toEqual([{ type: 'withdrawn', withdrawn: [first] }]);
    expect(stillThere([announced('none')], deps.journal)).toEqual([]);
  });
});

describe('reassign', () => {
  it('leaves work as it is whose step is there', () => {
    const { lines, deps } = made();
    const pending = [queued('first', 'a'), queued('second', 'b')];
    expect(reassign(pending, new Set(['first', 'second']), deps)).toEqual(pending);
    expect(lines).toEqual([]);
  });

  it('puts what its object triggers now in the place of work for a step that is gone', () => {
    const { lines, deps } = made();
    const gone = queued('gone', 'a');
    const [next] = reassign([gone], new Set(['first']), deps);
    expect(next).toMatchObject({ step: 'first', run: 'r1' });
    expect(lines).toMatchObject([
      { type: 'ended', invocation: { id: gone.id, status: 'cancelled' }, next: [next] },
    ]);
    expect(reassign([gone], new Set(['first']), made(false).deps)).toEqual([]);
  });
});
