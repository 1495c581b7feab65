import { describe, expect, it } from 'vitest';
import { lookUp, mergeLayers, type TreeEntry } from '../../../src/image/runtime/tree.ts';

/** `dir/`, `link -> target`, `hard => target`, or a file. */
function entry(line: string): TreeEntry {
  const [path = '', arrow, target = ''] = line.split(' ');
  if (arrow === '->') return { path, kind: 'symlink', target };
  if (arrow === '=>') return { path, kind: 'hardlink', target };
  if (path.endsWith('/')) return { path: path.slice(0, -1), kind: 'directory', target: '' };
  return { path, kind: 'file', target: '' };
}
const merge = (...layers: string[][]) => mergeLayers(layers.map((layer) => layer.map(entry)));
const paths = (...layers: string[][]) => [...merge(...layers).keys()].sort();

describe('mergeLayers', () => {
  it.each([
    [
      'adds',
      [
        ['a/', 'a/b'],
        ['a/', 'a/c'],
      ],
      ['a', 'a/b', 'a/c'],
    ],
    [
      'removes a file',
      [
        ['a/', 'a/b', 'a/c'],
        ['a/', 'a/.wh.b'],
      ],
      ['a', 'a/c'],
    ],
    ['removes a folder with what is in it', [['a/', 'a/b/', 'a/b/c', 'ab'], ['.wh.a']], ['ab']],
    [
      'removes what is in an opaque folder',
      [
        ['a/', 'a/b', 'a/c/', 'a/c/d', 'ab'],
        ['a/', 'a/.wh..wh..opq', 'a/e'],
      ],
      ['a', 'a/e', 'ab'],
    ],
    [
      'removes all under an opaque root',
      [
        ['a/', 'a/b'],
        ['.wh..wh..opq', 'c'],
      ],
      ['c'],
    ],
    ['removes from lower layers only', [['a'], ['b', '.wh.b']], ['a', 'b']],
    ['brings back what was removed', [['a/', 'a/b'], ['.wh.a'], ['a/', 'a/c']], ['a', 'a/c']],
    ['replaces a folder by a file', [['a/', 'a/b'], ['a']], ['a']],
    ['replaces a folder by a link', [['a/', 'a/b'], ['a -> c']], ['a']],
    ['replaces a file by a folder', [['a'], ['a/', 'a/b']], ['a', 'a/b']],
  ])('%s', (_, layers, expected) => {
    expect(paths(...layers)).toEqual(expected);
  });

  it('replaces a link by a folder', () => {
    expect(merge(['a -> etc'], ['a/']).get('a')?.kind).toBe('directory');
  });
});

describe('lookUp', () => {
  const tree = merge([
    'usr/',
    'usr/lib/',
    'usr/lib/x86_64-linux-gnu/',
    'usr/lib/x86_64-linux-gnu/libc.so.6',
    'usr/lib/x86_64-linux-gnu/libm.so -> libm.so.6',
    'usr/lib/x86_64-linux-gnu/libm.so.6 -> /lib/x86_64-linux-gnu/libm-2.36.so',
    'usr/lib/x86_64-linux-gnu/libm-2.36.so',
    'lib -> usr/lib',
    'lib64 -> /usr/lib64',
    'usr/lib64 -> lib',
    'usr/lib64x/',
    'usr/bin/',
    'usr/bin/node -> ../../usr/local/bin/./node',
    'usr/local/',
    'usr/local/bin/',
    'usr/local/bin/node => usr/lib/x86_64-linux-gnu/libc.so.6',
    'loop -> pool',
    'pool -> loop',
    'up -> ../../../usr',
  ]);

  it.each([
    ['/lib/x86_64-linux-gnu/libc.so.6', 'usr/lib/x86_64-linux-gnu/libc.so.6'],
    ['lib64/x86_64-linux-gnu/libc.so.6', 'usr/lib/x86_64-linux-gnu/libc.so.6'],
    ['/lib/x86_64-linux-gnu/libm.so', 'usr/lib/x86_64-linux-gnu/libm-2.36.so'],
    ['/usr/bin/node', 'usr/lib/x86_64-linux-gnu/libc.so.6'],
    ['/up/lib', 'usr/lib'],
    ['/lib', 'usr/lib'],
    ['/usr/lib/nothing', undefined],
    ['/loop/x', undefined],
    ['/', undefined],
  ])('%s is %s', (path, expected) => {
    expect(lookUp(tree, path)?.path).toBe(expected);
  });
});
