/** Every template, written by `fdl init` and run at once, gives what it promises; every example is right. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tried } from '../sample.ts';
import { needs } from '../standins/need.ts';
import { EXAMPLES, expectResults, writeExample } from './example-results.ts';
import { fdl, fdlJson } from './fdl.ts';
import { type Images, openImages } from './images.ts';
import { project } from './project.ts';

const NAMES = readdirSync(EXAMPLES).filter((name) => existsSync(path.join(EXAMPLES, name, 'workflow.yaml')));
const TEMPLATES = NAMES.filter((name) => existsSync(path.join(EXAMPLES, name, 'expected')));

/** Where nothing may be skipped, the pictures need ImageMagick too. */
function canRun(name: string): boolean {
  const missing = name === 'image-thumbnails' && spawnSync('identify', ['-version']).status !== 0;
  if (missing && process.env['CI'])
    throw new Error(`${name} needs ImageMagick (apt-get install imagemagick).`);
  return !missing;
}

describe('fdl init TEMPLATE, fdl run', () => {
  it.each(TEMPLATES)('%s', async (name) => {
    if (!canRun(name)) return;
    const { cwd, inputs } = await writeExample(name);
    const line = ['run', '--local', 'workflow.yaml', ...inputs, '-o', 'out', '--engine', 'host'];
    const { code, stderr } = await fdl(line, { cwd });
    expect(code, stderr).toBe(0);
    expectResults(name, path.join(cwd, 'out'));
  });
});

describe.skipIf(!needs('podman', 'registry', 'busybox'))('in containers', () => {
  let images: Images;

  beforeAll(async () => {
    images = await openImages();
    await images.publish('docker/library/busybox:1.37');
  });

  afterAll(() => images.close());

  it.each(tried(['hello', 'word-count', 'climate-series']))('%s gives the same', async (name) => {
    const { cwd, inputs } = await writeExample(name);
    const env = { ...images.podman.env, FDL_REGISTRY_MIRRORS: `public.ecr.aws=${images.url}` };
    const line = ['run', '--local', 'workflow.yaml', ...inputs, '-o', 'out', '--engine', 'podman'];
    const { code, stderr } = await fdl(line, { cwd, env });
    expect(code, stderr).toBe(0);
    expectResults(name, path.join(cwd, 'out'));
  });
});

describe('every example', () => {
  const env = { AWS_ACCESS_KEY_ID: 'any-key-id', AWS_SECRET_ACCESS_KEY: 'any-secret' };

  it.each(NAMES)('%s is valid without a warning, and can be planned', async (name) => {
    const file = path.join(EXAMPLES, name, 'workflow.yaml');
    const cwd = project({});
    const checked = await fdl(['validate', '--strict', file], { cwd, env });
    expect([checked.stdout, checked.code]).toEqual([`${file}: valid\n`, 0]);
    const home = { ...env, FDL_HOME: path.join(cwd, 'home') };
    const { json } = await fdlJson<{ summary: { create: number } }>(['plan', file, '--local'], {
      cwd,
      env: home,
    });
    expect(json.summary.create).toBeGreaterThan(2);
  });

  it('is listed among the examples, and has a README', () => {
    const index = readFileSync(path.join(EXAMPLES, 'README.md'), 'utf8');
    for (const name of NAMES) {
      expect(index).toContain(`[${name}](${name})`);
      expect(existsSync(path.join(EXAMPLES, name, 'README.md')), name).toBe(true);
    }
    expect(TEMPLATES.length).toBeGreaterThanOrEqual(4);
  });
});
