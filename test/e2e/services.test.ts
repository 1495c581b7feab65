/** Services of OSCAR clusters on this machine: what is run, what is left out. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fdl, fdlJson } from './fdl.ts';
import { filesBelow, project } from './project.ts';

const HERE = ['--local', '--engine', 'host'] as const;

/** The FDL text of services: cluster, then their fields. */
function servicesText(...services: readonly (readonly [cluster: string, fields: object])[]): string {
  const oscar = services.map(([cluster, fields]) => ({ [cluster]: { image: 'busybox:1', ...fields } }));
  return JSON.stringify({ functions: { oscar } }, null, 1);
}

const folder = (at: string, storage = 'minio') => [{ storage_provider: storage, path: at }];
const COPY = '#!/bin/sh\ncp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR"; echo "copied in $WHERE"\n';

describe('services of OSCAR clusters', () => {
  it('of one name on two clusters run one after the other, each under its own name', async () => {
    const step = (where: string, input: object, output: object) => {
      return { name: 'copy', script: COPY, input, output, environment: { Variables: { WHERE: where } } };
    };
    const text = servicesText(
      ['east', step('the east', folder('b/in'), folder('b/mid', 'minio.west'))],
      ['west', step('the west', folder('b/mid'), folder('b/out'))],
    );
    const cwd = project({ 'workflow.yaml': text, 'a.txt': 'abc' });
    const { code, stderr } = await fdl(['run', 'workflow.yaml', 'a.txt', ...HERE, '-o', 'out'], { cwd });
    expect(code, stderr).toBe(0);
    expect(filesBelow(path.join(cwd, 'out'))).toEqual(['west/copy/a.txt']);
    const { stdout } = await fdl(['logs', 'workflow.yaml', 'west/copy', '--local'], { cwd });
    expect(stdout).toContain('copied in the west');
    expect(stdout).not.toContain('the east');
    expect(filesBelow(path.join(cwd, '.fdl/shop/buckets'))).toEqual([
      'minio.east/b/in/a.txt',
      'minio.west/b/mid/a.txt',
      'minio.west/b/out/a.txt',
    ]);
  });

  it('with file_stage_in get no copy of their input', async () => {
    const script = '#!/bin/sh\necho "input: ${INPUT_FILE_PATH-none}, key: $STORAGE_OBJECT_KEY"\n';
    const text = servicesText(['lab', { name: 's', script, input: folder('b/in'), file_stage_in: true }]);
    const cwd = project({ 'workflow.yaml': text, 'a.txt': 'abc' });
    expect((await fdl(['run', 'workflow.yaml', 'a.txt', ...HERE], { cwd })).code).toBe(0);
    const { stdout } = await fdl(['logs', 'workflow.yaml', '--local'], { cwd });
    expect(stdout).toContain('input: none, key: in/a.txt');
  });

  it('that only answer requests are left out, and named; where nothing else remains that is an error', async () => {
    const serving = ['lab', { name: 'web', expose: { api_port: 80 }, script: COPY }] as const;
    const text = servicesText(
      ['lab', { name: 'copy', script: COPY, input: folder('b/in'), output: folder('b/out') }],
      serving,
    );
    const cwd = project({ 'workflow.yaml': text, 'a.txt': 'abc' });
    const { code, stderr } = await fdl(['run', 'workflow.yaml', 'a.txt', ...HERE, '-o', 'out'], { cwd });
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('web only answers requests');
    expect(readFileSync(path.join(cwd, 'out/copy/a.txt'), 'utf8')).toBe('abc');
    const alone = project({ 'workflow.yaml': servicesText(serving) });
    const refused = await fdlJson(['apply', 'workflow.yaml', '--local'], { cwd: alone });
    const diagnostics = [{ code: 'nothing-to-run', blocks: 'local' }];
    expect([refused.code, refused.json]).toMatchObject([2, { error: { code: 'file-invalid', diagnostics } }]);
  });
});
