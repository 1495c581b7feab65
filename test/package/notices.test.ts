/** What the package says of the libraries that are bundled into it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { bundledPackages, noticesComment, noticesText } from '../../scripts/notices.mjs';
import { temporaryFolder } from '../storage/temporary-folder.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Library {
  readonly license?: unknown;
  readonly files?: Readonly<Record<string, string>>;
}

/** A project with these libraries, by the paths of their folders; it has the text of Apache-2.0 as its own. */
function projectWith(libraries: Readonly<Record<string, Library>>): string {
  const root = temporaryFolder();
  writeFileSync(path.join(root, 'LICENSE'), 'the text of Apache-2.0\n');
  for (const [folder, { license, files = {} }] of Object.entries(libraries)) {
    mkdirSync(path.join(root, folder), { recursive: true });
    const name = folder.replace(/^.*node_modules\//, '');
    const manifest = JSON.stringify({ name, version: '1.2.3', license });
    for (const [file, text] of Object.entries({ 'package.json': manifest, ...files }))
      writeFileSync(path.join(root, folder, file), text);
  }
  return root;
}

/** What esbuild says of one file that it wrote: bytes by the file they come from. */
const metafile = (inputs: Readonly<Record<string, number>>) => ({
  outputs: {
    'dist/main.js': {
      inputs: Object.fromEntries(
        Object.entries(inputs).map(([file, bytes]) => [file, { bytesInOutput: bytes }]),
      ),
    },
  },
});

describe('the libraries of a bundle', () => {
  it('are those that left something in it, also such as lie in another one', () => {
    const mit = { license: 'MIT', files: { license: 'MIT of somebody\r\n' } };
    const root = projectWith({
      'node_modules/a': mit,
      'node_modules/gone': mit,
      'node_modules/a/node_modules/@scope/b': { license: 'ISC', files: { 'LICENSE.md': 'ISC', NOTICE: 'N' } },
    });
    const inputs = {
      'src/commands/main.ts': 5,
      'node_modules/a/dist/index.js': 7,
      'node_modules/a/node_modules/@scope/b/b.js': 1,
      'node_modules/gone/index.js': 0,
    };
    const found = bundledPackages(root, [metafile(inputs), metafile(inputs)]);
    expect(found).toEqual([
      { name: '@scope/b', version: '1.2.3', license: 'ISC', text: 'ISC\n\nN' },
      { name: 'a', version: '1.2.3', license: 'MIT', text: 'MIT of somebody' },
    ]);
  });

  it.each([
    ['GPL-3.0-only', 'its licence "GPL-3.0-only" is not one of'],
    ['(MIT OR GPL-2.0)', 'its licence "(MIT OR GPL-2.0)" is not one of'],
    [undefined, 'its licence "undefined" is not one of'],
  ])('may not be under %s', (license, why) => {
    const root = projectWith({ 'node_modules/a': { license, files: { LICENSE: 'text' } } });
    expect(() => bundledPackages(root, [metafile({ 'node_modules/a/a.js': 1 })])).toThrow(
      `a 1.2.3 cannot be bundled: ${why}`,
    );
  });

  it('must bring the text of their licence, but for Apache-2.0, whose text names nobody', () => {
    const root = projectWith({
      'node_modules/a': { license: 'MIT' },
      'node_modules/b': { license: 'Apache-2.0' },
    });
    expect(() => bundledPackages(root, [metafile({ 'node_modules/a/a.js': 1 })])).toThrow('no text');
    expect(bundledPackages(root, [metafile({ 'node_modules/b/b.js': 1 })])).toMatchObject([
      { text: 'the text of Apache-2.0' },
    ]);
  });
});

it('texts that several libraries share are there once, below the names of all', () => {
  const library = { version: '1.0.0', license: 'MIT', text: 'one\n\ntwo' };
  const text = noticesText([
    { ...library, name: 'a' },
    { ...library, name: 'b', text: 'another' },
    { ...library, name: 'c' },
  ]);
  expect(text.match(/one\n\ntwo/g)).toHaveLength(1);
  expect(text).toMatch(/- a 1\.0\.0 \(MIT\)\n- c 1\.0\.0 \(MIT\)\n\none/);
});

it('a comment with the texts ends where it should', () => {
  const comment = noticesComment([
    { name: 'a', version: '1.0.0', license: 'MIT', text: 'glob **/*.js */ x' },
  ]);
  expect(comment.indexOf('*/')).toBe(comment.length - 3);
});

describe('what is built', () => {
  const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

  it('has the texts beside it, for exactly the libraries whose code it has', () => {
    const notices = read('THIRD-PARTY-NOTICES');
    for (const name of ['undici', 'commander', 'js-yaml', 'signal-exit', '@aws-sdk/client-ec2'])
      expect(notices).toMatch(new RegExp(`^- ${name} \\d`, 'm'));
    for (const name of ['esbuild', 'ajv', 'vitest', 'typescript'])
      expect(notices).not.toContain(`- ${name} `);
    expect(notices).toContain('Permission is hereby granted');
    expect(notices).toContain('TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION');
  });

  it('has them in the program that images carry, since that travels alone', () => {
    const program = read('dist/supervisor.mjs');
    expect(program).toMatch(/^- @smithy\/core \d/m);
    expect(program).not.toMatch(/^- commander \d/m);
    expect(program).toContain('TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION');
  });
});
