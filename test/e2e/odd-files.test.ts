/** What can be no object: names that are no UTF-8, dangling links, pipes. It is named, and takes nothing else with it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fdl, fdlJson } from './fdl.ts';
import { endedOf, filesBelow, project, shop, stored, UPPER, workflowText } from './project.ts';

const HERE = ['--local', '--engine', 'host'];

/** A name in Latin-1, as other systems leave it. */
const LATIN = Buffer.from('caf\xe9.txt', 'latin1');

/** Puts one of each kind into a folder. */
function litter(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const below = Buffer.from(`${folder}/`);
  writeFileSync(Buffer.concat([below, LATIN]), 'x');
  mkdirSync(Buffer.concat([below, Buffer.from('dir\xff', 'latin1')]));
  symlinkSync('nowhere', path.join(folder, 'dangling.txt'));
  execFileSync('mkfifo', [path.join(folder, 'pipe.txt')]);
}

const REASONS = {
  'caf\ufffd.txt': 'no valid UTF-8',
  'dir\ufffd': 'no valid UTF-8',
  'dangling.txt': 'a link to what is not there',
  'pipe.txt': 'a pipe, not a file',
};

interface Transfers {
  readonly transfers: readonly {
    readonly source: string;
    readonly status: string;
    readonly reason?: string;
  }[];
}

function failures({ transfers }: Transfers): Readonly<Record<string, string | undefined>> {
  const failed = transfers.filter(({ status }) => status === 'failed');
  return Object.fromEntries(failed.map(({ source, reason }) => [source.replace(/.*[/]/, ''), reason]));
}

const EXPECTED = Object.fromEntries(
  Object.entries(REASONS).map(([name, reason]) => [name, expect.stringContaining(reason)]),
);

describe('what can be no object', () => {
  it('is named by put and run, which put the rest: exit 1', async () => {
    const cwd = shop([UPPER], { 'a.txt': 'a' });
    litter(path.join(cwd, 'in'));
    const put = await fdlJson<Transfers>(['put', 'in', '-f', 'workflow.yaml', '--local'], { cwd });
    expect(failures(put.json)).toEqual(EXPECTED);
    expect([put.code, filesBelow(stored(cwd, 'shop/in'))]).toEqual([1, ['a.txt']]);
    const run = await fdl(['run', 'workflow.yaml', 'in', ...HERE], { cwd });
    expect(run.code).toBe(1);
    for (const [name, reason] of Object.entries(REASONS)) {
      expect(run.stderr).toContain(name);
      expect(run.stderr).toContain(reason);
    }
    expect(endedOf(cwd)).toMatchObject([{ status: 'succeeded' }]);
  });

  it('is named by get in a local bucket', async () => {
    const cwd = shop([UPPER], { 'a.txt': 'a' });
    await fdl(['run', 'workflow.yaml', 'in', ...HERE], { cwd });
    litter(stored(cwd, 'shop/upper'));
    const got = await fdlJson<Transfers>(['get', '-f', 'workflow.yaml', '--local', '-o', 'out'], { cwd });
    expect(failures(got.json)).toEqual(EXPECTED);
    expect([got.code, filesBelow(path.join(cwd, 'out'))]).toEqual([1, ['upper/a.txt']]);
  });

  it('fails the invocation whose output it is, and the other outputs are stored', async () => {
    const script = `cd "$TMP_OUTPUT_DIR"; echo a > a.txt; mkdir "$(printf 'dir\\377')" ; mkfifo p.txt; ln -s no l.txt
echo x > "$(printf 'caf\\351.txt')"; mkfifo unwanted; echo z > z.txt`;
    const step = { ...UPPER, script, outputs: [{ path: 'shop/upper', suffix: ['.txt'] }] };
    const cwd = project({ 'workflow.yaml': workflowText([step]), 'in/a.txt': 'a' });
    const { code } = await fdl(['run', 'workflow.yaml', 'in', ...HERE], { cwd });
    expect(code).toBe(1);
    const [ended] = endedOf(cwd);
    expect(ended).toMatchObject({ status: 'failed', exitCode: 0 });
    expect(ended?.reason).toMatch(/is not stored: it(s name)? is .*; so are 2 more, which the log names$/);
    expect(ended?.outputs.map(({ uri }) => uri)).toEqual(['s3://shop/upper/a.txt', 's3://shop/upper/z.txt']);
    const { stdout } = await fdl(['logs', 'workflow.yaml', '--local'], { cwd });
    for (const name of ['p.txt', 'l.txt', 'caf\ufffd.txt'])
      expect(stdout).toContain(`"${name}" is not stored`);
  });
});
