/** `fdl service` and what is below it. */
import type { CommandSpec } from '../command.ts';
import { toFile } from './export.ts';
import { json, ofCluster, yes } from './options.ts';

const named = { arguments: '<service>', argumentHelp: ['name of the service'] } as const;

const ls: CommandSpec = {
  name: 'ls',
  summary: 'list the services that you see, with their workflows, owners, images and addresses',
  options: [ofCluster, json],
  examples: [['fdl service ls --cluster lab', 'also those that fdl did not make']],
  load: async () => (await import('../service.ts')).ls,
};

const get: CommandSpec = {
  name: 'get',
  ...named,
  summary: 'print a service as an FDL file that makes it again, whoever made it',
  options: [toFile, ofCluster, json],
  examples: [
    ['fdl service get resize', 'with its script; secrets are references to variables'],
    ['fdl service get resize -o workflow.yaml', 'into a file that apply takes'],
  ],
  load: async () => (await import('../export.ts')).get,
};

const stop: CommandSpec = {
  name: 'stop',
  ...named,
  summary: 'stop an exposed service (OSCAR 4.1.0 and later); it stays deployed',
  options: [ofCluster, json],
  examples: [['fdl service stop notebook', 'until it is started again']],
  load: async () => (await import('../service.ts')).stop,
};

const start: CommandSpec = {
  name: 'start',
  ...named,
  summary: 'start an exposed service that was stopped',
  options: [ofCluster, json],
  examples: [['fdl service start notebook', 'with as many instances as before']],
  load: async () => (await import('../service.ts')).start,
};

const restart: CommandSpec = {
  name: 'restart',
  ...named,
  summary: 'replace the instances of an exposed service by new ones',
  options: [ofCluster, json],
  examples: [['fdl service restart notebook', 'such as after its image has changed']],
  load: async () => (await import('../service.ts')).restart,
};

const logs: CommandSpec = {
  name: 'logs',
  ...named,
  summary: 'show what the pods of an exposed service wrote (OSCAR 4.0.0 and later)',
  description:
    'Shows the latest lines that the pods of a service wrote: of one that is exposed, or answers calls. What jobs wrote is shown ' +
    'by fdl logs, and service clear removes it.',
  options: [
    { flags: '--lines <n>', description: 'at most so many of the latest lines', min: 1, default: 200 },
    ofCluster,
    json,
  ],
  examples: [['fdl service logs notebook --lines 20', 'why it does not start']],
  load: async () => (await import('../service.ts')).logs,
};

/** `fdl logs rm`, too. */
export const CLEAR: CommandSpec = {
  name: 'clear',
  arguments: '<service> [jobs...]',
  argumentHelp: [
    'name of the service',
    'names of jobs, as fdl status shows them (default: all that have succeeded)',
  ],
  summary: 'remove jobs of a service with their logs',
  options: [
    { flags: '--all', description: 'all jobs, those that failed, wait or run, too' },
    yes,
    ofCluster,
    json,
  ],
  examples: [
    ['fdl service clear resize', 'those that have succeeded'],
    ['fdl service clear resize resize-7f3kq', 'this one, whatever became of it'],
    ['fdl service clear resize --all --yes', 'all, without a question'],
  ],
  load: async () => (await import('../service.ts')).clear,
};

export const SERVICE: CommandSpec = {
  name: 'service',
  summary: 'services of an OSCAR cluster, whoever made them',
  options: [ofCluster, json],
  examples: [
    ['fdl service ls', 'list them'],
    ['fdl service restart notebook', 'with new instances'],
  ],
  load: async () => (await import('../service.ts')).ls,
  subcommands: [ls, get, logs, stop, start, restart, CLEAR],
};
