/** A session of what is on a cluster, where there is no file. */
import { FdlError } from '../errors.ts';
import { open, type Session } from '../session/index.ts';
import type { CommandContext } from './command.ts';
import { hasUsualFile, settingsOptions, type WorkflowOptions } from './open-session.ts';
import { type OfCluster, withCluster } from './with-cluster.ts';

/** Which services are meant. */
export interface ServicesOptions extends OfCluster, WorkflowOptions {
  readonly service?: string;
}

/**
 * The session of a workflow, or of a service, that is on a cluster; nothing where a file says what is meant.
 * @throws FdlError `usage`, `service-unknown`, `workflow-unknown`
 */
export async function sessionOnCluster(
  context: CommandContext,
  file: unknown,
  options: ServicesOptions,
): Promise<Session | undefined> {
  const { cluster, service, workflow, local } = options;
  const isFile = file !== undefined || local || hasUsualFile(context);
  if (service === undefined && cluster === undefined && (workflow === undefined || isFile)) return undefined;
  if (file !== undefined || local)
    throw usage('--service and --cluster mean what is on a cluster, and a file or --local is given, too');
  if (service !== undefined && workflow !== undefined)
    throw usage('--service and --workflow are both given', 'Leave one of them out.');
  const of = service !== undefined ? { service } : workflow !== undefined ? { workflow } : undefined;
  if (!of) throw usage('nothing says what on the cluster is meant', 'Add --service NAME or --workflow NAME.');
  const { id, text } = await withCluster(context, options, 'reading services', async (at) => {
    return { id: at.id, text: (await at.definitions.outline(of)).text };
  });
  return open(`cluster ${id}`, { ...settingsOptions(context, {}), target: 'cloud', purpose: 'look', text });
}

function usage(
  message: string,
  hint = 'Leave out the file and --local, or --service and --cluster.',
): FdlError {
  return new FdlError('usage', message, { hint, exitCode: 2 });
}
