import { type Examined, examine } from '../session/index.ts';
import type { Style } from '../terminal/style.ts';
import type { Handler } from './command.ts';
import { openSession, settingsOptions, type WorkflowOptions } from './open-session.ts';

/** Shows what is as it should be and what is not; fails where something is not. */
export const run: Handler = async (context, [file], options: WorkflowOptions) => {
  const session = file === undefined ? undefined : await openSession(context, String(file), options, 'look');
  const { terminal } = context;
  const progress = await terminal.progress({ line: 'looking' });
  const found = await examine(settingsOptions(context, options), session?.workflow).finally(() =>
    progress.stop(),
  );
  if (terminal.json) terminal.data(documentOf(found));
  else terminal.out(found.map((each) => lineOf(each, terminal.outStyle)).join('\n'));
  return found.some(({ state }) => state === 'bad') ? 1 : 0;
};

export function documentOf(checks: readonly Examined[]) {
  return { ok: checks.every(({ state }) => state !== 'bad'), checks };
}

const SIGNS = { good: ['green', '✓'], bad: ['red', '✗'], open: ['yellow', '!'] } as const;

function lineOf({ state, about, message, hint }: Examined, style: Style): string {
  const [colour, sign] = SIGNS[state];
  const line = `${style(colour, sign)} ${about}: ${message}`;
  return hint === undefined || state === 'good' ? line : `${line}\n  ${style('dim', hint)}`;
}
