import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { monitorOf } from '../../../src/providers/local/container-process.ts';

it('finds the monitor of a container by the name of the container, and nothing else that names it', async () => {
  const start = async (argv0: string) => {
    // A shell that starts another program has two processes of its name for a moment.
    const child = spawn('/bin/sh', ['-c', 'read line', 'x', '--name', 'fdl-1'], { argv0 });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child, 'spawn');
    return child;
  };
  const find = monitorOf('fdl-1');
  await start('podman');
  expect(find()).toBeUndefined();
  const monitor = await start('/usr/bin/conmon');
  expect(find()).toBe(monitor.pid);
  const forked = await start('/usr/bin/conmon');
  monitor.kill('SIGKILL');
  await once(monitor, 'exit');
  expect(find()).toBe(forked.pid);
  expect(monitorOf('fdl-2')()).toBeUndefined();
});
