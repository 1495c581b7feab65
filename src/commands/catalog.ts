/** The command line on one page: what help, completion and the documentation are made from. */
import { CLUSTER } from './cluster-catalog.ts';
import type { CommandSpec } from './command.ts';
import { DEPLOY_COMMANDS } from './deploy-catalog.ts';
import { FILE_COMMANDS } from './file-catalog.ts';
import { RUN_COMMANDS } from './run-catalog.ts';

const COMPLETION: CommandSpec = {
  name: 'completion',
  arguments: '<shell>',
  argumentHelp: ['bash, zsh or fish'],
  summary: 'print a completion script for a shell',
  options: [],
  examples: [
    ['source <(fdl completion bash)', 'for this shell'],
    ['fdl completion fish > ~/.config/fish/completions/fdl.fish', 'for good, in fish'],
  ],
  load: async () => (await import('./handlers.ts')).completion,
};

export const CATALOG: readonly CommandSpec[] = [
  ...FILE_COMMANDS,
  ...DEPLOY_COMMANDS,
  ...RUN_COMMANDS,
  CLUSTER,
  COMPLETION,
];
