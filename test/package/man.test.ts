/** The manual pages of the package. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { CATALOG } from '../../src/commands/catalog.ts';
import { needs } from '../standins/need.ts';

const MAN = fileURLToPath(new URL('../../man', import.meta.url));
const PAGES = readdirSync(MAN).sort();

it('there is one for each command, also for those below another', () => {
  const commands = CATALOG.flatMap(({ name, subcommands = [] }) => [
    name,
    ...subcommands.map((below) => `${name}-${below.name}`),
  ]);
  expect(PAGES).toEqual(['fdl.1', ...commands.map((name) => `fdl-${name}.1`)].sort());
  // npm links those that it is told of by name.
  expect(manifest.man).toEqual(PAGES.map((page) => `man/${page}`));
});

describe.skipIf(!needs('groff'))('as groff sets them', () => {
  it('they have nothing that it warns of', () => {
    const files = PAGES.map((page) => path.join(MAN, page));
    const { stdout, stderr, status } = spawnSync('groff', ['-man', '-ww', '-z', '-Tutf8', ...files], {
      encoding: 'utf8',
    });
    expect([status, stdout, stderr]).toEqual([0, '', '']);
  });

  it('they say what help says', () => {
    const set = (page: string) =>
      execFileSync('groff', ['-man', '-Tascii', '-P-c', '-P-b', '-P-u', '-rLL=200n', path.join(MAN, page)], {
        encoding: 'utf8',
      });
    for (const { name, summary, options, examples, arguments: args } of CATALOG) {
      const text = set(`fdl-${name}.1`).replace(/\s+/g, ' ');
      for (const each of [summary, args ?? '', ...options.map(({ flags }) => flags.replace(/[<>]/g, ''))])
        expect(text.toLowerCase(), `fdl ${name}`).toContain(each.toLowerCase());
      for (const [line] of examples) expect(text, `fdl ${name}`).toContain(line);
    }
    expect(set('fdl.1')).toMatch(/^ {7}fdl plan\n/m);
  });

  it('are made of plain characters, so that they show in every locale', () => {
    for (const page of PAGES) expect(readFileSync(path.join(MAN, page), 'utf8')).toMatch(/^[\n -~]*$/);
  });
});
