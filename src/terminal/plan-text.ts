/** Plans, what goes on while they are carried out, and what came of them, as text. */
import { type ActionName, type PlannedAction, summarise } from '../deploy/action.ts';
import type { Describe, Description, Target } from '../deploy/description.ts';
import type { ApplyEvent } from '../deploy/events.ts';
import { countOutcomes, isGood, type Outcome, type Report } from '../deploy/outcome.ts';
import type { Plan } from '../deploy/plan.ts';
import type { Leftovers } from '../deploy/plan-document.ts';
import { countOf } from './amount.ts';
import { textWidth } from './fit.ts';
import { changeLines } from './plan-changes.ts';
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

/** How a plan is shown. */
export interface PlanView {
  /** Columns that lines may take; without end by default. */
  readonly room?: number | undefined;
  /** All properties of what is created or changed, and what tidies up. */
  readonly verbose?: boolean | undefined;
  readonly targets?: readonly Target[] | undefined;
  readonly describe?: Describe | undefined;
  /** Hides secrets; by default, there are none. */
  readonly mask?: ((text: string) => string) | undefined;
}

/** A plan as terraform shows its own: where it goes, what changes, then the numbers. */
export function planText(plan: Plan, style: Style, view: PlanView = {}): string {
  const { room = Number.POSITIVE_INFINITY, verbose = false, targets = [], describe, mask = same } = view;
  const isShown = ({ action, stays }: PlannedAction) => action !== 'keep' || stays !== undefined;
  const found = plan.actions.map((each) => ({ each, of: describe?.(each) ?? PLAIN }));
  const isInner = ({ each, of }: (typeof found)[number]) => of.isInner === true && !verbose && !each.unknown;
  const how = { style, room, verbose, mask };
  const lines = found
    .filter((one) => isShown(one.each) && !isInner(one))
    .flatMap(({ each, of }) => [...actionLines(each, style, room), ...changeLines(each, of, how, shortId)]);
  const tidying = [
    ...new Set(found.filter(isInner).flatMap(({ of }) => of.lines.map((each) => each.join(' ')))),
  ];
  return [
    style('bold', plan.workflow),
    ...targets.map(({ text }) => `  ${style('dim', `on ${text}`)}`),
    ...lines,
    ...tidying.map((text) => `  ${style('dim', text)}`),
    summaryText(
      found.filter((one) => !isInner(one)).map(({ each }) => each),
      style,
    ),
  ].join('\n');
}

const PLAIN: Description = { lines: [] };

const same = (text: string) => text;

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

/** `aws/function` → `function`: the id tells the rest. */
export function shortKind(kind: string): string {
  return kind.slice(kind.indexOf('/') + 1);
}

/** The name in an id `provider/scope/kind/name`, which may have slashes itself. */
export function shortId(id: string): string {
  return id.split('/').slice(3).join('/') || id;
}

function summaryText(actions: readonly PlannedAction[], style: Style): string {
  const summary = summarise(actions);
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

/** The last line of an application; what is `inner` and went well is no more counted than shown. */
export function reportText(
  { outcomes, interrupted }: Report,
  style: Style,
  inner: ReadonlySet<string> = new Set(),
): string {
  const summary = countOutcomes(outcomes.filter((each) => !inner.has(each.id) || !isGood(each)));
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
