/** `fdl dev`: files that are copied into the input folders by hand. */
import { appendFileSync, copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { inTurn } from '../sample.ts';
import { fdl, type Running, start } from './fdl.ts';
import { COUNT, endedOf, filesBelow, project, shop, stored, UPPER, write } from './project.ts';
import { until } from './until.ts';

const it = inTurn();

const DEV = ['dev', 'workflow.yaml', '--engine', 'host'] as const;

async function startDev(cwd: string, ...more: readonly string[]): Promise<Running> {
  const dev = start([...DEV, ...more], { cwd });
  await dev.says(/waits for files/);
  return dev;
}

/** Steps and inputs of what ended, in order of their names. */
function done(cwd: string): readonly string[] {
  return endedOf(cwd)
    .map(({ step, input }) => `${step} ${input?.uri.split('/').at(-1)}`)
    .sort();
}

async function stop(dev: Running, expected = 0): Promise<void> {
  dev.kill('SIGINT');
  const { code, stderr } = await dev.ended;
  expect(stderr).toContain('stopped');
  expect(code).toBe(expected);
}

describe('fdl dev FILE', () => {
  it('takes files through all steps once as they arrive, until Ctrl-C', async () => {
    const cwd = shop([UPPER, COUNT], { 'a.txt': 'abc', 'b.txt': 'de' });
    const dev = await startDev(cwd);
    const [, folder = ''] = / is (\S+)/.exec(dev.output()) ?? [];
    copyFileSync(path.join(cwd, 'in/a.txt'), path.join(folder, 'a.txt'));
    await until('the first is through', () => done(cwd).includes('count a.txt'));
    copyFileSync(path.join(cwd, 'in/b.txt'), path.join(folder, 'b.txt'));
    await until('the second is through', () => done(cwd).includes('count b.txt'));
    // A changed file is a new input: by then, nothing was done twice.
    writeFileSync(path.join(folder, 'a.txt'), 'changed');
    await until('it is through again', () => done(cwd).length >= 6);
    await stop(dev);
    expect(done(cwd)).toEqual([
      'count a.txt',
      'count a.txt',
      'count b.txt',
      'upper a.txt',
      'upper a.txt',
      'upper b.txt',
    ]);
    expect(readFileSync(stored(cwd, 'shop/out/a.txt'), 'utf8')).toBe('7\nCHANGED');
  });

  it('waits until a file has stopped growing', async () => {
    const cwd = shop([UPPER], {});
    const dev = await startDev(cwd);
    const file = stored(cwd, 'shop/in/slow.txt');
    let longest = 0;
    for (let part = 0; part < 8; part += 1) {
      const before = performance.now();
      appendFileSync(file, 'part ');
      await new Promise((resolve) => setTimeout(resolve, 100));
      longest = Math.max(longest, performance.now() - before);
    }
    await until('it is through', () => readFileSync(stored(cwd, 'shop/upper/slow.txt')).length === 40);
    await stop(dev);
    // On a machine that was held up meanwhile, the file had stopped growing.
    if (longest < 250) expect(done(cwd)).toEqual(['upper slow.txt']);
    expect(readFileSync(stored(cwd, 'shop/upper/slow.txt'), 'utf8')).toBe('PART '.repeat(8));
  });

  it('waits until a file that is written with pauses is complete', async () => {
    const cwd = shop([UPPER], {});
    const dev = await startDev(cwd);
    for (let part = 0; part < 4; part += 1) {
      appendFileSync(stored(cwd, 'shop/in/slow.txt'), 'part ');
      await new Promise((resolve) => setTimeout(resolve, 800));
    }
    await dev.says(/✓ upper in\/slow\.txt \d/);
    await stop(dev);
    expect(done(cwd)).toEqual(['upper slow.txt']);
    expect(readFileSync(stored(cwd, 'shop/upper/slow.txt'), 'utf8')).toBe('PART '.repeat(4));
  });

  it('starts anew when the file or a script changes, and goes on as before where it cannot', async () => {
    const text = (image: string) =>
      JSON.stringify({
        functions: {
          aws: [
            {
              lambda: {
                name: 'upper',
                container: { image },
                init_script: 'upper.sh',
                input: [{ storage_provider: 's3', path: 'shop/in' }],
                output: [{ storage_provider: 's3', path: 'shop/upper' }],
              },
            },
          ],
        },
      });
    const script = (word: string) =>
      `#!/bin/sh\necho ${word} > "$TMP_OUTPUT_DIR/$(basename "$INPUT_FILE_PATH")"\n`;
    const cwd = project({ 'workflow.yaml': text('busybox:1'), 'upper.sh': script('one') });
    const dev = await startDev(cwd);
    const result = (name: string) => readFileSync(stored(cwd, `shop/upper/${name}`), 'utf8').trim();
    writeFileSync(stored(cwd, 'shop/in/a'), '');
    await dev.says(/✓ upper in\/a \d/);
    write(cwd, { 'upper.sh': script('two') });
    await dev.says(/upper\.sh changed: starting anew[\s\S]*waits for files/);
    writeFileSync(stored(cwd, 'shop/in/b'), '');
    await dev.says(/✓ upper in\/b \d/);
    write(cwd, { 'workflow.yaml': 'functions: [' });
    await dev.says(/workflow\.yaml changed, but cannot be used; going on as before/);
    writeFileSync(stored(cwd, 'shop/in/c'), '');
    await dev.says(/✓ upper in\/c \d/);
    write(cwd, { 'workflow.yaml': text('busybox:2') });
    await dev.says(/workflow\.yaml changed: starting anew/);
    await stop(dev);
    expect(['a', 'b', 'c'].map(result)).toEqual(['one', 'two', 'two']);
    expect(dev.output()).toContain('stopped; 3 done, 0 failed');
    expect(done(cwd)).toEqual(['upper a', 'upper b', 'upper c']);
  });

  it('does not repeat what is done when it starts again, and does what came meanwhile', async () => {
    const cwd = shop([UPPER, COUNT], { 'a.txt': 'abc', 'b.txt': 'de', 'c.txt': 'f' });
    const first = await startDev(cwd);
    copyFileSync(path.join(cwd, 'in/a.txt'), stored(cwd, 'shop/in/a.txt'));
    await until('it is through', () => done(cwd).includes('count a.txt'));
    await stop(first);
    copyFileSync(path.join(cwd, 'in/b.txt'), stored(cwd, 'shop/in/b.txt'));
    await fdl(['put', 'in/c.txt', '--local'], { cwd });
    const second = await startDev(cwd);
    await until('both are through', () => done(cwd).length >= 6);
    await stop(second);
    expect(done(cwd)).toEqual([
      'count a.txt',
      'count b.txt',
      'count c.txt',
      'upper a.txt',
      'upper b.txt',
      'upper c.txt',
    ]);
  });

  it('takes what put brings, in folders too, and prints lines as JSON', async () => {
    const cwd = shop([{ ...UPPER, script: `echo "saw $STORAGE_OBJECT_KEY"; ${UPPER.script}` }], {
      'sub/a.txt': 'a',
    });
    const dev = await startDev(cwd, '--json');
    expect((await fdl(['put', 'in', '--local'], { cwd })).code).toBe(0);
    await until('it is through', () => done(cwd).length > 0);
    await stop(dev);
    const { stdout } = await dev.ended;
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { stream: string; message: string });
    expect(lines.filter(({ stream }) => stream === 'stdout')).toMatchObject([
      { step: 'upper', message: 'saw in/sub/a.txt' },
    ]);
    expect(done(cwd)).toEqual(['upper a.txt']);
  });

  it('goes on after a script failed, and names what failed until it has succeeded', async () => {
    const picky = 'case "$INPUT_FILE_PATH" in */bad) echo "not this one"; exit 5;; esac';
    const cwd = shop([{ ...UPPER, script: picky }], {});
    const dev = await startDev(cwd);
    writeFileSync(stored(cwd, 'shop/in/bad'), '');
    await dev.says(/✗ upper failed for s3:\/\/shop\/in\/bad/);
    writeFileSync(stored(cwd, 'shop/in/good'), '');
    await dev.says(/✓ upper/);
    await stop(dev, 1);
    expect(dev.output()).toContain('1 done, 1 failed');
    write(cwd, {
      'workflow.yaml': readFileSync(path.join(cwd, 'workflow.yaml'), 'utf8').replace('exit 5', 'true'),
    });
    const again = await startDev(cwd);
    await again.says(/✗ upper failed earlier for s3:\/\/shop\/in\/bad/);
    await stop(again, 1);
    expect(again.output()).toContain('1 input failed; to run again: fdl rerun workflow.yaml --local');
    expect((await fdl(['rerun', 'workflow.yaml', '--local', '--engine', 'host'], { cwd })).code).toBe(0);
    const clean = await startDev(cwd);
    await stop(clean);
    expect(clean.output()).not.toContain('failed earlier');
    expect(filesBelow(stored(cwd, 'shop/in'))).toEqual(['bad', 'good']);
  });

  it('stops what runs when it cannot go on, and leaves that to do', async () => {
    const cwd = shop([{ ...UPPER, script: 'echo begun; sleep 600' }], {});
    const dev = await startDev(cwd);
    writeFileSync(stored(cwd, 'shop/in/a.txt'), 'a');
    await dev.says(/begun/);
    rmSync(stored(cwd, 'shop'), { recursive: true });
    const { code, stderr } = await dev.ended;
    expect(stderr).toMatch(/error: there is no bucket "shop"/i);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(code).toBe(1);
    expect(filesBelow(path.join(cwd, '.fdl/shop/tmp'))).toEqual([]);
  });
});
