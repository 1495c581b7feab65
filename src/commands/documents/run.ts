/** What runs print with `--json`. */
import type { FetchedObject, NotFetched } from '../../session/index.ts';
import type { RunDocument } from '../run.ts';
import { cost } from './costs.ts';
import { integer, list, object, oneOf, optional, text } from './schema.ts';
import { bytes, diagnostic, hint, invocation, overwrittenObject, step, workflow } from './shared.ts';

type Item<T> = T extends readonly (infer E)[] ? E : never;

export const ran = object<RunDocument>('What came of a run', {
  workflow,
  status: oneOf<RunDocument['status']>('How it ended', {
    succeeded: '',
    failed: 'something failed, or could not be put or fetched',
    'timed-out': '`--timeout` was over before all was done',
    interrupted: 'by a signal',
  }),
  invocations: list(
    'One for each input of a step; with `--cached`, also those that are used again',
    invocation,
  ),
  attempts: list(
    'With `--retries`: attempts that failed and were followed by another; `cost` counts them, and on this machine they have the id of the last attempt',
    invocation,
  ),
  outputs: list(
    'Final outputs',
    object<FetchedObject>('A final output', {
      uri: text('Storage URI'),
      path: optional(text('The file that it was fetched to, as an absolute path; absent without `--output`')),
      size: bytes,
    }),
  ),
  notPut: list(
    'Inputs that could not be put',
    object<Item<RunDocument['notPut']>>('An input', {
      path: text('Path of the file'),
      uri: text('Storage URI that it was to have'),
      reason: text('Why, for people'),
    }),
  ),
  notFetched: list(
    'Final outputs that could not be fetched',
    object<NotFetched>('A final output', {
      uri: text('Storage URI'),
      size: bytes,
      reason: text('Why, for people'),
      hint,
    }),
  ),
  overwritten: list('Objects that several inputs were written to', overwrittenObject),
  left: integer('How many inputs are not through'),
  failedBefore: list('With `--resume`: what failed in earlier runs', invocation),
  cost: optional(cost),
  fault: optional(text('What this machine lacks, because of which work is left, for people')),
  why: optional(
    list(
      'With `run --cached`: what was not used again',
      object<Item<NonNullable<RunDocument['why']>>>('An input of a step', {
        step,
        uri: text('Storage URI of the input'),
        reason: text('Why the step ran for it, for people'),
      }),
    ),
  ),
  lost: optional(
    list(
      'Of `fdl rerun`: what cannot be run again',
      object<Item<NonNullable<RunDocument['lost']>>>('An invocation', {
        invocation: text('Its id'),
        step,
        uri: optional(text('Storage URI of its input, where it had one')),
        reason: text('Why, for people'),
      }),
    ),
  ),
  diagnostics: list('Findings about the file that somebody has to act on', diagnostic),
});
