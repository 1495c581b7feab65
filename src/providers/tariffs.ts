/** What work costs where several providers do it, and where nobody knows it. */
import type { Charges } from '../workflow/cost.ts';
import type { Workflow } from '../workflow/model.ts';
import type { PriceOf } from '../workflow/prices.ts';
import type { Part } from './parts.ts';
import type { Provider, Tariff } from './provider.ts';

/** The tariff of a provider, or one that says that nothing is known. `here`: all runs on this machine. */
export async function tariffOf(
  { tariff }: Pick<Provider, 'tariff'>,
  workflow: Workflow,
  priceOf: PriceOf,
  here = false,
): Promise<Tariff> {
  return tariff ? tariff(workflow, priceOf) : unpriced(workflow, here);
}

/** Each step by the tariff of its own provider. */
export async function compositeTariff(
  parts: readonly Part[],
  workflow: Workflow,
  priceOf: PriceOf,
): Promise<Tariff> {
  const opened = await Promise.all(
    parts.map(async ({ name, provider }) => [name, await tariffOf(provider, workflow, priceOf)] as const),
  );
  const tariffs = new Map(opened);
  const names = new Map(workflow.steps.map(({ id, provider }) => [id, provider]));
  const nothing = unpriced(workflow, false);
  const of = (step: string) => tariffs.get(names.get(step) ?? '') ?? nothing;
  return {
    chargesOf: (invocation) => of(invocation.step).chargesOf(invocation),
    expected: (step, seconds) => of(step).expected(step, seconds),
  };
}

function unpriced({ steps }: Workflow, here: boolean): Tariff {
  const places = new Map(steps.map(({ id, where }) => [id, where]));
  const said = (step: string): Charges => {
    const place = here ? 'on this machine' : `as ${places.get(step) ?? step}`;
    return { charges: [], unknown: [`no price is known of what runs ${place}`] };
  };
  return { chargesOf: ({ step }) => said(step), expected: said };
}
