import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { leftovers, watchFiles, watchProcesses } from '../../../src/supervisor/hosts/leftovers.ts';
import { temporaryFolder } from '../../storage/temporary-folder.ts';

describe('leftovers', () => {
  const process = (pid: number, parent: number, ...variables: string[]) => ({ pid, parent, variables });

  it('are what carries the variable and what descends from this program', () => {
    const added = [
      process(11, 10),
      process(12, 11),
      process(13, 1, 'A=b', 'ID=7'),
      process(14, 1, 'ID=77', 'MY_ID=7'),
      process(15, 14),
    ];
    expect(leftovers(added, 'ID=7', 10)).toEqual([11, 12, 13]);
  });
});

describe('watchProcesses', () => {
  /** Starts a process whose parent is gone at once, so that it descends from nobody here. */
  function orphan(mark: string): number {
    const command = 'setsid sleep 300 > /dev/null 2>&1 & echo $!';
    const env = { ...process.env, FDL_TEST_MARK: mark };
    const pid = Number(execFileSync('sh', ['-c', command], { env, encoding: 'utf8' }));
    onTestFinished(() => {
      if (isAlive(pid)) process.kill(pid);
    });
    return pid;
  }

  const isAlive = (pid: number) => existsSync(`/proc/${pid}/exe`);

  it('ends new processes that carry the variable', async () => {
    const mark = path.basename(temporaryFolder());
    const before = orphan(mark);
    const end = watchProcesses(`FDL_TEST_MARK=${mark}`);
    const [marked, other] = [orphan(mark), orphan(`${mark}-other`)];
    expect([before, marked, other].map(isAlive)).toEqual([true, true, true]);
    expect(await end()).toEqual([]);
    expect([before, marked, other].map(isAlive)).toEqual([true, false, true]);
  });

  it('ends new processes that descend from this program', async () => {
    const end = watchProcesses('FDL_TEST_MARK=nobody');
    const child = spawn('sleep', ['300'], { env: {} });
    const ended = once(child, 'exit');
    await once(child, 'spawn');
    expect(await end()).toEqual([]);
    expect(await ended).toEqual([null, 'SIGKILL']);
  });
});

describe('watchFiles', () => {
  it('removes what is new, without following links', () => {
    const folder = temporaryFolder();
    const kept = temporaryFolder();
    writeFileSync(path.join(kept, 'file'), '');
    mkdirSync(path.join(folder, 'old'));
    const clear = watchFiles(folder);
    writeFileSync(path.join(folder, 'old/new'), '');
    writeFileSync(path.join(folder, 'new'), '');
    mkdirSync(path.join(folder, 'deep/er'), { recursive: true });
    symlinkSync(kept, path.join(folder, 'link'));
    expect(clear()).toEqual([]);
    expect(readdirSync(folder)).toEqual(['old']);
    expect(readdirSync(kept)).toEqual(['file']);
  });

  it('has nothing to do where there is no folder, until there is one', () => {
    const folder = path.join(temporaryFolder(), 'later');
    const clear = watchFiles(folder);
    expect(clear()).toEqual([]);
    mkdirSync(path.join(folder, 'new'), { recursive: true });
    expect(clear()).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });
});
