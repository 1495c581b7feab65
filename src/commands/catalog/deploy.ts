/** Commands that set workflows up and take them away. */
import type { CommandSpec } from '../command.ts';
import {
  deploying,
  FILE,
  json,
  ofCluster,
  ofFile,
  ofWorkflow,
  prices,
  recursive,
  storesOf,
  values,
  workflow,
  yes,
} from './options.ts';

export const DEPLOY_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'plan',
    ...ofFile,
    summary: 'show what apply would do; changes nothing',
    options: [
      { flags: '--detailed-exitcode', description: 'exit 3 when there are changes' },
      { flags: '--verbose', description: 'show all properties of what is created, and whole values' },
      {
        flags: '--offline',
        description:
          'ask nobody, and need no credentials: what would be made where nothing is; ends with 2 where validate does',
      },
      { flags: '--cost', description: 'also what it would cost to run it' },
      { flags: '--runs <n>', description: 'of --cost: how often each step runs (default: once)', min: 1 },
      {
        flags: '--seconds <seconds>',
        description:
          'of --cost: how long an invocation takes, of all steps or STEP=SECONDS (repeatable; default: 1)',
        repeats: true,
      },
      prices,
      ...deploying,
      ...ofWorkflow,
    ],
    examples: [
      ['fdl plan workflow.yaml --local', 'what apply would do on this machine'],
      ['fdl plan workflow.yaml --offline', 'all that it would make, without an account'],
      ['fdl plan workflow.yaml --offline --cost --runs 1000 --seconds plot=12', 'what 1,000 runs would cost'],
      ['fdl plan workflow.yaml --detailed-exitcode', 'in a CI pipeline: 0 no changes, 3 changes'],
    ],
    load: async () => (await import('../plan.ts')).run,
  },
  {
    name: 'apply',
    ...ofFile,
    summary: 'create or update what the file describes',
    options: [...deploying, yes, ...ofWorkflow],
    examples: [
      ['fdl apply workflow.yaml', 'deploy the workflow to what the file names'],
      ['fdl apply workflow.yaml --local', 'set the workflow up on this machine'],
      ['fdl apply workflow.yaml --prune', 'delete what was taken out of the file, too'],
      ['fdl apply workflow.yaml --yes --json', 'in a CI pipeline'],
    ],
    load: async () => (await import('../apply.ts')).run,
  },
  {
    name: 'rm',
    arguments: '[targets...]',
    argumentHelp: [`${FILE}, or URIs of objects`],
    summary: 'remove what was created, data stays; or remove objects',
    options: [
      { flags: '--delete-data', description: 'delete buckets that are not empty, too' },
      { flags: '--force', description: 'end jobs that still wait or run' },
      recursive('of URIs: all objects below'),
      storesOf,
      { flags: '--service <name>', description: 'this service of an OSCAR cluster, without a file' },
      { ...ofCluster, description: 'without a file: the OSCAR cluster (default: the default cluster)' },
      yes,
      ...ofWorkflow,
    ],
    examples: [
      ['fdl rm workflow.yaml --local', 'remove the workflow, keep its files'],
      [
        'fdl rm --workflow shop --cluster lab',
        'all that fdl made for a workflow on a cluster, without its file',
      ],
      ['fdl rm --service resize --cluster lab', 'one service, whoever made it'],
      ['fdl rm workflow.yaml --local --delete-data --yes', 'leave nothing, ask nothing'],
      ['fdl rm s3://my-bucket/old.txt', 'delete an object'],
      ['fdl rm -r s3://my-bucket/tmp', 'delete all objects below a folder'],
    ],
    load: async () => (await import('../rm.ts')).run,
  },
  {
    name: 'policy',
    ...ofFile,
    summary: 'print the policy that whoever deploys the file needs on AWS, and no right more',
    options: [
      {
        flags: '--for <use>',
        description: 'what is to be permitted (default: all of it)',
        choices: ['apply', 'rm', 'run', 'look'],
      },
      { flags: '--account <id>', description: 'number of the account (default: that of the credentials)' },
      {
        flags: '--github <repository>',
        description: 'also print the trust policy for GitHub Actions of OWNER/REPOSITORY',
      },
      { flags: '--branch <branch>', description: 'of these, only runs on this branch' },
      { flags: '--environment <name>', description: 'of these, only jobs with this environment' },
      workflow,
      ...values,
      { ...json, description: 'print one JSON document with everything on stdout' },
    ],
    examples: [
      ['fdl policy workflow.yaml > policy.json', 'everything that can be done with the workflow'],
      ['fdl policy workflow.yaml --for look --account 123456789012', 'for somebody who only looks'],
      [
        'fdl policy workflow.yaml --github example/shop --branch main',
        'for a pipeline, with its trust policy',
      ],
    ],
    load: async () => (await import('../policy.ts')).run,
  },
  {
    name: 'ls',
    arguments: '[target]',
    argumentHelp: ['FDL file, or URI (default: everything here and where you are logged in)'],
    summary: 'list workflows and steps that are deployed, or objects of a store',
    options: [recursive('of a URI: all objects below'), storesOf, ...ofWorkflow],
    examples: [
      ['fdl ls', 'everything, here and on the clouds that are configured'],
      ['fdl ls workflow.yaml', 'the steps of one workflow, with their addresses'],
      ['fdl ls --local', 'what is set up on this machine'],
      ['fdl ls s3://', 'the buckets of a store'],
      ['fdl ls -r s3://my-bucket/out', 'all objects below a folder'],
    ],
    load: async () => (await import('../ls.ts')).run,
  },
];
