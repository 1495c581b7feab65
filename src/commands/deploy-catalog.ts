/** Commands that set workflows up and take them away, as data. */
import type { CommandSpec } from './command.ts';
import { adopt, json, local, prune, updateRuntime, workflow, yes } from './options.ts';

/** All commands that work are loaded at once: reading many small files costs more than the code in them. */
const workingHandlers = () => import('./working-handlers.ts');

export const DEPLOY_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'plan',
    arguments: '<file>',
    argumentHelp: ['FDL file'],
    summary: 'show what apply would do; changes nothing',
    options: [
      { flags: '--detailed-exitcode', description: 'exit 3 when there are changes' },
      adopt,
      prune,
      updateRuntime,
      local,
      workflow,
      json,
    ],
    examples: [
      ['fdl plan workflow.yaml --local', 'what apply would do on this machine'],
      ['fdl plan workflow.yaml --detailed-exitcode', 'in a CI pipeline: 0 no changes, 3 changes'],
    ],
    load: async () => (await workingHandlers()).plan,
  },
  {
    name: 'apply',
    arguments: '<file>',
    argumentHelp: ['FDL file'],
    summary: 'create or update what the file describes',
    options: [adopt, prune, updateRuntime, yes, local, workflow, json],
    examples: [
      ['fdl apply workflow.yaml', 'deploy the workflow to what the file names'],
      ['fdl apply workflow.yaml --local', 'set the workflow up on this machine'],
      ['fdl apply workflow.yaml --prune', 'delete what was taken out of the file, too'],
      ['fdl apply workflow.yaml --yes --json', 'in a CI pipeline'],
    ],
    load: async () => (await workingHandlers()).apply,
  },
  {
    name: 'rm',
    arguments: '<file>',
    argumentHelp: ['FDL file'],
    summary: 'remove what was created; data stays',
    options: [
      { flags: '--delete-data', description: 'delete buckets that are not empty, too' },
      { flags: '--force', description: 'end jobs that still wait or run' },
      yes,
      local,
      workflow,
      json,
    ],
    examples: [
      ['fdl rm workflow.yaml --local', 'remove the workflow, keep its files'],
      ['fdl rm workflow.yaml --local --delete-data --yes', 'leave nothing, ask nothing'],
    ],
    load: async () => (await workingHandlers()).rm,
  },
  {
    name: 'ls',
    arguments: '[file]',
    argumentHelp: ['FDL file (default: everything here and where you are logged in)'],
    summary: 'list workflows and steps that are deployed',
    options: [local, workflow, json],
    examples: [
      ['fdl ls', 'everything, here and on the clouds that are configured'],
      ['fdl ls workflow.yaml', 'the steps of one workflow, with their addresses'],
      ['fdl ls --local', 'what is set up on this machine'],
    ],
    load: async () => (await workingHandlers()).ls,
  },
];
