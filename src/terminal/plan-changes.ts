/** What an action of a plan changes, as lines below its name. */
import type { ErrorDetail, PlannedAction } from '../deploy/action.ts';
import type { Description, Wording } from '../deploy/description.ts';
import { changeDocument, type Json } from '../deploy/plan-document.ts';
import { HIDDEN } from '../secret.ts';
import { countOf } from './amount.ts';
import { beginningOf, textWidth } from './fit.ts';
import type { Style } from './style.ts';
import { linesOf, textDiff } from './text-diff.ts';

/** How lines are shown. */
export interface ChangeStyle {
  readonly style: Style;
  /** Columns that lines may take. */
  readonly room: number;
  /** All properties, whole. */
  readonly verbose: boolean;
  /** Hides secrets: of one that is cut, what is left would not be known for one. */
  readonly mask: (text: string) => string;
}

const INDENT = ' '.repeat(6);

/** The lines below the name of an action. `nameOf` names what it waits for. */
export function changeLines(
  { action, changes, unknown }: PlannedAction,
  { lines, told = [], wordings = {} }: Description,
  how: ChangeStyle,
  nameOf: (id: string) => string,
): readonly string[] {
  const { room, verbose, mask } = how;
  if (unknown)
    return [`${INDENT}${'error' in unknown ? errorLines(unknown.error) : waits(nameOf(unknown.waitsFor))}`];
  const described = lines.flatMap((phrases) => wrapped(phrases.map(mask), room));
  const isUpdate = action === 'update' || action === 'replace';
  if (!isUpdate && !(verbose && action === 'create')) return described;
  const shown = verbose ? changes : changes.filter(({ path }) => !told.includes(path));
  const details = shown.flatMap((change) =>
    oneChange(changeDocument(change), wordings[change.path], isUpdate, how),
  );
  return isUpdate ? [...details, ...described] : [...described, ...details];
}

/** Phrases with commas between, on as few lines as there is room for. */
function wrapped(phrases: readonly string[], room: number): readonly string[] {
  const lines: string[] = [];
  for (const [index, phrase] of phrases.entries()) {
    const text = index < phrases.length - 1 ? `${phrase},` : phrase;
    const last = lines.at(-1);
    const longer = `${last} ${text}`;
    if (last !== undefined && textWidth(longer) <= room) lines[lines.length - 1] = longer;
    else lines.push(`${INDENT}${lines.length > 0 ? '  ' : ''}${text}`);
  }
  return lines;
}

function oneChange(
  { path, before, after, replace }: ReturnType<typeof changeDocument>,
  wording: Wording | undefined,
  isUpdate: boolean,
  how: ChangeStyle,
): readonly string[] {
  const { style, room } = how;
  const note = replace ? style('red', ' (replaces)') : '';
  const texts = wording ?? severalLines(before, after);
  if (texts && isLong(texts)) return diffLines(path, texts, note, how);
  if (!isUpdate) return fitted([path], `${wording?.after ?? shown(after, how)}`, undefined, room);
  const [old, now] = wording ? [wording.before, wording.after] : [shown(before, how), shown(after, how)];
  return fitted([path], style('dim', old), `→ ${now}${note}`, room);
}

function fitted(
  [path]: readonly [string],
  old: string,
  now: string | undefined,
  room: number,
): readonly string[] {
  const values = now === undefined ? [old] : [old, now];
  const line = `${INDENT}${path}: ${values.join(' ')}`;
  return textWidth(line) <= room
    ? [line]
    : [`${INDENT}${path}:`, ...values.map((each) => `${INDENT}  ${each}`)];
}

/** Two texts of several lines, such as scripts. What is hidden is none. */
function severalLines(before: Json, after: Json): Wording | undefined {
  const texts = [before ?? '', after ?? ''];
  if (!texts.every((each) => typeof each === 'string' && each !== HIDDEN)) return undefined;
  const [old = '', now = ''] = texts as readonly string[];
  return isLong({ before: old, after: now }) ? { before: old, after: now } : undefined;
}

function isLong({ before, after }: Wording): boolean {
  return before.includes('\n') || after.includes('\n');
}

/** Lines of a difference that are shown. */
const LONGEST_DIFF = 12;

function diffLines(
  path: string,
  { before, after }: Wording,
  note: string,
  how: ChangeStyle,
): readonly string[] {
  const { style, room, verbose, mask } = how;
  const count = countOf(linesOf(after).length, 'line');
  if (before === '') return [`${INDENT}${path}: ${count}${note}`];
  const all = textDiff(before, after);
  const of = (sign: string) => all.filter((line) => line.sign === sign).length;
  const shownLines = verbose ? all : all.slice(0, LONGEST_DIFF);
  const more = all.length - shownLines.length;
  return [
    `${INDENT}${path}: ${count} now, ${of('+')} new, ${of('-')} gone${note}`,
    ...shownLines.map(({ sign, text }) => {
      const line = `${INDENT}  ${sign} ${mask(text)}`;
      const cut = textWidth(line) <= room ? line : beginningOf(line, room);
      return style(sign === '+' ? 'green' : 'red', cut);
    }),
    ...(more > 0 ? [style('dim', `${INDENT}  … ${countOf(more, 'more line')}`)] : []),
  ];
}

function errorLines({ message, hint }: ErrorDetail): string {
  return hint ? `${message}\n${INDENT}hint: ${hint}` : message;
}

function waits(name: string): string {
  return `waits for ${name}, which could not be read`;
}

/** Characters of a value, unless all are wanted. */
const LONGEST = 60;

function shown(value: Json, { verbose, mask }: ChangeStyle): string {
  const text = value === null ? '(none)' : mask(JSON.stringify(value));
  return verbose || text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}
