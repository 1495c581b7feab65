/** What a run cost, as a section of the page. */
import { moneyText } from '../terminal/cost-text.ts';
import type { Cost } from '../workflow/cost.ts';
import { type Html, html } from './html.ts';
import { section, table } from './parts.ts';

/** Inputs that are listed, the dearest first. */
const LISTED = 50;

/** By steps, by what is charged for, and by inputs; what is not in the total is said. */
export function costSection({ total, steps, items, inputs, unknown, assumed }: Cost): Html {
  const dearest = inputs.toSorted((a, b) => b.total - a.total).slice(0, LISTED);
  const byItem = items.map(({ item, region, amount, unit, total: price, source, date }) => [
    item,
    region,
    `${Number(amount.toPrecision(4))} × ${unit ?? 'unit'}`,
    unit === undefined ? 'no price is known' : moneyText(price),
    [source, date].filter((each) => each !== undefined).join(', '),
  ]);
  return section(
    'Cost',
    html`<p>${moneyText(total)} by list prices, without tax, free tiers and discounts.</p>`,
    sentences('Not in it', unknown),
    sentences('Taken for granted', assumed),
    table(
      'Cost by step',
      ['step', 'invocations', 'US dollars'],
      steps.map((each) => [each.step, each.invocations, moneyText(each.total)]),
    ),
    table('Cost by what is charged for', ['what', 'region', 'amount', 'US dollars', 'price'], byItem),
    table(
      inputs.length > LISTED ? `Cost by input: the dearest ${LISTED} of ${inputs.length}` : 'Cost by input',
      ['input', 'US dollars'],
      dearest.map((each) => [each.uri, moneyText(each.total)]),
    ),
  );
}

function sentences(title: string, all: readonly string[]): Html | undefined {
  if (all.length === 0) return undefined;
  return html`<p>${title}: ${all.join('; ')}.</p>`;
}
