import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { MAX_FINDINGS } from '../../src/fdl/diagnostic.ts';
import { loadDocument } from '../../src/fdl/document.ts';
import { LANGUAGE } from '../../src/providers/language.ts';
import { checkWorkflow } from '../../src/workflow/checks/index.ts';
import { linksOf } from '../../src/workflow/links.ts';
import type { Folder } from '../../src/workflow/model.ts';
import { resolveWorkflow } from '../../src/workflow/resolve.ts';
import { brief, onAws, onOscar, readText } from './read-text.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const codes = async (text: string) => {
  const { diagnostics } = await readText(text);
  return [...new Set(diagnostics.map(({ code }) => code))];
};

/** A chain of functions: each reads what the one before writes. */
function chain(length: number): string {
  const item = (at: number) =>
    `  - lambda:\n      name: f${at}\n      init_script: run.sh\n      container: {image: busybox}\n` +
    `      input:\n      - {storage_provider: s3, path: bucket/${at}}\n      output:\n      - {storage_provider: s3, path: bucket/${at + 1}}\n`;
  return `functions:\n  aws:\n${Array.from({ length }, (_, at) => item(at)).join('')}`;
}

/** What every command does with a file before it does anything else. */
function read(text: string): { steps: number; links: number; findings: number } {
  const { document } = loadDocument('demo.yaml', bytes(text), {}, LANGUAGE);
  if (!document) throw new Error('not valid');
  const { workflow, diagnostics, paths } = resolveWorkflow(document, {
    workingDirectory: '/',
    localFiles: false,
    dialects: LANGUAGE.dialects,
  });
  const found = checkWorkflow(
    {
      workflow,
      at: (step, ...fields) => document.place([...(paths.get(step.id) ?? []), ...fields]),
    },
    LANGUAGE.dialects,
  );
  const { steps, links } = workflow;
  return { steps: steps.length, links: links.length, findings: diagnostics.length + found.length };
}

/** Milliseconds of the processor since `start`: unlike those of a clock, they do not count what other processes take. */
function used(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** What the fastest of several runs takes, in milliseconds of the processor. */
function fastest(runs: number, work: () => void): number {
  const times = Array.from({ length: runs }, () => {
    const start = process.cpuUsage();
    work();
    return used(start);
  });
  return Math.min(...times);
}

describe('a file that means harm is answered with a finding', () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x,x]',
    ...[...'bcdefghij'].map((name, at) => `${name}: &${name} [${`*${'abcdefghij'[at]},`.repeat(10)}]`),
  ];

  test.each([
    ['aliases of aliases of aliases', `${bomb.join('\n')}\nfunctions: {}\n`, ['yaml-aliases']],
    [
      'merges of merges of merges',
      `a: &a {x: 1}\n${Array.from({ length: 60 }, (_, at) => `b${at}: &b${at} {<<: [${`*${at ? `b${at - 1}` : 'a'},`.repeat(10)}]}`).join('\n')}\n`,
      ['yaml-aliases', 'yaml-merge'],
    ],
    ['an alias that contains itself', 'functions: &f {aws: *f}\n', ['yaml-alias']],
    ['a key that contains itself', '&f {*f : 1}\n', ['yaml-alias']],
    ['10,000 lists in each other', `functions: ${'['.repeat(10_000)}`, ['yaml-syntax']],
    ['10,000 maps in each other', '{a: '.repeat(10_000), ['yaml-syntax']],
    [
      '10,000 levels of one space',
      Array.from({ length: 2000 }, (_, at) => `${' '.repeat(at)}a:`).join('\n'),
      ['yaml-syntax'],
    ],
    ['10 MB', `# ${'x'.repeat(10 * 1024 * 1024)}`, ['file-too-large']],
    ['a value of 2 MB', onAws(`memory: ${'9x'.repeat(1024 * 1024)}`), ['wrong-type']],
    ['a key of 2 MB', onAws(`? ${'key-'.repeat(512 * 1024)}\n: 1`), ['unknown-key']],
    ['control characters', onAws('description: "\u0007"'), ['yaml-syntax']],
    ['a null byte', onAws('description: \0'), ['yaml-syntax']],
  ])('%s', async (_, text, expected) => {
    expect((await codes(text)).filter((code) => code !== 'more-findings')).toEqual(expected);
  });

  test('names that every object has are names like others', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    const each = (value: string) => `{${names.map((name) => `${name}: ${value}`).join(', ')}}`;
    const file = `functions:\n  oscar:\n  - ${each('{name: step, image: busybox, script: run.sh, environment: {Variables: {__proto__: a, constructor: b}}}')}\nstorage_providers: {minio: ${each('{endpoint: "http://m"}')}}\nclusters: ${each('{endpoint: "http://c"}')}\n`;
    const { workflow, diagnostics } = await readText(file);
    expect(diagnostics.map(({ code }) => code)).toEqual(names.map(() => 'unfed-step'));
    expect(workflow?.steps.map(({ id }) => id)).toEqual(names.map((name) => `${name}/step`));
    expect(workflow?.clusters.map(({ id, endpoint }) => [id, endpoint])).toEqual(
      names.map((name) => [name, 'http://c']),
    );
    expect(Object.entries(workflow?.steps[0]?.environment ?? {})).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    expect({}).not.toHaveProperty('endpoint');
  });

  test('and are unknown where the language has no such field', async () => {
    const { diagnostics, workflow } = await readText(
      `${onAws('__proto__: {memory: 1}\nconstructor: 5')}__proto__: {functions: x}\n`,
    );
    expect(diagnostics.map(brief)).toEqual(['unknown-key 8:7', 'unknown-key 9:7', 'unknown-key 10:1']);
    expect(workflow?.steps[0]?.limits.memoryMib).toBe(512);
  });
});

describe('thousands of findings', () => {
  const many = (line: (at: number) => string, length = 100_000) =>
    Array.from({ length }, (_, at) => line(at)).join('');

  test.each([
    ['100,000 of type', `functions:\n  aws:\n${many(() => '  - 1\n')}`, 'wrong-type'],
    ['of keys that stand twice', `functions: {}\n${many(() => 'a: 1\n', 2000)}`, 'duplicate-key'],
    ['of aliases', `functions: {}\na:\n${many(() => '- *b\n', 2000)}`, 'yaml-alias'],
  ])('%s are as many as anyone reads, and one that says so', async (_, text, code) => {
    const { diagnostics, workflow } = await readText(text);
    expect(workflow).toBeUndefined();
    expect(diagnostics).toHaveLength(MAX_FINDINGS + 1);
    expect(diagnostics.at(-1)).toMatchObject({ code: 'more-findings', severity: 'error' });
    expect(diagnostics[0]?.code).toBe(code);
  });

  test('of a quote too many are warnings', async () => {
    const { diagnostics, workflow } = await readText(`${onAws()}x:\n${many((at) => `  k${at}": 1\n`, 2000)}`);
    expect(workflow).toBeDefined();
    expect(diagnostics.at(-1)).toMatchObject({ code: 'more-findings', severity: 'warning' });
  });

  test('of warnings do not hide an error behind them', async () => {
    const { diagnostics, workflow } = await readText(
      `${many((at) => `k${at}: 1\n`, 2000)}${onAws('memory: lots')}`,
    );
    expect(workflow).toBeUndefined();
    expect(diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code)).toEqual([
      'wrong-type',
    ]);
  });

  test('of warnings do not hide what stands in the way of running', async () => {
    const inputs = Array.from({ length: 300 }, () => '- {storage_provider: s3, path: Bad/in}').join('\n');
    const { diagnostics } = await readText(
      onAws(`input:\n${inputs}\nmemory: 1\noutput: [{storage_provider: s3, path: ""}]`),
    );
    expect(diagnostics.map(({ code }) => code)).toContain('no-path');
    expect(diagnostics.at(-1)).toMatchObject({ code: 'more-findings', blocks: 'cloud' });
  });
});

describe('a large file', () => {
  test('is read whole', () => {
    expect(read(chain(1000))).toEqual({ steps: 1000, links: 999, findings: 0 });
  });

  test('has its folders looked up, not compared with each other', () => {
    const { document } = loadDocument('demo.yaml', bytes(chain(1000)), {}, LANGUAGE);
    if (!document) throw new Error('not valid');
    const { workflow } = resolveWorkflow(document, {
      workingDirectory: '/',
      localFiles: false,
      dialects: LANGUAGE.dialects,
    });
    let looks = 0;
    const counted = <T extends Folder>(folder: T): T => {
      const get = () => {
        looks += 1;
        return folder.prefix;
      };
      return Object.defineProperty({ ...folder }, 'prefix', { get });
    };
    const steps = workflow.steps.map((step) => {
      return { ...step, inputs: step.inputs.map(counted), outputs: step.outputs.map(counted) };
    });
    const links = linksOf(steps);
    checkWorkflow(
      { workflow: { ...workflow, steps, links }, at: () => ({ file: '', line: 1, column: 1 }) },
      LANGUAGE.dialects,
    );
    expect(links).toHaveLength(999);
    // A few for each of 2000 folders; compared with each other, half a million.
    expect(looks).toBeLessThan(40_000);
  });

  test('takes a few times as long as its YAML alone', () => {
    const text = chain(500);
    const whole = fastest(3, () => read(text));
    const yaml = fastest(3, () => load(text));
    expect(whole / yaml).toBeLessThan(10);
  });

  test.each([
    [
      'clusters with stores that nobody declared',
      (at: number) =>
        `  - c${at}: {name: s${at}, image: a, script: b, output: [{storage_provider: minio.x${at}, path: bucket/out}]}\n`,
    ],
    [
      'services with stores of their own',
      (at: number) =>
        `  - c: {name: s${at}, image: a, script: b, storage_providers: {minio: {m${at}: {endpoint: "http://${at}"}}}}\n`,
    ],
    [
      'services that read and write one bucket',
      (at: number) =>
        `  - c: {name: s${at}, image: a, script: b, input: [{storage_provider: minio, path: bucket/${at}}], output: [{storage_provider: minio, path: bucket/x/${at}}]}\n`,
    ],
  ])('with many %s takes no squared time', (_, item) => {
    const items = Array.from({ length: 1000 }, (_unused, at) => item(at));
    const start = process.cpuUsage();
    expect(read(`functions:\n  oscar:\n${items.join('')}`).steps).toBe(1000);
    // A tenth of a second where time is linear; squared, several seconds.
    expect(used(start)).toBeLessThan(1500);
  });
});

describe('a long line or value takes no squared time', () => {
  const long = (text: string) => text.repeat(200_000 / text.length);

  test.each([
    ['spaces and non-breaking spaces', onAws(`description: "a${long(' \u00a0')}b"`)],
    ['references that are not closed', onAws(`description: "${long('${env:a:-')}"`)],
    ['references that are none', onAws(`description: "${long('${env::')}}"`)],
    ['words in place of a script', onAws().replace('run.sh', `"${long('a b ')}"`)],
    ['slashes in a path', onAws(`input: [{storage_provider: s3, path: "a${long('/')}b"}]`)],
    ['spaces in a path', onOscar(`input: [{storage_provider: minio, path: "a${long(' ')}b"}]`)],
    ['dashes in a name', onOscar().replace('name: step', `name: "A${long('-')}a"`)],
    ['dashes in the name of the workflow', `name: "a${long('-')}a"\n${onAws()}`],
    ['slashes in an endpoint', onOscar('', `storage_providers: {minio: {m: {endpoint: "a${long('/')}b"}}}`)],
    ['parts of an image', onAws().replace('busybox', `"${long('a-/')}!"`)],
    ['names of secrets', onAws(`foo: "${long('key')}"`)],
  ])('%s', async (_, text) => {
    const start = process.cpuUsage();
    await readText(text);
    // Milliseconds where time is linear; squared, many seconds.
    expect(used(start)).toBeLessThan(3000);
  });
});
