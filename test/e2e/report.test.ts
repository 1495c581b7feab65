/** `fdl report`: what ten inputs came to of which two failed, looked at in a real browser. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AxeResults } from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../src/commands/report.ts';
import { needs, required } from '../standins/need.ts';
import { fdl, fdlJson } from './fdl.ts';
import { COUNT, filesBelow, shop, UPPER, write } from './project.ts';

const LOCAL = ['workflow.yaml', '--local'] as const;
const HOST = [...LOCAL, '--engine', 'host'] as const;

/** A name and lines of a log that would be more than text if somebody let them. */
const EVIL = `"><img src=x onerror=alert(1)>.txt`;
const FAILS = `case "$INPUT_FILE_PATH" in *img*|*nine*) printf '<script>alert(2)</script>\\033[31m too large\\n' >&2; exit 3;; esac`;

const SECTIONS = [
  'The workflow',
  'Timeline',
  'Durations',
  'Memory and processors',
  'Failures',
  'Invocations',
  'Versions',
];

async function tenInputs(): Promise<string> {
  const names = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'].map(
    (name) => `${name}.txt`,
  );
  const inputs = Object.fromEntries([...names, EVIL].map((name) => [name, name]));
  const cwd = shop([{ ...UPPER, script: `${FAILS}; ${UPPER.script}`, more: { memory: 512 } }, COUNT], inputs);
  expect((await fdl(['run', ...HOST, 'in'], { cwd })).code).toBe(1);
  return cwd;
}

describe.skipIf(!needs('chromium'))('a report', () => {
  let browser: Browser;

  beforeAll(async () => {
    // Whoever runs tests may be root, and have little shared memory. A loaded machine is no failure.
    const args = ['--no-sandbox', '--disable-dev-shm-usage'];
    browser = await chromium.launch({ executablePath: required('chromium'), args, timeout: 0 });
  });

  afterAll(() => browser?.close());

  const opened = async (file: string, options: object = {}) => {
    const page = await browser.newPage({ viewport: { width: 375, height: 800 }, ...options });
    page.setDefaultTimeout(0);
    const told: string[] = [];
    page.on('console', (message) => told.push(message.text()));
    page.on('pageerror', ({ message }) => told.push(message));
    page.on('request', (request) => told.push(request.url()));
    await page.goto(`file://${file}`);
    return { page, told };
  };
  const texts = (page: Page, selector: string) => page.locator(selector).allInnerTexts();

  it('shows all that ran, and is text whatever things are called', async () => {
    const cwd = await tenInputs();
    const file = path.join(cwd, 'report.html');
    const { code, stdout } = await fdl(['report', ...LOCAL], { cwd });
    expect([code, stdout]).toEqual([0, `Wrote ${file}: 18 invocations.\n`]);
    const { page, told } = await opened(file);
    expect(await texts(page, 'h2')).toEqual(SECTIONS);
    expect(told).toEqual([`file://${file}`]);
    expect(await page.locator('img, script').count()).toBe(0);
    expect((await texts(page, '.failure h3')).sort()).toEqual([
      `upper: s3://shop/in/${EVIL}`,
      'upper: s3://shop/in/nine.txt',
    ]);
    expect(await texts(page, '.failure pre')).toEqual(Array(2).fill('<script>alert(2)</script> too large'));
    expect(await page.locator('[aria-label="When each invocation ran, step by step"] rect').count()).toBe(18);
    const [counts] = await texts(page, '#timeline ~ figure + .wide tbody');
    expect(counts?.split(/\s+/).join(' ')).toBe('upper this machine 10 8 2 0 count this machine 8 8 0 0');
    // What is wider than the screen scrolls by itself.
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(375);
    await page.close();
    const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
    for (const colorScheme of ['light', 'dark']) {
      const { page: looked } = await opened(file, { colorScheme, bypassCSP: true });
      await looked.addScriptTag({ path: axe });
      const { violations } = await looked.evaluate<AxeResults>('axe.run()');
      expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
      const ground = await looked.evaluate('getComputedStyle(document.body).backgroundColor');
      expect(ground).toBe(colorScheme === 'dark' ? 'rgb(20, 23, 28)' : 'rgb(255, 255, 255)');
      await looked.close();
    }
  });

  it('draws how many ran where there are too many for a bar each', async () => {
    const { timelineChart } = await import('../../src/report/charts.ts');
    const invocations = Array.from({ length: 3000 }, (_, index) => ({
      id: `i${index}`,
      step: 'many',
      status: 'succeeded' as const,
      outputs: [],
      startedAt: new Date(index).toISOString(),
      endedAt: new Date(index + 50).toISOString(),
    }));
    const file = path.join(tmpdir(), `fdl-chart-${process.pid}.html`);
    writeFileSync(file, `<!doctype html>${timelineChart(invocations, 0)?.text}`);
    const { page } = await opened(file);
    expect(await page.locator('svg path[d]').count()).toBeGreaterThan(0);
    expect(await page.locator('svg text', { hasText: 'many' }).count()).toBe(1);
    await page.close();
    rmSync(file);
  });
});

type Entity = Readonly<Record<string, unknown>> & { readonly '@id': string };

/** What breaks the rules of Workflow Run Crate 0.5 (https://w3id.org/ro/wfrun/workflow/0.5) and of what it builds on. */
function problemsOf(folder: string): readonly string[] {
  const { '@graph': graph } = JSON.parse(
    readFileSync(path.join(folder, 'ro-crate-metadata.json'), 'utf8'),
  ) as {
    readonly '@graph': readonly Entity[];
  };
  const entities = new Map(graph.map((entity) => [entity['@id'], entity]));
  const list = (value: unknown) => (Array.isArray(value) ? value : [value]) as readonly unknown[];
  const idsIn = (value: unknown) => list(value).flatMap((each) => (each as Partial<Entity>)?.['@id'] ?? []);
  const isOf = (entity: Entity | undefined, type: string) => list(entity?.['@type']).includes(type);
  const root = entities.get('./');
  const main = entities.get(idsIn(root?.['mainEntity'])[0] ?? '');
  const actions = graph.filter((entity) => isOf(entity, 'CreateAction'));
  const parts = new Set(idsIn(root?.['hasPart']));
  const held: Readonly<Record<string, boolean>> = {
    'ids are there once': entities.size === graph.length,
    'references lead somewhere': graph.every((entity) =>
      Object.values(entity).every((value) =>
        idsIn(value).every((id) => entities.has(id) || /^https?:/.test(id)),
      ),
    ),
    'no list has one element': graph.every((entity) =>
      Object.values(entity).every((value) => !Array.isArray(value) || value.length > 1),
    ),
    'the root says what it must': ['name', 'description', 'datePublished', 'license'].every(
      (name) => root?.[name],
    ),
    'the root names the profile': idsIn(root?.['conformsTo']).includes(
      'https://w3id.org/ro/wfrun/workflow/0.5',
    ),
    'the workflow is one': ['File', 'SoftwareSourceCode', 'ComputationalWorkflow'].every((type) =>
      isOf(main, type),
    ),
    'its language is one': isOf(
      entities.get(idsIn(main?.['programmingLanguage'])[0] ?? ''),
      'ComputerLanguage',
    ),
    'an action is the run of the workflow': actions.some(
      ({ instrument }) => idsIn(instrument)[0] === main?.['@id'],
    ),
    'every action has an instrument and is mentioned': actions.every(
      (action) =>
        idsIn(action['instrument']).length === 1 && idsIn(root?.['mentions']).includes(action['@id']),
    ),
    'parameters have a type and examples': [...idsIn(main?.['input']), ...idsIn(main?.['output'])].every(
      (id) => {
        const parameter = entities.get(id);
        return parameter?.['additionalType'] === 'File' && idsIn(parameter['workExample']).length > 0;
      },
    ),
    'every file is a part': graph.every((entity) => !isOf(entity, 'File') || parts.has(entity['@id'])),
    'parts that are no URIs are there': [...parts].every(
      (id) => id.includes('://') || existsSync(path.join(folder, decodeURIComponent(id))),
    ),
    'ids are URIs': graph.every(({ '@id': id }) => URL.canParse(id, 'http://crate/') && !/[\s"<>]/.test(id)),
  };
  return Object.keys(held).filter((rule) => !held[rule]);
}

it('is numbers as JSON, and an RO-Crate for those who publish; it is written over nothing else', async () => {
  const inputs = { 'one.txt': 'a', 'nine.txt': 'bc', 'ä +&.txt': 'c' };
  const lab = { endpoint: 'https://minio.invalid', access_key: 'lab', secret_key: 'secret-of-the-lab' };
  const counting = { ...COUNT, more: { init_script: 'count.sh' } };
  const cwd = shop([{ ...UPPER, script: `${FAILS}; ${UPPER.script}` }, counting], inputs, {
    storage_providers: { minio: { lab } },
  });
  write(cwd, { 'count.sh': `#!/bin/sh\n${COUNT.script}\n` });
  await fdl(['run', ...HOST, 'in'], { cwd });
  const { json } = await fdlJson<ReportDocument>(['report', ...LOCAL, '-o', 'r.html'], { cwd });
  const [upper] = json.steps;
  expect(json.file).toBe(path.join(cwd, 'r.html'));
  expect(upper).toMatchObject({ step: 'upper', succeeded: 2, failed: 1, unfinished: 0 });
  expect(upper).toMatchObject({ bytesIn: 4, bytesOut: 2, durationMs: { count: 3 } });
  const lastLines = ['<script>alert(2)</script> too large'];
  expect(json.failures).toMatchObject([{ input: { uri: 's3://shop/in/nine.txt' }, lastLines }]);
  const license = 'https://spdx.org/licenses/CC-BY-4.0';
  const wanted = ['report', ...LOCAL, '--format', 'ro-crate', '--license', license];
  const crate = path.join(cwd, 'ro-crate');
  expect((await fdl(wanted, { cwd })).stdout).toBe(`Wrote ${crate}: 5 invocations.\n`);
  const script = 'scripts/2-count';
  expect(filesBelow(crate)).toEqual(['report.html', 'ro-crate-metadata.json', script, 'workflow.yaml']);
  expect(problemsOf(crate)).toEqual([]);
  const metadata = readFileSync(path.join(crate, 'ro-crate-metadata.json'), 'utf8');
  expect(metadata.match(/FailedActionStatus/g)).toHaveLength(2);
  expect(readFileSync(path.join(crate, 'workflow.yaml'), 'utf8')).not.toContain(lab.secret_key);
  const refused = await fdl([...wanted, '-o', 'in'], { cwd });
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('and no crate')]);
  write(cwd, { 'r.html': '<p>mine' });
  expect((await fdl(['report', ...LOCAL, '-o', 'r.html'], { cwd })).stderr).toContain('and no report');
  expect(readFileSync(path.join(cwd, 'r.html'), 'utf8')).toBe('<p>mine');
  // Its own is written over.
  expect((await fdl(wanted, { cwd })).code).toBe(0);
});
