import { messageOf } from '../errors.ts';
import type { LogQuery, Missed } from '../providers/provider.ts';
import { lineText } from '../terminal/log-text.ts';
import type { CommandContext, Handler } from './command.ts';
import { fileAndStep, openSession, type WorkflowOptions } from './open-session.ts';
import { parseSince } from './since.ts';

interface Options extends WorkflowOptions {
  readonly follow?: boolean;
  readonly since?: string;
  readonly invocation?: string;
  readonly filter?: string;
}

/** Prints lines as they come; what a script wrote is shown as it is, with its step in front. */
export const run: Handler = async (context, [first, second], options: Options) => {
  const { terminal } = context;
  const { file, step } = fileAndStep(context, [first, second]);
  const session = await openSession(context, file, options, 'look');
  const { follow, invocation, filter } = options;
  const since = options.since === undefined ? undefined : parseSince(options.since, new Date());
  const missed = noteOnce(context);
  const query = { step, follow, invocation, filter, since, missed };
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

/** Whether only some lines are asked for. */
function isPart({ step, invocation, filter, since }: LogQuery): boolean {
  return [step, invocation, filter, since].some((each) => each !== undefined);
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
