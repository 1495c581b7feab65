/** The whole command line as data: what help, completion and the documentation are made from. */
import { BUCKET } from './catalog/bucket.ts';
import { CLUSTER, METRICS } from './catalog/cluster.ts';
import { DEPLOY_COMMANDS } from './catalog/deploy.ts';
import { EXPORT } from './catalog/export.ts';
import { FILE_COMMANDS } from './catalog/files.ts';
import { HUB } from './catalog/hub.ts';
import { OBJECT_COMMANDS } from './catalog/objects.ts';
import { PROGRAM_COMMANDS } from './catalog/program.ts';
import { QUOTA } from './catalog/quota.ts';
import { RUN_COMMANDS } from './catalog/run.ts';
import { SERVICE } from './catalog/service.ts';
import { VOLUME } from './catalog/volume.ts';
import type { CommandSpec, OptionSpec } from './command.ts';

const COMMANDS: readonly CommandSpec[] = [
  ...FILE_COMMANDS,
  ...DEPLOY_COMMANDS,
  ...RUN_COMMANDS,
  ...OBJECT_COMMANDS,
  CLUSTER,
  SERVICE,
  BUCKET,
  VOLUME,
  QUOTA,
  METRICS,
  EXPORT,
  HUB,
  ...PROGRAM_COMMANDS,
];

const debug: OptionSpec = {
  flags: '--debug',
  description: 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)',
};

function withDebug(spec: CommandSpec): CommandSpec {
  const { subcommands } = spec;
  return {
    ...spec,
    options: [...spec.options, debug],
    ...(subcommands && { subcommands: subcommands.map(withDebug) }),
  };
}

export const CATALOG: readonly CommandSpec[] = COMMANDS.map(withDebug);
