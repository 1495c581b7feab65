import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { matchOutputs, producedFiles } from '../../src/supervisor/outputs.ts';
import { temporaryFolder } from '../storage/temporary-folder.ts';

function folders() {
  const root = temporaryFolder();
  const [out, input] = [path.join(root, 'out'), path.join(root, 'in')];
  mkdirSync(path.join(out, 'sub/deep'), { recursive: true });
  mkdirSync(input);
  for (const file of ['out/b.txt', 'out/sub/deep/c.txt', 'out/a.txt', 'in/input.txt', 'secret']) {
    writeFileSync(path.join(root, file), file);
  }
  return { root, out, input };
}

describe('producedFiles', () => {
  it('finds files at every depth, in the order of their names', () => {
    const { out } = folders();
    expect(producedFiles(out, [out])).toEqual({
      files: ['a.txt', 'b.txt', 'sub/deep/c.txt'].map((name) => ({
        name,
        file: `${out}/${name}`,
        linked: false,
      })),
      ignored: [],
      skipped: [],
    });
  });

  it('takes links to files of the invocation only', () => {
    const { root, out, input } = folders();
    symlinkSync(path.join(out, 'a.txt'), path.join(out, 'l-own'));
    symlinkSync('../in/input.txt', path.join(out, 'l-input'));
    symlinkSync(path.join(root, 'secret'), path.join(out, 'l-secret'));
    symlinkSync('/etc', path.join(out, 'l-folder'));
    symlinkSync('l-loop', path.join(out, 'l-loop'));
    symlinkSync('nowhere', path.join(out, 'l-nowhere'));
    const found = producedFiles(out, [out, input]);
    expect(found.files.filter(({ linked }) => linked).map(({ name }) => name)).toEqual(['l-input', 'l-own']);
    expect(found.ignored.toSorted()).toEqual(['l-folder', 'l-secret']);
    expect(found.skipped.map(({ name }) => name).toSorted()).toEqual(['l-loop', 'l-nowhere']);
  });

  it.each(['removed', 'replaced by a link'])('finds nothing in a folder that the script has %s', (what) => {
    const { root, out } = folders();
    rmSync(out, { recursive: true });
    if (what !== 'removed') symlinkSync(path.join(root, 'in'), out);
    expect(producedFiles(out, [out])).toEqual({ files: [], ignored: [], skipped: [] });
  });

  it('takes no pipes', () => {
    const { out } = folders();
    execFileSync('mkfifo', [path.join(out, 'pipe')]);
    expect(producedFiles(out, [out]).skipped).toEqual([{ name: 'pipe', reason: 'it is a pipe, not a file' }]);
  });
});

describe('matchOutputs', () => {
  const names = ['a.txt', 'a.jpg', 'img-1.jpg', 'sub/img-2.jpg', 'img-3.png'];
  const files = names.map((name) => ({ name, file: `/out/${name}`, linked: false }));
  const output = (prefixes: readonly string[], suffixes: readonly string[], prefix = 'res') => {
    return { store: 's3.default', bucket: 'b', prefix, prefixes, suffixes };
  };
  const keys = (...outputs: Parameters<typeof matchOutputs>[1]) =>
    matchOutputs(files, outputs).map(({ key }) => key);

  it.each([
    [[], [], names],
    [['img-'], [], ['img-1.jpg', 'img-3.png']],
    [[], ['.jpg'], ['a.jpg', 'img-1.jpg', 'sub/img-2.jpg']],
    [
      ['img-', 'sub/'],
      ['.jpg', 'txt'],
      ['img-1.jpg', 'sub/img-2.jpg'],
    ],
    [['nothing'], [], []],
  ])('prefixes %j and suffixes %j take %j', (prefixes, suffixes, expected) => {
    expect(keys(output(prefixes, suffixes))).toEqual(expected.map((name) => `res/${name}`));
  });

  it('takes a file to every output that wants it', () => {
    expect(keys(output([], ['.txt']), output(['a'], [], 'deep/er'))).toEqual([
      'res/a.txt',
      'deep/er/a.txt',
      'deep/er/a.jpg',
    ]);
  });

  it('puts files at the top of a bucket without a folder', () => {
    expect(keys(output(['sub'], [], ''))).toEqual(['sub/img-2.jpg']);
  });
});
