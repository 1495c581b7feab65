/** What work costs, as text. */
import type { Cost } from '../workflow/cost.ts';
import { countOf } from './amount.ts';
import { padded, textWidth } from './fit.ts';
import type { Style } from './style.ts';
import { nameText } from './visible.ts';

/** US dollars with at least three digits that say something: `$12.30`, `$0.0570`, `$0.00000258`. */
export function moneyText(amount: number): string {
  if (amount === 0) return '$0';
  const digits = amount >= 1 ? 2 : 2 - Math.floor(Math.log10(amount));
  return `$${amount.toFixed(Math.min(12, digits))}`;
}

/** One line: `cost: $0.0570 (ffmpeg $0.00256, yolo $0.0469)`; nothing where nothing of it is known. */
export function costLine({ total, steps, items, unknown }: Cost): string | undefined {
  if (items.every(({ unit }) => unit === undefined)) return undefined;
  const parts = steps.filter((each) => each.total > 0).map((each) => `${each.step} ${moneyText(each.total)}`);
  const more = unknown.length > 0 ? ', and what nobody knows the price of (--json)' : '';
  return `cost: ${moneyText(total)}${parts.length > 1 ? ` (${parts.join(', ')})` : ''}${more}`;
}

/** Inputs that are listed for people. */
const SHOWN = 20;

/** A table of the steps, the dearest inputs, what is not known and what was taken for granted. */
export function costText(cost: Cost, style: Style): string {
  const { total, monthly, unknown, assumed } = cost;
  const isKnown = cost.items.some(({ unit }) => unit !== undefined);
  const lies = monthly > 0 ? `, and ${moneyText(monthly)} a month for what lies in S3` : '';
  const indented = (lines: readonly string[]) => lines.map((each) => `  ${each}`);
  return [
    `${style('bold', 'cost')}: ${isKnown ? moneyText(total) + lies : 'nothing is known of it'}`,
    ...(isKnown ? knownLines(cost, style) : []),
    ...section(isKnown ? 'not in it' : 'why', indented(unknown), style),
    ...section('taken for granted', indented(assumed), style),
  ].join('\n');
}

function knownLines({ steps, inputs, items }: Cost, style: Style): readonly string[] {
  const rows = steps.map((each) => [
    each.step,
    countOf(each.invocations, 'invocation'),
    moneyText(each.total),
  ]);
  const charged = items.map(({ item, region, amount, total: price, unit }) => [
    `${item} (${region})`,
    `${Number(amount.toPrecision(4))}${unit === undefined ? '' : ` × ${unit}`}`,
    unit === undefined ? 'no price' : moneyText(price),
  ]);
  const dearest = [...inputs].sort((a, b) => b.total - a.total).slice(0, SHOWN);
  const files = dearest.map((each) => [nameText(each.uri), '', moneyText(each.total)]);
  const more = inputs.length - dearest.length;
  return [
    ...table(rows),
    ...section('by what is charged for', table(charged), style),
    ...section(
      'by input',
      [...table(files), ...(more > 0 ? [`  … ${more} more (--json shows all)`] : [])],
      style,
    ),
  ];
}

function section(title: string, lines: readonly string[], style: Style): readonly string[] {
  return lines.length === 0 ? [] : [style('bold', title), ...lines];
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, index) =>
    Math.max(...rows.map((row) => textWidth(row[index] ?? ''))),
  );
  return rows.map((row) => {
    const cells = row.map((cell, index) =>
      index < row.length - 1 ? padded(cell, widths[index] ?? 0) : cell,
    );
    return `  ${cells.filter((_, index) => (widths[index] ?? 0) > 0).join('  ')}`;
  });
}
