import { errorDetail } from '../deploy/outcome.ts';
import { FdlError } from '../errors.ts';
import { type DeployedWorkflow, listDeployed } from '../session/index.ts';
import { deployedText } from '../terminal/status-text.ts';
import type { CommandContext, Handler } from './command.ts';
import { type FilesOptions, isUri } from './open-files.ts';
import { openSession, settingsOptions, type WorkflowOptions } from './open-session.ts';
import type { Unreached } from './status.ts';

export interface Listing {
  readonly workflows: readonly DeployedWorkflow[];
  /** Providers that could not be asked. */
  readonly unreached: readonly Required<Unreached>[];
}

const NOTHING = 'No workflow is set up: fdl apply FILE sets one up, with --local on this machine.';

interface Options extends FilesOptions {
  readonly recursive?: boolean;
}

/** Lists what stands below a URI, or what is set up: of one file, or everything here and on the providers that are configured. */
export const run: Handler = async (context, [file], options: Options) => {
  if (file !== undefined && isUri(String(file)))
    return (await import('./ls-objects.ts')).listObjects(context, String(file), options);
  if (options.recursive || options.file !== undefined) throw needsUri(options);
  const listing =
    file === undefined ? await listAll(context, options) : await listOne(context, String(file), options);
  const { terminal } = context;
  for (const { error } of listing.unreached)
    terminal.note(`${terminal.noteStyle('yellow', '!')} not all is listed: ${error.message}`);
  if (terminal.json) terminal.data(listing);
  else if (listing.workflows.length === 0) terminal.out(NOTHING);
  else terminal.out(deployedText(listing.workflows, terminal.outStyle, terminal.room));
  return 0;
};

function needsUri({ file }: Options): FdlError {
  const hint =
    file === undefined ? 'Name one, such as s3://my-bucket.' : `Name one, or write: fdl ls ${file}.`;
  return new FdlError('usage', '-r and -f are for what a URI names', { hint, exitCode: 2 });
}

async function listOne(context: CommandContext, file: string, options: WorkflowOptions): Promise<Listing> {
  const session = await openSession(context, file, options, 'look');
  return { workflows: [await session.deployed()], unreached: [] };
}

/** No file says that a provider is needed: one that can not be asked is named, and the others are listed. */
async function listAll(context: CommandContext, options: WorkflowOptions): Promise<Listing> {
  const { workflows, unreached } = await listDeployed(settingsOptions(context, options));
  const { mask } = context.terminal;
  return {
    workflows,
    unreached: unreached.map(({ provider, error }) => {
      return { provider, error: errorDetail(error, mask, 'read-failed') };
    }),
  };
}
