/**
 * A provider is one folder, and one line in each of the two registries; a kind of store is one file, and its name in one
 * list. A copy of the sources to which these are added, and nothing else, is built, and knows both everywhere.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { fdl, fdlJson, ROOT } from './fdl.ts';
import { project } from './project.ts';

const copy = mkdtempSync(path.join(tmpdir(), 'fdl-third-'));
const program = path.join(copy, 'bin/fdl.js');

beforeAll(async () => {
  for (const part of ['bin', 'src', 'scripts', 'package.json', 'README.md', 'LICENSE'])
    cpSync(path.join(ROOT, part), path.join(copy, part), { recursive: true });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
  addFolder('index.ts', 'dialect/index.ts', 'dialect/schema.ts');
  addLine(
    'providers/dialects.ts',
    /^(.*): readonly Dialect\[\] = \[/m,
    "import { farmDialect } from './farm/dialect/index.ts';\n$1: readonly Dialect[] = [farmDialect, ",
  );
  addLine(
    'providers/registry.ts',
    /^(const PROVIDERS.*\{)$/m,
    "$1\n  farm: { load: async (c) => (await import('./farm/index.ts')).farmProvider(c), isConfigured: () => false },",
  );
  addKindOfStore();
  addLine('store-kinds.ts', /(?=\] as const)/, ", 'attic'");
  await (await script('build.mjs')).build();
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** Its files name those of this project from `test/third-provider`. */
function addFolder(...files: readonly string[]): void {
  for (const file of files) {
    const text = readFileSync(path.join(ROOT, 'test/third-provider', file), 'utf8');
    const target = path.join(copy, 'src/providers/farm', file);
    mkdirSync(path.dirname(target), { recursive: true });
    const moved = text.replaceAll(/'((?:\.\.\/)+)src\/(?:providers\/)?/g, (found, up: string) =>
      found.endsWith('providers/') ? `'${up.slice(3)}` : `'${up}`,
    );
    writeFileSync(target, moved);
  }
}

/** Its file names those of this project from `test`. */
function addKindOfStore(): void {
  const text = readFileSync(path.join(ROOT, 'test/made-up-store.ts'), 'utf8');
  const moved = text.replaceAll("'../src/storage/", "'../").replaceAll("'../src/", "'../../");
  writeFileSync(path.join(copy, 'src/storage/kinds/attic.ts'), moved);
}

/** A script of the copy. */
const script = (name: string) => import(pathToFileURL(path.join(copy, 'scripts', name)).href);

function addLine(file: string, where: RegExp, line: string): void {
  const target = path.join(copy, 'src', file);
  const text = readFileSync(target, 'utf8');
  expect(text).toMatch(where);
  writeFileSync(target, text.replace(where, line));
}

const WORKFLOW = `name: shop
functions:
  farm:
  - name: upper
    partition: fast
    cores: 2
    script: upper.sh
    input: [{storage_provider: s3, path: shop/in}]
    output: [{storage_provider: s3, path: shop/upper}]
  aws:
  - lambda:
      name: count
      init_script: count.sh
      container: {image: busybox}
      input: [{storage_provider: s3, path: shop/upper}]
      output: [{storage_provider: s3, path: shop/out}]
`;
const FILES = {
  'workflow.yaml': WORKFLOW,
  'upper.sh': '#!/bin/sh\ntr a-z A-Z < "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/out.txt"\n',
  'count.sh': '#!/bin/sh\nwc -c < "$INPUT_FILE_PATH" | tr -d " " > "$TMP_OUTPUT_DIR/count.txt"\n',
  'words.txt': 'one two\n',
};

describe('a provider that was added', () => {
  it('has its files validated, with its own fields and checks', async () => {
    const cwd = project(FILES);
    const valid = await fdlJson<{ diagnostics: readonly unknown[] }>(['validate', 'workflow.yaml'], {
      cwd,
      program,
    });
    expect(valid.json).toMatchObject({ valid: true, diagnostics: [] });
    const wrong = WORKFLOW.replace('cores: 2', 'cores: 200').replace('partition:', 'partitoin:');
    writeFileSync(path.join(cwd, 'wrong.yaml'), wrong);
    const { stdout } = await fdl(['validate', 'wrong.yaml'], { cwd, program });
    expect(stdout).toContain('wrong.yaml:5:5: warning: unknown key "partitoin" in "functions.farm"');
    expect(stdout).toContain('Did you mean "partition"?');
    expect(stdout).toContain('wrong.yaml:6:12: warning: the farm has no machine with 200 cores');
  });

  it('is named where files of no provider are refused', async () => {
    const cwd = project({ 'none.yaml': 'a: 1\n' });
    const { stdout } = await fdl(['validate', 'none.yaml'], { cwd, program });
    expect(stdout).toContain('"functions.farm" (entries with a partition)');
  });

  it('is drawn', async () => {
    const cwd = project(FILES);
    const { stdout } = await fdl(['graph', 'workflow.yaml', '--format', 'mermaid'], { cwd, program });
    expect(stdout).toContain('"upper<br/>farm fast"');
    expect(stdout).toContain('"count<br/>aws lambda<br/>busybox"');
  });

  it('has its steps planned, set up, changed and removed', async () => {
    const alone = WORKFLOW.slice(0, WORKFLOW.indexOf('  aws:'));
    const cwd = project({ ...FILES, 'workflow.yaml': alone });
    const env = { FARM: path.join(cwd, 'farm') };
    const at = { cwd, env, program };
    const planned = await fdlJson(['plan', 'workflow.yaml'], at);
    expect(planned.json).toMatchObject({ actions: [{ action: 'create', id: 'farm/main/job/upper' }] });
    expect(await fdl(['apply', 'workflow.yaml', '--yes'], at)).toMatchObject({ code: 0 });
    expect(readdirSync(env.FARM)).toEqual(['upper']);
    writeFileSync(path.join(cwd, 'workflow.yaml'), alone.replace('cores: 2', 'cores: 4'));
    const changed = await fdlJson(['plan', 'workflow.yaml'], at);
    expect(changed.json).toMatchObject({
      actions: [{ action: 'update', changes: [{ path: 'cores', before: 2, after: 4 }] }],
    });
    expect(await fdl(['rm', 'workflow.yaml', '--yes'], at)).toMatchObject({ code: 0 });
    expect(readdirSync(env.FARM)).toEqual([]);
  });

  it('has its steps run on this machine, beside those of others', async () => {
    const cwd = project(FILES);
    const args = ['run', 'workflow.yaml', 'words.txt', '--local', '--engine', 'host', '-o', 'out'];
    const { code, stderr } = await fdl(args, { cwd, program });
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
    expect(readFileSync(path.join(cwd, 'out/count/count.txt'), 'utf8')).toBe('8\n');
  });
});

const STORES = `name: shop
storage_providers:
  attic:
    roof: {address: 'http://localhost:9', floor: top, access_key: ada, secret_key: hidden-word}
functions:
  aws:
  - lambda:
      name: count
      init_script: count.sh
      container: {image: busybox}
      input: [{storage_provider: s3, path: shop/in}]
      output: [{storage_provider: attic.roof, path: shelf/out}]
`;

describe('a kind of store that was added', () => {
  const checked = async (text: string) => {
    const cwd = project({ ...FILES, 'stores.yaml': text });
    const { stdout } = await fdl(['validate', 'stores.yaml'], { cwd, program });
    return stdout;
  };

  it('has its fields checked, and is found by its name', async () => {
    expect(await checked(STORES)).toContain('stores.yaml: valid');
    const field = await checked(STORES.replace('floor:', 'flor:'));
    expect(field).toContain(
      'stores.yaml:4:43: warning: unknown key "flor" in "storage_providers.attic.roof"',
    );
    expect(field).toContain('Did you mean "floor"?');
    const kind = await checked(STORES.replace('attic.roof', 'atic.roof'));
    expect(kind).toContain('stores.yaml:12:35: warning: "atic.roof" is no storage provider');
    expect(kind).toContain('Did you mean attic?');
  });

  it('has its folders and credentials checked', async () => {
    const bucket = await checked(STORES.replace('shelf/out', 'Shelf_1/out'));
    expect(bucket).toContain('stores.yaml:12:53: warning: "Shelf_1" is no name for a bucket');
    const keys = await checked(STORES.replace(', access_key: ada, secret_key: hidden-word', ''));
    expect(keys).toContain('"count" writes to attic.roof, for which the file has no credentials');
    expect(keys).toContain('with access_key: ${env:ATTIC_NAME} and secret_key: ${env:ATTIC_WORD}');
    const input = await checked(STORES.replace('storage_provider: s3', 'storage_provider: attic.roof'));
    expect(input).toContain('"count" cannot be triggered by files in attic.roof');
  });

  it('is in the schema for editors, at the top of the file and in services', async () => {
    const { loadSchema, schemaDocument } = await script('schema.mjs');
    const document = schemaDocument(await loadSchema(copy));
    const text = JSON.stringify(document);
    expect(text.split('"title":"Attics"')).toHaveLength(3);
    const fields = document.definitions.attic.properties;
    expect(Object.keys(fields)).toEqual(['address', 'floor', 'access_key', 'secret_key']);
    expect(fields.address.description).toBe('URL of the attic.');
  });

  it('is deployed with what reaches it, and refused without', async () => {
    const cwd = project({ ...FILES, 'stores.yaml': STORES });
    const plan = ['plan', 'stores.yaml', '--offline'];
    const { stdout, code } = await fdl(plan, { cwd, program });
    expect(code).toBe(0);
    expect(stdout).not.toContain('hidden-word');
    writeFileSync(path.join(cwd, 'stores.yaml'), STORES.replace("address: 'http://localhost:9', ", ''));
    const { stderr } = await fdl(plan, { cwd, program });
    expect(stderr).toContain('the storage provider "attic.roof" has no "address"');
  });

  it('takes files on this machine, and over the network in its protocol', async () => {
    const cwd = project({ ...FILES, 'stores.yaml': STORES });
    const run = ['run', 'stores.yaml', 'words.txt', '--local', '--engine', 'host', '-o', 'out'];
    expect(await fdl(run, { cwd, program })).toMatchObject({ code: 0 });
    expect(readFileSync(path.join(cwd, 'out/count/count.txt'), 'utf8')).toBe('8\n');
    const heard: string[] = [];
    const attic = createServer(({ method, url, headers }, answer) => {
      heard.push(`${method} ${url} ${headers.authorization}`);
      answer.end('<ListBucketResult/>');
    });
    onTestFinished(() => void attic.close());
    await new Promise<void>((resolve) => attic.listen(0, '127.0.0.1', resolve));
    const { port } = attic.address() as AddressInfo;
    writeFileSync(path.join(cwd, 'stores.yaml'), STORES.replace(':9', `:${port}`));
    const get = ['get', '-f', 'stores.yaml', '--from', 'attic.roof://shelf/out'];
    await fdl(get, { cwd, program });
    expect(heard[0]).toMatch(/^GET \/shelf\?\S*list-type=2&prefix=out%2F .* Credential=ada\/\d+\/roof\/s3\//);
  });
});
