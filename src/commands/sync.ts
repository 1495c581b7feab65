import type { Extra, SyncPlan } from '../session/files/index.ts';
import { bytesText, countOf } from '../terminal/amount.ts';
import { notDoneLines } from '../terminal/run-text.ts';
import { nameText } from '../terminal/visible.ts';
import { agree } from './agree.ts';
import type { CommandContext, Handler } from './command.ts';
import { showMoved, transfersDocument, transfersOf } from './moves.ts';
import { type FilesOptions, filesOf } from './open-files.ts';

interface Options extends FilesOptions {
  readonly delete?: boolean;
  readonly yes?: boolean;
  readonly checksum?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

/** Makes a folder hold what another one holds; asks before anything is deleted. */
export const run: Handler = async (
  context,
  [from, to],
  { delete: remove, yes, checksum, force, dryRun, ...options }: Options,
) => {
  const { terminal } = context;
  const files = filesOf(context, options);
  const plan = await files.planSync(String(from), String(to), { remove });
  if (plan.extra.length > 0 && !dryRun) await agree(terminal, questionOf(plan), yes);
  const started = performance.now();
  const { moved, extra } = await files.sync(plan, { checksum, force, dryRun });
  const milliseconds = performance.now() - started;
  if (terminal.json)
    terminal.data(syncDocument(transfersDocument(undefined, transfersOf(moved), milliseconds), extra));
  const code = showMoved(context, moved);
  showExtra(context, extra);
  return extra.some(({ status }) => status === 'failed') ? 1 : code;
};

export function syncDocument(transfers: ReturnType<typeof transfersDocument>, extra: readonly Extra[]) {
  return { ...transfers, extra };
}

function questionOf({ extra, target: { written } }: SyncPlan): string {
  const bytes = extra.reduce((sum, { size }) => sum + size, 0);
  const amount = `${countOf(extra.length, 'object')} (${bytesText(bytes)})`;
  return `Delete ${amount} below ${nameText(written)} that the source does not have?`;
}

function showExtra({ terminal }: CommandContext, extra: readonly Extra[]): void {
  const of = (status: Extra['status']) => extra.filter((each) => each.status === status);
  const [deleted, planned, kept] = [of('deleted'), of('planned'), of('kept')];
  const failed = of('failed').map(({ uri, reason = '', hint }) => ({ uri, reason, hint }));
  for (const line of notDoneLines(failed, 'deleted', terminal.noteStyle)) terminal.note(line);
  for (const { uri } of [...deleted, ...planned]) terminal.out(`✗ ${nameText(uri)}`);
  if (planned.length > 0) terminal.out(`${countOf(planned.length, 'object')} would be deleted`);
  if (deleted.length > 0) terminal.out(`${countOf(deleted.length, 'object')} deleted`);
  if (kept.length > 0) terminal.note(`${countOf(kept.length, 'object')} not deleted, since not all is moved`);
}
