/** What `fdl prices` prints, and what all that tells of costs has in common. */
import type { Cost } from '../../workflow/cost.ts';
import type { PriceDocument, PriceListDocument, PricesDocument } from '../prices.ts';
import { amount, integer, list, object, optional, text } from './schema.ts';
import { step } from './shared.ts';

type Item<T> = T extends readonly (infer E)[] ? E : never;

export const cost = object<Cost>('What invocations cost, as far as prices are known', {
  total: amount('US dollars, without what is in `unknown`'),
  monthly: amount('US dollars a month for outputs as long as they lie in S3, which are not in the total'),
  currency: { const: 'USD', description: 'US dollars' },
  steps: list(
    'Each step',
    object<Cost['steps'][number]>('A step', {
      step,
      invocations: integer('How many invocations'),
      total: amount('US dollars'),
    }),
  ),
  inputs: list(
    'Each object that came from outside',
    object<Cost['inputs'][number]>('An object', {
      uri: text('Storage URI'),
      total: amount('US dollars, of all that it led to; what several led to is shared between them'),
    }),
  ),
  items: list(
    'Each thing that is charged for',
    object<Cost['items'][number]>('A thing that is charged for', {
      item: text('Its name, as `fdl prices` has it'),
      region: text('Region'),
      amount: amount('How much of it, in its unit'),
      total: amount('US dollars'),
      unit: optional(text('Its unit; absent where no price is known, as the following')),
      source: optional(text('Where its price was read')),
      date: optional(text('On which day that price counted')),
    }),
  ),
  unknown: list('What is not in the total, since nobody knows it', text('A clause')),
  assumed: list('What was taken for granted', text('A clause')),
});

export const pricesDocument = object<PricesDocument>('What clouds charge, as far as it is known', {
  currency: { const: 'USD', description: 'US dollars' },
  lists: list(
    'Each list of prices; later ones count before earlier ones',
    object<PriceListDocument>('Prices of one source', {
      source: text('Where they were read'),
      date: optional(text('On which day they counted')),
      regions: optional(list('Where they count; everywhere, where it is absent', text('A region'))),
      prices: list(
        'Each price',
        object<PriceDocument>('A price', {
          item: text('What is charged for'),
          unit: text('What the price is for'),
          tiers: list(
            'The price; of one that falls with the amount, each tier',
            object<Item<PriceDocument['tiers']>>('A tier', {
              up_to: optional(amount('The amount a month up to which it counts')),
              price: amount('US dollars for one unit'),
            }),
          ),
        }),
      ),
    }),
  ),
});
