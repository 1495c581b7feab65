/** Any keys as files of one folder: nothing leaves it, nothing is lost without being named. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeFiles } from '../../src/storage/key-files.ts';
import { localStorage } from '../../src/storage/local-folders.ts';
import { runs } from '../fuzz.ts';
import { temporaryFolder } from './temporary-folder.ts';

const never = () => false;

function objectsOf(paths: readonly string[]) {
  return paths.map((name, index) => ({ uri: `s3://bucket/${index}`, path: name, size: index }));
}

/** Writes the files, each file with its own content, and answers all files below the folder. */
function writeAll(
  dir: string,
  files: ReturnType<typeof placeFiles<{ uri: string; path: string; size: number }>>['files'],
) {
  for (const { object, file } of files) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, object.uri);
  }
  return readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) =>
    lstatSync(path.join(dir, name)).isFile(),
  );
}

/** Names that do harm more often than random ones would. */
const name = fc.oneof(
  fc.constantFrom(
    '',
    '.',
    '..',
    '...',
    'a',
    'A',
    'b',
    'ä',
    '~',
    'con',
    'a\\b',
    'n'.repeat(256),
    'ä'.repeat(128),
  ),
  fc.constantFrom('.fdl-part-x', 'a\0b', '\ud800', ' ', '-rf', 'a\nb', '%2e%2e'),
  fc.string({ unit: 'binary', maxLength: 5 }),
);
const key = fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => names.join('/'));
const keys = fc.uniqueArray(key, { maxLength: 12 });

/** Names of devices. */
const DEVICES = ['CON', 'PRN', 'AUX', 'NUL', 'CONIN$', 'CONOUT$', 'COM1', 'LPT9', 'COM¹', 'LPT³'];

/** Names that Windows takes for others, or for none. */
const nameOfWindows = fc.oneof(
  name,
  fc.constantFrom(
    'C:',
    'c:x',
    'x:stream',
    'a.',
    'a ',
    'straße',
    'STRASSE',
    'ſ',
    'S',
    'é',
    'e\u0301',
    'É',
    'Σ',
    'ς',
  ),
  fc
    .tuple(fc.constantFrom(...DEVICES), fc.boolean(), fc.constantFrom('', '.txt', ' .txt', ' ', 'x'))
    .map(([device, isSmall, end]) => (isSmall ? device.toLowerCase() : device) + end),
);
/** Each also in other letters that mean the same where case and form do not count. */
const keysOfWindows = fc
  .array(
    fc.array(nameOfWindows, { minLength: 1, maxLength: 3 }).map((names) => names.join('/')),
    { maxLength: 6 },
  )
  .map((keys) => [
    ...new Set(keys.flatMap((each) => [each, each.toUpperCase(), each.toLowerCase(), each.normalize('NFD')])),
  ]);

describe('placeFiles', () => {
  it('keeps any keys below the folder, each with its own content, and names all others', () => {
    fc.assert(
      fc.property(keys, (paths) => {
        const above = realpathSync(temporaryFolder());
        const dir = path.join(above, 'deep/er/dir');
        const { files, refused } = placeFiles(dir, objectsOf(paths), { foldsNames: never });
        mkdirSync(dir, { recursive: true });
        expect(writeAll(dir, files)).toHaveLength(files.length);
        expect(files.length + refused.length).toBe(paths.length);
        for (const { object, file } of files) {
          expect(readFileSync(file, 'utf8')).toBe(object.uri);
          expect(realpathSync(file).startsWith(`${dir}/`)).toBe(true);
        }
        expect(readdirSync(above)).toEqual(['deep']);
        expect(readdirSync(path.join(above, 'deep'))).toEqual(['er']);
        expect(readdirSync(path.join(above, 'deep/er'))).toEqual(['dir']);
      }),
      { numRuns: runs(200) },
    );
  });

  it('makes files of any keys that Windows has, each of its own, where case and form of letters do not count', () => {
    const folds = (each: string) => each.normalize('NFC').toUpperCase();
    fc.assert(
      fc.property(keysOfWindows, (paths) => {
        const dir = '/nowhere';
        const windows = { platform: 'win32', foldsNames: () => true };
        const { files, refused } = placeFiles(dir, objectsOf(paths), windows);
        expect(files.length + refused.length).toBe(paths.length);
        const placed = files.map(({ file }) => folds(file.slice(dir.length + 1)));
        expect(new Set(placed).size).toBe(placed.length);
        // No file is a folder of another one.
        for (const file of placed) expect(placed.some((other) => other.startsWith(`${file}/`))).toBe(false);
        // As Windows reads a path: its letters, and the name of each part in front of dots and blanks.
        for (const each of placed.flatMap((file) => file.split('/'))) {
          expect(each).not.toMatch(/[<>:"|?*\\]|[. ]$/);
          const [stem = ''] = each.split('.');
          expect(DEVICES).not.toContain(stem.trimEnd());
        }
      }),
      { numRuns: runs(300) },
    );
    for (const good of ['console', 'com', 'com10', 'a.con', 'nul-1/x'])
      expect(placeFiles('/nowhere', objectsOf([good]), { platform: 'win32' }).refused).toEqual([]);
  });

  it('refuses no key that a local bucket keeps', async () => {
    await fc.assert(
      fc.asyncProperty(key, async (only) => {
        const root = temporaryFolder();
        mkdirSync(path.join(root, 'data'));
        const source = path.join(root, 'source');
        writeFileSync(source, 'x');
        const { files } = placeFiles(path.join(root, 'out'), objectsOf([only]), { foldsNames: never });
        const upload = async () => localStorage(root).upload(source, 'data', only);
        const isStored = await upload().then(
          () => true,
          ({ code }) => code !== 'key-invalid',
        );
        expect(files.length === 1).toBe(isStored);
      }),
      { numRuns: runs(200) },
    );
  });

  it.each([
    ['', 'empty'],
    ['a\0b', 'NUL'],
    ['/etc/passwd', 'starts with a slash'],
    ['a/', 'ends in a slash'],
    ['a//b', 'two slashes'],
    ['a/../b', '".."'],
    ['./b', '"."'],
    [`a/${'n'.repeat(256)}`, '256 bytes'],
    ['\udc00', 'Unicode'],
  ])('says why %j is refused', (bad, why) => {
    const { files, refused } = placeFiles('/nowhere', objectsOf([bad, 'good']), { foldsNames: never });
    expect(refused).toMatchObject([{ object: { path: bad }, reason: expect.stringContaining(why) }]);
    expect(files).toMatchObject([{ file: '/nowhere/good' }]);
  });

  it('keeps a folder rather than a file of its name, whichever comes first', () => {
    for (const paths of [
      ['a/b', 'a', 'a/c'],
      ['a', 'a/b', 'a/c'],
    ]) {
      const { files, refused } = placeFiles('/nowhere', objectsOf(paths), { foldsNames: never });
      expect(files.map(({ object }) => object.path)).toEqual(['a/b', 'a/c']);
      expect(refused).toMatchObject([{ object: { path: 'a' } }]);
    }
  });

  it('refuses the second object of one path, unless it is a copy of the first', () => {
    const [one, two, three] = [1, 1, 2].map((size, at) => ({ uri: `s3://${at}`, path: 'x', size }));
    if (!one || !two || !three) throw new Error('three objects');
    const { files, refused } = placeFiles('/nowhere', [one, two, three], { foldsNames: never });
    expect(files.map(({ object }) => object)).toEqual([one, two]);
    expect(refused).toMatchObject([{ object: three, reason: expect.stringContaining(one.uri) }]);
  });

  it('takes names for one that the file system does, and asks it only then', () => {
    const asked: string[] = [];
    const folds = (dir: string) => asked.push(dir) > 0;
    expect(placeFiles('/nowhere', objectsOf(['a', 'b', 'c/d']), { foldsNames: folds }).refused).toEqual([]);
    expect(asked).toEqual([]);
    const { refused } = placeFiles('/nowhere', objectsOf(['Ab', 'aB', 'C', 'c/d', 'u\u0308', '\u00fc']), {
      foldsNames: folds,
    });
    expect(refused.map(({ object }) => object.path)).toEqual(['aB', 'C', '\u00fc']);
    expect(asked).toEqual(['/nowhere']);
  });

  it('asks the file system itself', () => {
    const dir = path.join(temporaryFolder(), 'new');
    const { refused } = placeFiles(dir, objectsOf(['a', 'A']));
    writeFileSync(path.join(dir, 'a'), '');
    expect(refused).toHaveLength(existsSync(path.join(dir, 'A')) ? 1 : 0);
    expect(readdirSync(dir)).toEqual(['a']);
  });

  it('refuses files behind a link, at whatever depth, and not those beside it', () => {
    const dir = temporaryFolder();
    mkdirSync(path.join(dir, 'a'));
    symlinkSync('/tmp', path.join(dir, 'a/link'));
    const { files, refused } = placeFiles(dir, objectsOf(['a/link/x/y', 'a/x', 'a/link']), {
      foldsNames: never,
    });
    expect(refused.map(({ object }) => object.path)).toEqual(['a/link/x/y', 'a/link']);
    expect(files).toMatchObject([{ object: { path: 'a/x' } }]);
  });
});
