/** `fdl export`. */
import type { CommandSpec, OptionSpec } from '../command.ts';
import { json } from './options.ts';

export const toFile: OptionSpec = {
  flags: '-o, --output <file>',
  description: 'write it to this file, which must not be there yet',
};

export const EXPORT: CommandSpec = {
  name: 'export',
  arguments: '[cluster]',
  argumentHelp: ['id of the OSCAR cluster (default: the default cluster), or aws: functions that SCAR made'],
  completes: 'clusters',
  summary:
    'print all services of an OSCAR cluster, or what SCAR made on AWS, as one FDL file that makes them again',
  description:
    'Prints all services of an OSCAR cluster, whoever made them, as one FDL file that makes them again, with their scripts in ' +
    'it. Steps are linked by the folders that they share. Values of secrets are not in it: they are references to variables, ' +
    'which comments on top of the file name. With aws it prints the functions of the region that SCAR made, from what SCAR kept in them.',
  options: [toFile, { flags: '--workflow <name>', description: 'only the services of this workflow' }, json],
  examples: [
    ['fdl export lab -o workflow.yaml', 'the way from OSCAR-CLI'],
    ['fdl export aws -o workflow.yaml', 'the way from SCAR'],
    ['fdl export lab --workflow shop > workflow.yaml', 'where the file of a workflow is lost'],
  ],
  load: async () => (await import('../export.ts')).run,
};
