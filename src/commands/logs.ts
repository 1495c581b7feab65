import { FdlError, messageOf } from '../errors.ts';
import type { Missed } from '../providers/runtime.ts';
import { clusterOf } from '../session/clusters.ts';
import type { LinesQuery } from '../session/lines.ts';
import { findStep } from '../session/lookup.ts';
import { lineText } from '../terminal/log-text.ts';
import type { CommandContext, ExitCode, Handler } from './command.ts';
import { fileAndStep, fileOf, hasUsualFile, openSession, type WorkflowOptions } from './open-session.ts';
import { parseSince } from './since.ts';
import type { OfCluster } from './with-cluster.ts';

interface Options extends WorkflowOptions, OfCluster {
  readonly deployment?: string;
  readonly follow?: boolean;
  readonly since?: string;
  readonly invocation?: string;
  readonly filter?: string;
  readonly until?: string;
  readonly tail?: number;
  readonly failed?: boolean;
}

/** Prints lines as they come; what a script wrote is shown as it is, with its step in front. */
export const run: Handler = async (context, [first, second], options: Options) => {
  const { terminal } = context;
  if (options.deployment !== undefined) return deploymentLogs(context, [first, second], options);
  if (options.cluster !== undefined) throw onlyOfDeployment('--cluster');
  const { file, step } = fileAndStep(context, [first, second]);
  const session = await openSession(context, file, options, 'look');
  const { follow, invocation, tail, failed } = options;
  const now = new Date();
  const since = options.since === undefined ? undefined : parseSince(options.since, now);
  const until = options.until === undefined ? undefined : parseSince(options.until, now, '--until');
  if (until !== undefined && follow) throw endless();
  const missed = noteOnce(context);
  const query = { step, follow, invocation, since, until, tail, failed, missed, ...filterOf(options.filter) };
  const width = Math.max(...session.workflow.steps.map(({ id }) => id.length));
  let isEmpty = true;
  for await (const line of session.logs(query)) {
    isEmpty = false;
    if (terminal.json) terminal.data(line);
    else terminal.out(lineText(line, width, terminal.outStyle));
  }
  if (isEmpty && !follow)
    terminal.note(`${session.workflow.name}: no ${isPart(query) ? 'such ' : ''}log lines`);
  return 0;
};

/** Options that are of what scripts wrote. */
const OF_SCRIPTS = ['follow', 'since', 'until', 'invocation', 'failed', 'filter', 'local'] as const;

/** What the pods of a service wrote: of a step of a file, or of any service of a cluster. */
async function deploymentLogs(
  context: CommandContext,
  [file, step]: readonly unknown[],
  options: Options,
): Promise<ExitCode> {
  const { deployment = '', tail: lines = 200 } = options;
  const other = OF_SCRIPTS.find((each) => options[each] !== undefined);
  if (other !== undefined) throw notOfDeployment(`--${other}`);
  if (step !== undefined) throw notOfDeployment(String(step));
  const { logs } = await import('./service.ts');
  const isInFile = file !== undefined || (options.cluster === undefined && hasUsualFile(context));
  if (!isInFile) return logs(context, [deployment], { cluster: options.cluster, lines });
  const { workflow } = await openSession(context, fileOf(context, file), options, 'look');
  const found = findStep(workflow, deployment);
  const cluster = options.cluster ?? clusterOf(found);
  if (cluster !== undefined) return logs(context, [found.name], { cluster, lines });
  const hint = 'Leave out --deployment: all that it wrote is in its log.';
  throw new FdlError('usage', `"${deployment}" is not on a cluster`, { hint, exitCode: 2 });
}

function notOfDeployment(what: string): FdlError {
  const hint = 'With --deployment only a file, --cluster and --tail have a meaning.';
  return new FdlError('usage', `${what} and --deployment are both given`, { hint, exitCode: 2 });
}

function onlyOfDeployment(option: string): FdlError {
  const hint = 'Name a file, or add --deployment SERVICE.';
  return new FdlError('usage', `${option} says nothing about the steps of a file`, { hint, exitCode: 2 });
}

/** A text, or a regular expression between slashes. @throws FdlError `filter-invalid` */
function filterOf(filter: string | undefined): Pick<LinesQuery, 'filter' | 'pattern'> {
  const [, source, flags] = /^\/(.+)\/(i?)$/s.exec(filter ?? '') ?? [];
  if (source === undefined) return { filter };
  try {
    return { pattern: new RegExp(source, flags) };
  } catch (cause) {
    throw new FdlError(
      'filter-invalid',
      `--filter "${filter}" is no regular expression: ${messageOf(cause)}`,
      {
        hint: 'Without slashes around it, lines that contain the text are shown.',
        exitCode: 2,
        cause,
      },
    );
  }
}

function endless(): FdlError {
  return new FdlError('usage', '--until and --follow are given', {
    hint: 'Leave out one of them: following ends with Ctrl-C.',
    exitCode: 2,
  });
}

/** Whether only some lines are asked for. */
function isPart({ follow: _, missed: __, ...others }: LinesQuery): boolean {
  return Object.values(others).some((each) => each !== undefined);
}

/** Says what is left out, and not again with every look. */
function noteOnce({ terminal }: CommandContext): Missed {
  const said = new Set<string>();
  return (thrown) => {
    const message = messageOf(thrown);
    if (!said.has(message)) terminal.note(`${terminal.noteStyle('yellow', '!')} ${message}`);
    said.add(message);
  };
}
