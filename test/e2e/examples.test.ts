/** Every template, written by `fdl init` and run at once, gives what it promises; every example is right. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../standins/need.ts';
import { fdl, fdlJson, ROOT } from './fdl.ts';
import { type Images, openImages } from './images.ts';
import { filesBelow, project } from './project.ts';

const EXAMPLES = path.join(ROOT, 'examples');
const NAMES = readdirSync(EXAMPLES).filter((name) => existsSync(path.join(EXAMPLES, name, 'workflow.yaml')));
const TEMPLATES = NAMES.filter((name) => existsSync(path.join(EXAMPLES, name, 'expected')));

/** Where nothing may be skipped, the pictures need ImageMagick too. */
function canRun(name: string): boolean {
  const missing = name === 'image-thumbnails' && spawnSync('identify', ['-version']).status !== 0;
  if (missing && process.env['CI'])
    throw new Error(`${name} needs ImageMagick (apt-get install imagemagick).`);
  return !missing;
}

/** Compares results with `expected/`: files of its MANIFEST must be there, all others be the same. */
function expectResults(name: string, out: string): void {
  const expected = path.join(EXAMPLES, name, 'expected');
  const manifest = path.join(expected, 'MANIFEST');
  const listed = existsSync(manifest) ? readFileSync(manifest, 'utf8').split('\n').filter(Boolean) : [];
  const compared = filesBelow(expected).filter((file) => file !== 'MANIFEST');
  expect(filesBelow(out)).toEqual([...compared, ...listed].sort());
  for (const file of compared) {
    expect(readFileSync(path.join(out, file), 'utf8'), file).toBe(
      readFileSync(path.join(expected, file), 'utf8'),
    );
  }
}

/** Writes a template to a new folder, and gives that folder with its inputs. */
async function written(name: string): Promise<{ readonly cwd: string; readonly inputs: readonly string[] }> {
  const above = project({});
  const { code, stderr } = await fdl(['init', name, 'mine'], { cwd: above });
  expect(code, stderr).toBe(0);
  const cwd = path.join(above, 'mine');
  const [schema = ''] = readFileSync(path.join(cwd, 'workflow.yaml'), 'utf8').split('\n');
  expect(existsSync(schema.replace('# yaml-language-server: $schema=', '')), schema).toBe(true);
  return { cwd, inputs: readdirSync(path.join(cwd, 'input')).map((file) => `input/${file}`) };
}

describe('fdl init TEMPLATE, fdl run', () => {
  it.each(TEMPLATES)('%s', async (name) => {
    if (!canRun(name)) return;
    const { cwd, inputs } = await written(name);
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

  it.each(['hello', 'word-count', 'climate-series'])('%s gives the same', async (name) => {
    const { cwd, inputs } = await written(name);
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
