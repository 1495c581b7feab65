/** What invocations of a workflow cost, and what they would cost. */
import { FdlError } from '../errors.ts';
import type { Provider } from '../providers/provider.ts';
import { tariffOf } from '../providers/tariffs.ts';
import { type Cost, costOf } from '../workflow/cost.ts';
import type { Invocation } from '../workflow/invocation.ts';
import type { Workflow } from '../workflow/model.ts';
import { type PriceOf, pricesOf } from '../workflow/prices.ts';
import { findStep } from './lookup.ts';
import { type GivenPrices, priceLists } from './price-lists.ts';
import type { Settings } from './settings.ts';

/** How much work is to be reckoned with. */
export interface EstimateOptions extends GivenPrices {
  /** How often each step runs; once by default. */
  readonly runs?: number | undefined;
  /** How long an invocation takes, in seconds: of each step that `secondsOf` does not name. */
  readonly seconds?: number | undefined;
  /** The same by the ids of steps. */
  readonly secondsOf?: Readonly<Record<string, number>> | undefined;
}

interface Costing {
  readonly workflow: Workflow;
  readonly provider: Provider;
  readonly settings: Settings;
}

/** What invocations cost, as far as prices are known. */
export async function costOfInvocations(
  { workflow, provider, settings }: Costing,
  invocations: readonly Invocation[],
  given: GivenPrices,
): Promise<Cost> {
  const priceOf = await pricesFor(given, settings);
  const tariff = await tariffOf(provider, workflow, priceOf, settings.target === 'local');
  const open = invocations.filter(({ status }) => status === 'running' || status === 'queued').length;
  // What was done before is paid.
  const chargesOf = (each: Invocation) => (each.cached ? { charges: [] } : tariff.chargesOf(each));
  const cost = costOf(workflow, invocations, chargesOf, priceOf);
  if (open === 0) return cost;
  const those =
    open === 1 ? '1 invocation that waits or runs is' : `${open} invocations that wait or run are`;
  return { ...cost, unknown: [...cost.unknown, `${those} not counted yet`] };
}

/** Seconds that an invocation takes where nobody says it. */
const SECONDS = 1;

/**
 * What it would cost if each step ran so often.
 * @throws FdlError `unknown-step`
 */
export async function estimatedCost(
  { workflow, provider, settings }: Costing,
  { runs = 1, seconds = SECONDS, secondsOf = {}, ...given }: EstimateOptions,
): Promise<Cost> {
  for (const id of Object.keys(secondsOf)) findStep(workflow, id);
  const priceOf = await pricesFor(given, settings);
  const tariff = await tariffOf(provider, workflow, priceOf, settings.target === 'local');
  const steps = workflow.steps.map(({ id }): Invocation => {
    return { id, step: id, status: 'succeeded', outputs: [] };
  });
  const cost = costOf(
    workflow,
    steps,
    ({ step }) => {
      const expected = tariff.expected(step, secondsOf[step] ?? seconds);
      const charges = expected.charges.map((each) => ({ ...each, amount: each.amount * runs }));
      return { ...expected, charges };
    },
    priceOf,
  );
  const times = workflow.steps.map(({ id }) => `"${id}" ${secondsOf[id] ?? seconds} s`);
  const assumed = [
    `each step runs ${runs === 1 ? 'once' : `${runs} times`}, and takes so long: ${times.join(', ')}`,
    ...cost.assumed,
    'there are no free tiers and no discounts, and nothing leaves the cloud',
  ];
  const counted = cost.steps.map((each) => ({ ...each, invocations: runs }));
  return { ...cost, steps: counted, assumed };
}

async function pricesFor(given: GivenPrices, settings: Settings): Promise<PriceOf> {
  const { lists, unitOf } = await priceLists(given, settings);
  return pricesOf(lists, unitOf);
}

/** `12`, or `plot=12` for one step. @throws FdlError `usage` */
export function secondsFrom(given: readonly string[]): Pick<EstimateOptions, 'seconds' | 'secondsOf'> {
  const found = given.map((each) => {
    const [, step, number] = /^(?:(.+)=)?([^=]+)$/s.exec(each) ?? [];
    const seconds = Number(number);
    if (number !== undefined && number.trim() !== '' && Number.isFinite(seconds) && seconds >= 0)
      return { step, seconds };
    const hint = 'Write seconds, for all steps or for one: --seconds 2.5, --seconds plot=12.';
    throw new FdlError('usage', `--seconds ${each} is no number of seconds`, { hint, exitCode: 2 });
  });
  const all = found.findLast(({ step }) => step === undefined)?.seconds;
  const single = found.flatMap(({ step, seconds }) => (step === undefined ? [] : [[step, seconds] as const]));
  return { seconds: all, secondsOf: Object.fromEntries(single) };
}
