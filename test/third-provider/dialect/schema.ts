/** `functions.farm`: scripts that a made-up compute farm runs. */
import { integer, list, section, text, type Value } from '../../../src/fdl/schema/field.ts';
import type { Fragment } from '../../../src/fdl/schema/index.ts';
import { storageEntry } from '../../../src/fdl/schema/storage.ts';

const farmJob = section(
  {
    name: text({ title: 'Name', description: 'Name of the step.' }),
    script: text({ title: 'Script', description: 'Path of the script.', file: true }),
    partition: text({ title: 'Partition', description: 'Part of the farm that runs it.' }),
    cores: integer({ title: 'Cores', description: 'Cores of one run.', default: 1 }),
    input: list(storageEntry, { title: 'Input', description: 'Folders whose new files start it.' }),
    output: list(storageEntry, { title: 'Output', description: 'Folders that take its files.' }),
  },
  { title: 'Job of the farm', description: 'A step that runs on the farm.', required: ['name'] },
);

export const farmSchema: Fragment = {
  functions: list(farmJob, { title: 'Jobs of the farm', description: 'Steps that run on the farm.' }),
};

export type FarmJob = Value<typeof farmJob>;
