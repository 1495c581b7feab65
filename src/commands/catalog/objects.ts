/** Commands that work with objects of stores, and need no workflow. */
import type { CommandSpec } from '../command.ts';
import { local, ofWorkflow, recursive, storesOf, values, workflow, yes } from './options.ts';

const checksum = {
  flags: '--checksum',
  description: 'tell by checksums what is there already, not by size and time',
};
const force = { flags: '--force', description: 'copy also what is there already' };

const cat: CommandSpec = {
  name: 'cat',
  arguments: '<uris...>',
  argumentHelp: ['objects'],
  summary: 'write the content of objects to stdout',
  options: [storesOf, local, workflow, ...values],
  examples: [
    ['fdl cat s3://my-bucket/out/report.txt', 'read a result'],
    ['fdl cat minio.lab://data/all.csv.gz | gunzip | head', 'look into one of a cluster'],
  ],
  load: async () => (await import('../cat.ts')).run,
};

const cp: CommandSpec = {
  name: 'cp',
  arguments: '<source> <target>',
  argumentHelp: ['file, folder, or URI', 'file, folder, or URI; what ends in a slash is a folder'],
  summary: 'copy objects and files, within a store, between stores, and from and to this machine',
  options: [recursive('all that is below a folder'), checksum, force, storesOf, ...ofWorkflow],
  examples: [
    ['fdl cp s3://my-bucket/a.txt s3://my-bucket/b.txt', 'on the server, without a byte coming here'],
    ['fdl cp -r s3://my-bucket/in minio.lab://data/in', 'from a store to another one'],
    ['fdl cp s3://my-bucket/a.txt ./b.txt', 'to a file with another name'],
  ],
  load: async () => (await import('../cp.ts')).run,
};

const sync: CommandSpec = {
  name: 'sync',
  arguments: '<source> <target>',
  argumentHelp: ['folder, or URI of one', 'folder, or URI of one'],
  summary: 'make a folder hold what another one holds, here or in a store',
  options: [
    { flags: '--delete', description: 'delete what the source does not have; asks before' },
    { flags: '--dry-run', description: 'only say what would be moved and deleted' },
    checksum,
    force,
    yes,
    storesOf,
    ...ofWorkflow,
  ],
  examples: [
    ['fdl sync data s3://my-bucket/data', 'upload what is new or changed'],
    ['fdl sync s3://my-bucket/data data --delete', 'download, and delete what is gone there'],
    ['fdl sync s3://my-bucket/data minio.lab://data --dry-run', 'say what would be copied between stores'],
  ],
  load: async () => (await import('../sync.ts')).run,
};

export const OBJECT_COMMANDS: readonly CommandSpec[] = [cat, cp, sync];
