/** `fdl report`: what ten inputs came to of which two failed, looked at in a real browser. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AxeResults } from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../src/commands/report.ts';
import { needs, required } from '../standins/need.ts';
import { fdl, fdlJson } from './fdl.ts';
import { COUNT, shop, UPPER, write } from './project.ts';

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
    browser = await chromium.launch({ executablePath: required('chromium'), args: ['--no-sandbox'] });
  });

  afterAll(() => browser.close());

  const opened = async (file: string, options: object = {}) => {
    const page = await browser.newPage({ viewport: { width: 375, height: 800 }, ...options });
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

it('has its numbers as JSON, and writes over nothing but reports', async () => {
  const cwd = shop([{ ...UPPER, script: `${FAILS}; ${UPPER.script}` }], { 'one.txt': 'a', 'nine.txt': 'b' });
  await fdl(['run', ...HOST, 'in'], { cwd });
  const report = (await fdlJson(['report', ...LOCAL, '-o', 'r.html'], { cwd })) as { json: ReportDocument };
  expect(report.json).toMatchObject({
    file: path.join(cwd, 'r.html'),
    steps: [
      {
        step: 'upper',
        succeeded: 1,
        failed: 1,
        unfinished: 0,
        bytesIn: 2,
        bytesOut: 1,
        durationMs: { count: 2 },
      },
    ],
    failures: [
      { input: { uri: 's3://shop/in/nine.txt' }, lastLines: ['<script>alert(2)</script> too large'] },
    ],
  });
  write(cwd, { 'own.html': '<p>mine' });
  const refused = await fdl(['report', ...LOCAL, '-o', 'own.html'], { cwd });
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('is there already')]);
  expect(readFileSync(path.join(cwd, 'own.html'), 'utf8')).toBe('<p>mine');
  expect((await fdl(['report', ...LOCAL, '-o', 'r.html'], { cwd })).code).toBe(0);
  expect((await fdl(['report', ...LOCAL, '-o', '-'], { cwd })).stdout).toContain('<!doctype html>');
});
