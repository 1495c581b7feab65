/** Plans, what goes on while they are carried out, and what came of them, as text. */
import type { ActionName, ErrorDetail, PlannedAction } from '../deploy/action.ts';
import type { ApplyEvent } from '../deploy/events.ts';
import type { Outcome, Report } from '../deploy/outcome.ts';
import type { Plan } from '../deploy/plan.ts';
import { changeDocument, type Json, type Leftovers } from '../deploy/plan-document.ts';
import { countOf } from './amount.ts';
import { textWidth } from './fit.ts';
import type { Style } from './style.ts';

const SIGNS: Readonly<
  Record<ActionName, readonly [sign: string, colour: 'green' | 'yellow' | 'red' | 'dim']>
> = {
  create: ['+', 'green'],
  update: ['~', 'yellow'],
  replace: ['±', 'yellow'],
  delete: ['-', 'red'],
  keep: ['=', 'dim'],
  unknown: ['?', 'red'],
};

/** A plan as terraform shows its own: only what changes, then the numbers. `room`: columns that lines may take. */
export function planText(plan: Plan, style: Style, room = Number.POSITIVE_INFINITY): string {
  const changing = plan.actions.filter(({ action, stays }) => action !== 'keep' || stays !== undefined);
  const lines = changing.flatMap((action) => [
    ...actionLines(action, style, room),
    ...changeLines(action, style, room),
  ]);
  return [style('bold', plan.workflow), ...lines, summaryText(plan, style)].join('\n');
}

/** What a removal does with files, where it deletes them; what stays because of them the plan names. */
export function fateOfFiles({ actions }: Plan, deleteData: boolean, style: Style): string | undefined {
  const hasBuckets = actions.some(({ action, kind }) => action === 'delete' && shortKind(kind) === 'bucket');
  if (!deleteData || !hasBuckets) return undefined;
  return style('red', 'Buckets are deleted with all files in them (--delete-data).');
}

/** A name that is too long for the line has one of its own, and so has what stays of it. */
function actionLines(each: PlannedAction, style: Style, room: number): readonly string[] {
  const { action, kind, id } = each;
  const [sign, colour] = SIGNS[action];
  const line = `  ${style(colour, sign)} ${shortKind(kind)} ${shortId(id)}`;
  const stays = staysText(each);
  if (stays !== undefined && textWidth(`${line}: ${stays}`) <= room) return [`${line}: ${stays}`];
  const apart = stays === undefined ? [] : [`      ${stays}`];
  if (textWidth(line) <= room) return [line, ...apart];
  return [`  ${style(colour, sign)} ${shortKind(kind)}`, `      ${shortId(id)}`, ...apart];
}

function staysText({ action, stays }: PlannedAction): string | undefined {
  if (stays === undefined) return undefined;
  return action === 'keep' ? `stays, ${stays}` : `stays ${stays}`;
}

function changeLines(
  { action, changes, unknown }: PlannedAction,
  style: Style,
  room: number,
): readonly string[] {
  if (unknown) return [`      ${'error' in unknown ? errorLines(unknown.error) : waits(unknown.waitsFor)}`];
  if (action !== 'update' && action !== 'replace') return [];
  return changes.map(changeDocument).flatMap(({ path, before, after, replace }) => {
    const note = replace ? style('red', ' (replaces)') : '';
    const [old, now] = [style('dim', shown(before)), `→ ${shown(after)}${note}`];
    const line = `      ${path}: ${old} ${now}`;
    return textWidth(line) <= room ? [line] : [`      ${path}:`, `        ${old}`, `        ${now}`];
  });
}

function errorLines({ message, hint }: ErrorDetail): string {
  return hint ? `${message}\n      hint: ${hint}` : message;
}

function waits(id: string): string {
  return `waits for ${shortId(id)}, which could not be read`;
}

/** What the workflow owns besides the file, one line each; nothing where there is nothing to say. */
export function leftoversText({ orphans, unlisted }: Leftovers, style: Style): string | undefined {
  const found = orphans.map(({ kind, id }) => `  ${style('yellow', '!')} ${shortKind(kind)} ${shortId(id)}`);
  const head = `${countOf(orphans.length, 'resource')} of this workflow that the file does not name (--prune deletes ${orphans.length === 1 ? 'it' : 'them'}):`;
  const unseen = unlisted.map(({ kind, error }) => {
    return `Whether there are more of the kind ${shortKind(kind)} is not known: ${error.message}`;
  });
  const lines = [...(found.length > 0 ? [head, ...found] : []), ...unseen];
  return lines.length > 0 ? lines.join('\n') : undefined;
}

const LONGEST = 60;

function shown(value: Json): string {
  const text = value === null ? '(none)' : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** `aws/function` → `function`: the id tells the rest. */
export function shortKind(kind: string): string {
  return kind.slice(kind.indexOf('/') + 1);
}

/** The name in an id `provider/scope/kind/name`, which may have slashes itself. */
export function shortId(id: string): string {
  return id.split('/').slice(3).join('/') || id;
}

function summaryText({ summary, actions }: Plan, style: Style): string {
  const { create, update, replace, delete: removed, unknown } = summary;
  const staying = actions.filter(({ action, stays }) => action === 'keep' && stays !== undefined).length;
  const keep = summary.keep - staying;
  if (create + update + replace + removed + unknown + staying === 0)
    return style('green', `No changes: ${countOf(keep, 'resource')} as described.`);
  const counts = [
    [create, 'to create'],
    [update, 'to update'],
    [replace, 'to replace'],
    [removed, 'to delete'],
    [unknown, 'unknown'],
  ] as const;
  const parts = counts.flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : []));
  const stays = staying > 0 ? [`${staying} ${staying === 1 ? 'stays' : 'stay'}`] : [];
  const unchanged = staying > 0 && keep === 0 ? [] : [`${keep} unchanged`];
  return `${[...parts, ...stays, ...unchanged].join(', ')}.`;
}

/** One event of an application. */
export function eventText(event: ApplyEvent, style: Style): string {
  if (event.type === 'started') return `${shortKind(event.subject.kind)} ${shortId(event.subject.id)}`;
  if (event.type === 'progress') {
    return `${shortKind(event.subject.kind)} ${shortId(event.subject.id)}: ${event.message}`;
  }
  return outcomeText(event.outcome, style);
}

const DONE: Readonly<Record<ActionName, string>> = {
  create: 'created',
  update: 'updated',
  replace: 'replaced',
  delete: 'deleted',
  keep: 'kept',
  unknown: 'not read',
};

function outcomeText({ action, kind, id, status, error, reason }: Outcome, style: Style): string {
  const what = `${shortKind(kind)} ${shortId(id)}`;
  if (status === 'done') return `${style('green', '✓')} ${DONE[action]} ${what}`;
  if (status === 'kept') return `${style('dim', '=')} kept ${what}${reason ? `: ${reason}` : ''}`;
  const why = error ? `${error.message}${error.hint ? `\n    hint: ${error.hint}` : ''}` : reason;
  return `${style('red', '✗')} ${what} ${status}${why ? `: ${why}` : ''}`;
}

/** The last line of an application. */
export function reportText({ summary, interrupted }: Report, style: Style): string {
  const { create, update, replace, delete: removed, keep, failed, skipped, cancelled } = summary;
  const counts = [
    [create, 'created'],
    [update, 'updated'],
    [replace, 'replaced'],
    [removed, 'deleted'],
    [keep, 'unchanged'],
    [failed, 'failed'],
    [skipped, 'skipped'],
    [cancelled, 'cancelled'],
  ] as const;
  const parts = counts.flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : []));
  const colour = failed + skipped + cancelled > 0 || interrupted ? 'red' : 'green';
  return style(colour, `${interrupted ? 'Interrupted: ' : ''}${parts.join(', ') || 'nothing to do'}.`);
}
