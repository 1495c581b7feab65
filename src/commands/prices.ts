/** `fdl prices`: what clouds charge, as far as it is known here. */
import { FdlError } from '../errors.ts';
import { priceLists } from '../session/price-lists.ts';
import type { Style } from '../terminal/style.ts';
import type { Handler } from './command.ts';
import { columnsText } from './with-cluster.ts';

interface Options {
  readonly region?: string;
  readonly prices?: string;
}

// What `--json` prints.

export interface PriceDocument {
  readonly item: string;
  readonly unit: string;
  readonly tiers: readonly { readonly up_to?: number; readonly price: number }[];
}

export interface PriceListDocument {
  readonly source: string;
  readonly date?: string;
  readonly regions?: readonly string[];
  readonly prices: readonly PriceDocument[];
}

export interface PricesDocument {
  readonly currency: 'USD';
  readonly lists: readonly PriceListDocument[];
}

/** Lists the prices that are known, each list with its source and its day; later lists count before earlier ones. */
export const run: Handler = async (context, [given], options: Options) => {
  const { terminal } = context;
  const { region } = options;
  const item = given === undefined ? '' : String(given);
  const { lists, unitOf } = await priceLists(options, context);
  const shown = lists.flatMap(({ source, date, regions, prices }): readonly PriceListDocument[] => {
    if (region !== undefined && regions?.includes(region) === false) return [];
    const wanted = Object.entries(prices).filter(([name]) => name.startsWith(item));
    if (wanted.length === 0) return [];
    const rows = wanted.map(([name, price]) => {
      return {
        item: name,
        unit: unitOf(name) ?? '',
        tiers: typeof price === 'number' ? [{ price }] : [...price],
      };
    });
    return [{ source, ...(date !== undefined && { date }), ...(regions && { regions }), prices: rows }];
  });
  if (shown.length === 0) {
    const what = [item === '' ? '' : ` of ${item}`, region === undefined ? '' : ` in ${region}`].join('');
    const hint = 'Give some in a file: --prices FILE.';
    throw new FdlError('prices-unknown', `no price is known${what}`, { hint });
  }
  if (terminal.json) terminal.data({ currency: 'USD', lists: shown } satisfies PricesDocument);
  else terminal.out(shown.map((list) => listText(list, terminal.outStyle, item === '')).join('\n\n'));
  return 0;
};

/** All digits, and no powers of ten. */
const PLAIN = new Intl.NumberFormat('en', { maximumFractionDigits: 20 });

/** So many are not shown to people who ask for nothing in particular. */
const MANY = 100;

function listText(
  { source, date, regions, prices }: PriceListDocument,
  style: Style,
  isShort: boolean,
): string {
  const where = regions ? regions.join(', ') : 'everywhere';
  const rows = prices.flatMap(({ item, unit, tiers }) =>
    tiers.map(({ up_to: most, price }, index) => [
      index === 0 ? item : '',
      `${PLAIN.format(price)} USD`,
      index === 0 ? `for one ${unit}` : '',
      most === undefined || tiers.length === 1 ? '' : `up to ${PLAIN.format(most)}`,
    ]),
  );
  const [first] = prices;
  const head = `${style('bold', where)}${date === undefined ? '' : `, ${date}`}: ${source}`;
  if (isShort && prices.length > MANY && first)
    return `${head}\n${prices.length} prices, such as ${first.item} (fdl prices ${first.item.replace(/\..*/, '')} shows them)`;
  return `${head}\n${columnsText(rows, style)}`;
}
