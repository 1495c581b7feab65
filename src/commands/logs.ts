import { FdlError, messageOf } from '../errors.ts';
import type { Missed } from '../providers/provider.ts';
import type { LinesQuery } from '../session/lines.ts';
import { lineText } from '../terminal/log-text.ts';
import type { CommandContext, Handler } from './command.ts';
import { fileAndStep, openSession, type WorkflowOptions } from './open-session.ts';
import { parseSince } from './since.ts';

interface Options extends WorkflowOptions {
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
