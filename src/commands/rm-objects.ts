/** `fdl rm URI…`: objects, and with `-r` folders. */
import { FdlError } from '../errors.ts';
import type { Files, NotRemoved, Removal } from '../session/files/index.ts';
import { bytesText, countOf } from '../terminal/amount.ts';
import { notDoneLines } from '../terminal/run-text.ts';
import { nameText } from '../terminal/visible.ts';
import { agree } from './agree.ts';
import type { CommandContext, ExitCode } from './command.ts';
import { type FilesOptions, filesOf, isUri } from './open-files.ts';

interface Options extends FilesOptions {
  readonly recursive?: boolean;
  readonly yes?: boolean;
}

export interface RemovedObjectsDocument {
  /** With their sizes in bytes. */
  readonly removed: readonly { readonly uri: string; readonly size: number }[];
  readonly notRemoved: readonly NotRemoved[];
}

/** Removes what URIs name; asks before. @throws FdlError `not-confirmed`, `is-folder`, `object-not-found`, `usage` */
export async function removeObjects(
  context: CommandContext,
  words: readonly string[],
  { recursive, yes, ...options }: Options,
): Promise<ExitCode> {
  const other = words.find((word) => !isUri(word));
  if (other !== undefined) throw notUri(other);
  const files = filesOf(context, options);
  const removals: Removal[] = [];
  for (const word of words) removals.push(await files.planRemoval(word, { recursive }));
  await agree(context.terminal, questionOf(removals), yes);
  return report(context, await removeAll(files, removals), removals);
}

function notUri(word: string): FdlError {
  const hint = 'Remove objects and workflows with a command each. A file of this machine is file:///…';
  return new FdlError('usage', `"${word}" is no URI`, { hint, exitCode: 2 });
}

/** Names what goes, how much it is, and whether it can be had again. */
function questionOf(removals: readonly Removal[]): string {
  const what = removals.map(({ place, objects, isWhole }) => {
    const [only] = objects;
    if (!isWhole && only && objects.length === 1) return `${nameText(only.uri)} (${bytesText(only.size)})`;
    const bytes = objects.reduce((sum, { size }) => sum + size, 0);
    return `${countOf(objects.length, 'object')} (${bytesText(bytes)}) ${/[*?]/.test(place.key) ? 'that fit' : 'below'} ${nameText(place.written)}`;
  });
  return `Delete ${what.join(', ')}? ${fateOf(removals)}`;
}

/** What becomes of what is removed. */
function fateOf(removals: readonly Removal[]): string {
  const kept = new Set(
    removals.filter(({ keepsVersions }) => keepsVersions).map(({ place }) => place.bucket),
  );
  if (kept.size === 0) return 'It cannot be had again.';
  return `${[...kept].join(', ')} keeps versions: what is deleted there stays as an older version, which still counts for the bill.`;
}

async function removeAll(files: Files, removals: readonly Removal[]): Promise<RemovedObjectsDocument> {
  const [removed, notRemoved]: [{ uri: string; size: number }[], NotRemoved[]] = [[], []];
  for (const removal of removals) {
    const done = await files.remove(removal);
    removed.push(...done.removed);
    notRemoved.push(...done.notRemoved);
  }
  return { removed, notRemoved };
}

function report(
  { terminal, signal }: CommandContext,
  document: RemovedObjectsDocument,
  removals: readonly Removal[],
): ExitCode {
  const { removed, notRemoved } = document;
  if (terminal.json) terminal.data(document);
  for (const line of notDoneLines(notRemoved, 'deleted', terminal.noteStyle)) terminal.note(line);
  const bytes = removed.reduce((sum, { size }) => sum + size, 0);
  terminal.out(`${countOf(removed.length, 'object')} deleted, ${bytesText(bytes)}`);
  if (removals.some(({ keepsVersions }) => keepsVersions) && removed.length > 0)
    terminal.note(fateOf(removals));
  if (signal.aborted) return 130;
  return notRemoved.length > 0 ? 1 : 0;
}
