/** What invocations cost: amounts of what is charged for, by the prices that are known. Pure. */
import type { Invocation } from './invocation.ts';
import type { Workflow } from './model.ts';
import { type PriceOf, priceOfAmount } from './prices.ts';
import { type Ledger, ledgerOf } from './trace.ts';

/** An amount of something that is charged for, in its unit. */
export interface Charge {
  readonly item: string;
  readonly region: string;
  readonly amount: number;
}

/** What is charged for one invocation. */
export interface Charges {
  readonly charges: readonly Charge[];
  /** What its outputs are charged a month, by their storage URIs. */
  readonly monthly?: readonly (Charge & { readonly uri: string })[];
  /** What is charged, but nobody knows how much: whole sentences without a stop. */
  readonly unknown?: readonly string[];
  /** What was taken for granted: the same. */
  readonly assumed?: readonly string[];
}

export interface StepCost {
  readonly step: string;
  readonly invocations: number;
  /** US dollars, as all totals. */
  readonly total: number;
}

export interface InputCost {
  /** Storage URI of an object that came from outside. */
  readonly uri: string;
  /** Of all invocations that it led to; what several led to is shared between them. */
  readonly total: number;
}

export interface ItemCost extends Charge {
  readonly total: number;
  /** As the following, of its price; absent where none is known. */
  readonly unit?: string;
  readonly source?: string;
  readonly date?: string;
}

/** What invocations cost. */
export interface Cost {
  /** Of what is known. */
  readonly total: number;
  /** What the outputs cost a month as long as they lie there; not in the total. */
  readonly monthly: number;
  readonly currency: 'USD';
  readonly steps: readonly StepCost[];
  readonly inputs: readonly InputCost[];
  readonly items: readonly ItemCost[];
  /** What is not in the total, since nobody knows it. */
  readonly unknown: readonly string[];
  readonly assumed: readonly string[];
}

/** The cost of invocations; `chargesOf` answers what is charged for one. */
export function costOf(
  workflow: Workflow,
  invocations: readonly Invocation[],
  chargesOf: (invocation: Invocation) => Charges,
  priceOf: PriceOf,
): Cost {
  const charged = invocations.map((invocation) => ({ invocation, ...chargesOf(invocation) }));
  const items = itemsOf(
    charged.flatMap(({ charges }) => charges),
    priceOf,
  );
  const totals = charged.map(({ charges }) => sum(charges.map((each) => shareOf(each, items))));
  const unpriced = [...items.values()].filter(({ source }) => source === undefined);
  const steps = new Map<string, { invocations: number; total: number }>();
  for (const [index, { invocation }] of charged.entries()) {
    const { invocations: count, total } = steps.get(invocation.step) ?? { invocations: 0, total: 0 };
    steps.set(invocation.step, { invocations: count + 1, total: total + (totals[index] ?? 0) });
  }
  return {
    total: rounded(sum(totals)),
    monthly: monthlyOf(charged, priceOf),
    currency: 'USD',
    steps: [...steps].map(([step, { invocations: count, total }]) => {
      return { step, invocations: count, total: rounded(total) };
    }),
    inputs: inputsOf(workflow, invocations, totals),
    items: [...items.values()].map((each) => ({ ...each, amount: rounded(each.amount) })),
    unknown: distinct([
      ...unpriced.map(({ item, region }) => `no price is known of ${item} in ${region}`),
      ...charged.flatMap(({ unknown = [] }) => unknown),
    ]),
    assumed: distinct(charged.flatMap(({ assumed = [] }) => assumed)),
  };
}

/** Of an object that several wrote, the last is left. */
function monthlyOf(charged: readonly Charges[], priceOf: PriceOf): number {
  const lying = charged.flatMap(({ monthly = [] }) => monthly);
  const left = new Map(lying.map(({ uri, ...charge }) => [uri, charge]));
  return rounded(sum([...itemsOf([...left.values()], priceOf).values()].map(({ total }) => total)));
}

function keyOf({ item, region }: Charge): string {
  return `${item} ${region}`;
}

/** All amounts together, since prices fall with them. */
function itemsOf(charges: readonly Charge[], priceOf: PriceOf): ReadonlyMap<string, ItemCost> {
  const amounts = new Map<string, Charge>();
  for (const each of charges) {
    const known = amounts.get(keyOf(each));
    amounts.set(keyOf(each), { ...each, amount: (known?.amount ?? 0) + each.amount });
  }
  const priced = [...amounts].map(([key, { item, region, amount }]) => {
    const price = priceOf(item, region);
    const total = price ? rounded(priceOfAmount(amount, price)) : 0;
    const { tiers: _, ...origin } = price ?? {};
    return [key, { item, region, amount, total, ...origin }] as const;
  });
  return new Map(priced);
}

/** The part of the price of all that falls to one. */
function shareOf(charge: Charge, items: ReadonlyMap<string, ItemCost>): number {
  const { amount = 0, total = 0 } = items.get(keyOf(charge)) ?? {};
  return amount === 0 ? 0 : (charge.amount / amount) * total;
}

function inputsOf(
  workflow: Workflow,
  invocations: readonly Invocation[],
  totals: readonly number[],
): readonly InputCost[] {
  const rootsOf = openRoots(ledgerOf(workflow, invocations));
  const inputs = new Map<string, number>();
  for (const [index, invocation] of invocations.entries()) {
    const roots = rootsOf(invocation);
    for (const uri of roots) inputs.set(uri, (inputs.get(uri) ?? 0) + (totals[index] ?? 0) / roots.size);
  }
  return [...inputs].map(([uri, total]) => ({ uri, total: rounded(total) }));
}

const NONE: ReadonlySet<string> = new Set();

/** A function that answers the objects from outside that led to an invocation, by their URIs. */
function openRoots({ objects, nameOf }: Ledger): (invocation: Invocation) => ReadonlySet<string> {
  const known = new Map<Invocation, ReadonlySet<string>>();
  const rootsOf = (invocation: Invocation): ReadonlySet<string> => {
    const before = known.get(invocation);
    if (before) return before;
    // What makes a circle comes from nowhere.
    known.set(invocation, NONE);
    const input = invocation.input && objects.get(nameOf(invocation.input.uri));
    const found =
      input === undefined || input.writers.length > 0
        ? new Set((input?.writers ?? []).flatMap((writer) => [...rootsOf(writer)]))
        : new Set([input.ref.uri]);
    known.set(invocation, found);
    return found;
  };
  return rootsOf;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

/** Without what is left of adding binary fractions. */
function rounded(amount: number): number {
  return Number(amount.toFixed(12));
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
