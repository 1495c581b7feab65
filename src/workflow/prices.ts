/** What is charged for, and for how much: lists of prices, and which of them counts. Pure. */

/** One step of a price that falls with the amount. */
interface Tier {
  /** The amount a month up to which it counts; the last tier has none, or counts for what is above, too. */
  readonly up_to?: number;
  /** US dollars for one unit. */
  readonly price: number;
}

/** Prices of one source. */
export interface PriceList {
  /** Where they were read. */
  readonly source: string;
  /** The day on which they counted: `2026-08-31`. */
  readonly date?: string;
  /** Regions that they count in; without them, everywhere. */
  readonly regions?: readonly string[];
  /** By what is charged for, such as `lambda.request`. */
  readonly prices: Readonly<Record<string, number | readonly Tier[]>>;
}

/** The price of one thing in one region. */
export interface Price extends Pick<PriceList, 'source' | 'date'> {
  /** What one is: `GB-second`. */
  readonly unit: string;
  readonly tiers: readonly Tier[];
}

/** Answers the price of something in a region; nothing where none is known. */
export type PriceOf = (item: string, region: string) => Price | undefined;

/** The prices that count: of several lists that have one, the last. */
export function pricesOf(lists: readonly PriceList[], unitOf: (item: string) => string | undefined): PriceOf {
  return (item, region) => {
    const list = lists.findLast(
      ({ regions, prices }) => (regions?.includes(region) ?? true) && Object.hasOwn(prices, item),
    );
    const price = list?.prices[item];
    if (list === undefined || price === undefined) return undefined;
    const { source, date } = list;
    const tiers = typeof price === 'number' ? [{ price }] : price;
    return { tiers, unit: unitOf(item) ?? 'unit', source, ...(date !== undefined && { date }) };
  };
}

/** What an amount costs, in US dollars: each part of it by the tier that it falls into. */
export function priceOfAmount(amount: number, { tiers }: Pick<Price, 'tiers'>): number {
  let total = 0;
  let counted = 0;
  for (const [index, { up_to: most, price }] of tiers.entries()) {
    const end = index === tiers.length - 1 ? amount : Math.min(amount, most ?? amount);
    total += Math.max(0, end - counted) * price;
    counted = Math.max(counted, end);
  }
  return total;
}
