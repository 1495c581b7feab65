/** `fdl quota`. */
import type { CommandSpec } from '../command.ts';
import { json, ofCluster } from './options.ts';

export const QUOTA: CommandSpec = {
  name: 'quota',
  arguments: '[user]',
  argumentHelp: ['id of a user, for the administrator (default: who is logged in)'],
  summary: 'show what a user of an OSCAR cluster uses and may use at most, or set it',
  options: [
    {
      flags: '--set <name=value>',
      description: 'limit to set, by the name that is shown, for the administrator (repeatable)',
      repeats: true,
    },
    ofCluster,
    json,
  ],
  examples: [
    ['fdl quota --cluster lab', 'your own'],
    ['fdl quota ada@example.org --set volumes=5 --set volume-storage=20Gi', 'change that of a user'],
  ],
  load: async () => (await import('../quota.ts')).run,
};
