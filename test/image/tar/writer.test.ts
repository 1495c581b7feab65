import { describe, expect, it } from 'vitest';
import { readTar } from '../../../src/image/tar/reader.ts';
import type { TarSource } from '../../../src/image/tar/writer.ts';
import { tarOf, textFile } from '../images.ts';

async function listed(sources: readonly TarSource[]): Promise<readonly string[]> {
  const bytes = await tarOf(sources);
  expect(bytes.length % 512).toBe(0);
  const entries: string[] = [];
  for await (const { path, kind, mode, size, target } of readTar(chunks(bytes))) {
    entries.push([kind, path, mode.toString(8), size, target].join('|'));
  }
  return entries;
}

async function* chunks(bytes: Buffer) {
  yield bytes;
}

describe('writeTar', () => {
  it('names every folder before what is in it, in the order of bytes', async () => {
    const program = { ...textFile('a/b/program', '#!'), executable: true } as TarSource;
    const link = { kind: 'symlink', path: 'a/b/link', target: 'program' } as const;
    expect(await listed([textFile('b', 'x'), program, textFile('a-c', ''), link])).toEqual([
      'file|a-c|644|0|',
      'directory|a|755|0|',
      'directory|a/b|755|0|',
      'symlink|a/b/link|777|0|program',
      'file|a/b/program|755|2|',
      'file|b|644|1|',
    ]);
  });

  it('keeps names of any length and language', async () => {
    const names = ['x'.repeat(100), 'x'.repeat(101), `${'d/'.repeat(120)}f`, '\u00fcn\u00ef/\u65e5\u672c'];
    for (const name of names) expect(await listed([textFile(name, 'x')])).toContain(`file|${name}|644|1|`);
    const target = 't'.repeat(200);
    expect(await listed([{ kind: 'symlink', path: 'l', target }])).toEqual([`symlink|l|777|0|${target}`]);
  });

  it('gives the same bytes whatever the order of its sources', async () => {
    const sources = ['b', 'a/c', 'a/b', 'c/d/e'].map((name) => textFile(name, name));
    expect(await tarOf(sources.toReversed())).toEqual(await tarOf(sources));
  });

  it('carries neither time nor owner', async () => {
    const bytes = await tarOf([textFile('a', 'x')]);
    const [owner, group, time] = [
      bytes.toString('latin1', 108, 116),
      bytes.toString('latin1', 116, 124),
      bytes.toString('latin1', 136, 148),
    ];
    expect([owner, group, time]).toEqual(['0000000\0', '0000000\0', '00000000000\0']);
  });

  it('refuses a file that has changed', async () => {
    await expect(tarOf([{ ...textFile('a', 'xyz'), size: 2 } as TarSource])).rejects.toThrow(
      '"a" has 3 bytes now, not 2',
    );
  });

  it('tells of files that octal digits cannot', async () => {
    const size = 9_000_000_000;
    const huge: TarSource = {
      kind: 'file',
      path: 'a',
      executable: false,
      size,
      open: () => chunks(Buffer.alloc(0)),
    };
    // The headers come before the content, which is shorter.
    const { writeTar } = await import('../../../src/image/tar/writer.ts');
    const archive = writeTar([huge]);
    const { value: head } = await archive.next();
    const entries = readTar(chunks(Buffer.from(head ?? [])));
    expect((await entries.next()).value).toMatchObject({ path: 'a', size });
  });
});
