/** What running on this machine takes: a program for containers, and room. */
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Workflow } from '../../workflow/model.ts';
import { bad, type Check, good, open } from '../check.ts';
import type { ProviderContext } from '../provider.ts';
import { findEngine } from './engine.ts';
import { localHome } from './home.ts';

/** Bytes: less than that is soon full of images and files. */
const ROOM = 1024 ** 3;

export function localChecks(
  { environment, workingDirectory = '.' }: ProviderContext,
  workflow: Workflow | undefined,
): readonly Check[] {
  const home = workflow
    ? localHome(workflow, environment).root
    : environment['FDL_HOME'] || `${workingDirectory}/.fdl`;
  return [
    {
      about: 'containers',
      run: async () => {
        const engine = await findEngine('auto');
        if (engine)
          return good(`${engine.name} runs containers here${engine.rootless ? ', without root' : ''}`);
        const hint = 'Only --local needs one: install podman or Docker, or add --engine host.';
        return open('neither docker nor podman works here', hint);
      },
    },
    {
      about: 'room',
      run: async () => {
        const folder = existing(resolve(home));
        const { bavail, bsize } = await statfs(folder);
        const free = bavail * bsize;
        const says = `${(free / 1024 ** 3).toFixed(1)} GiB are free for ${folder}`;
        return free >= ROOM ? good(says) : bad(says, 'Make room, or let FDL_HOME name another folder.');
      },
    },
  ];
}

/** The folder, or the nearest one above it that is there. */
function existing(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existing(dirname(folder));
}
