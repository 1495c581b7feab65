import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { expandSources } from '../../src/session/sources.ts';
import { temporaryFolder } from '../storage/temporary-folder.ts';

function folderWith(...names: readonly string[]): string {
  const folder = temporaryFolder();
  for (const name of names) {
    mkdirSync(path.join(folder, path.dirname(name)), { recursive: true });
    writeFileSync(path.join(folder, name), 'x'.repeat(name.length));
  }
  return folder;
}

const namesOf = (sources: readonly string[], folder: string) =>
  expandSources(sources, folder).files.map(({ name }) => name);

describe('files of a command line', () => {
  it('keep their name, wherever they lie', () => {
    const folder = folderWith('a.txt', 'sub/b c.txt');
    expect(expandSources(['a.txt', 'sub/b c.txt'], folder).files).toEqual([
      { path: path.join(folder, 'a.txt'), name: 'a.txt', size: 5 },
      { path: path.join(folder, 'sub/b c.txt'), name: 'b c.txt', size: 11 },
    ]);
    expect(namesOf(['../a.txt'], path.join(folder, 'sub'))).toEqual(['a.txt']);
    expect(namesOf([path.join(folder, 'a.txt')], '/')).toEqual(['a.txt']);
  });

  it('of a folder have their path in it, in order', () => {
    const folder = folderWith('in/b.txt', 'in/a.txt', 'in/deep/er/c.txt', 'in/.hidden');
    const names = ['.hidden', 'a.txt', 'b.txt', 'deep/er/c.txt'];
    for (const written of ['in', 'in/', './in', 'in/../in'])
      expect(namesOf([written], folder)).toEqual(names);
    expect(namesOf(['.'], path.join(folder, 'in'))).toEqual(names);
  });

  it('count once when they are named twice', () => {
    const folder = folderWith('in/a.txt');
    expect(namesOf(['in/a.txt', 'in', './in/a.txt'], folder)).toEqual(['a.txt']);
  });

  it('follow links to files, and leave out links to nothing', () => {
    const folder = folderWith('in/a.txt');
    symlinkSync('a.txt', path.join(folder, 'in/link'));
    symlinkSync('none', path.join(folder, 'in/dangling'));
    expect(namesOf(['in'], folder)).toEqual(['a.txt', 'link']);
    expect(expandSources(['in'], folder).skipped).toMatchObject([
      { name: 'dangling', reason: expect.stringContaining('not there') },
    ]);
  });

  it('say which links lead out of a folder, and leave all links out when asked to', () => {
    const folder = folderWith('in/a.txt', 'else/b.txt');
    symlinkSync('a.txt', path.join(folder, 'in/near'));
    symlinkSync('../else/b.txt', path.join(folder, 'in/far'));
    symlinkSync('../else', path.join(folder, 'in/folder'));
    const followed = expandSources(['in'], folder);
    expect(followed.files.map(({ name }) => name)).toEqual(['a.txt', 'far', 'near']);
    expect(followed.notes.toSorted()).toEqual([
      expect.stringMatching(/^in\/far is a link to .*\/else\/b\.txt, .*--no-follow-links/),
      expect.stringMatching(/^in\/folder is a link to a folder/),
    ]);
    const left = expandSources(['in', 'in/near'], folder, { followLinks: false });
    expect(left.files.map(({ name }) => name)).toEqual(['a.txt', 'near']);
    expect(left.notes.map((note) => note.split(' ')[0]).sort()).toEqual(['in/far', 'in/folder', 'in/near']);
    expect(left.skipped).toEqual([]);
  });

  it('are refused where two would become one', () => {
    const folder = folderWith('x/a.txt', 'y/a.txt');
    expect(() => expandSources(['x/a.txt', 'y/a.txt'], folder)).toThrow(
      expect.objectContaining({
        code: 'duplicate-name',
        exitCode: 2,
        message: expect.stringContaining('y/a.txt'),
      }),
    );
  });

  it('are never the folder that one is in by an empty name, such as that of a variable that is not set', () => {
    const folder = folderWith('a.txt');
    const empty = expect.objectContaining({ code: 'source-empty', exitCode: 2 });
    for (const sources of [[''], ['a.txt', '']]) expect(() => expandSources(sources, folder)).toThrow(empty);
    expect(expandSources(['.'], folder).files).toHaveLength(1);
  });

  it('must be there', () => {
    const folder = folderWith('a.txt');
    const missing = expect.objectContaining({
      code: 'source-not-found',
      message: 'there is no file *.csv',
      exitCode: 2,
    });
    expect(() => expandSources(['a.txt', '*.csv'], folder)).toThrow(missing);
    mkdirSync(path.join(folder, 'empty'));
    expect(() => expandSources(['empty'], folder)).toThrow(expect.objectContaining({ code: 'no-files' }));
    expect(expandSources([], folder)).toEqual({ files: [], skipped: [], notes: [] });
  });
});
