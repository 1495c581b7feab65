/** What `plan`, `apply` and `rm` print: actions, what became of them, places. */
import type { ActionName, Summary } from '../../deploy/action.ts';
import type { Outcome, Report, Status } from '../../deploy/outcome.ts';
import type { ActionDocument, ChangeDocument, PlanDocument } from '../../deploy/plan-document.ts';
import type { Endpoint } from '../../session/deployment.ts';
import type * as apply from '../apply.ts';
import type * as plan from '../plan.ts';
import { cost } from './costs.ts';
import { anything, flag, integer, list, map, object, oneOf, optional, type Schema, text } from './schema.ts';
import { diagnostic, error, ofStep, orphan, step, workflow } from './shared.ts';

type Item<T> = T extends readonly (infer E)[] ? E : never;

const actionMeanings: Readonly<Record<ActionName, string>> = {
  create: '',
  update: '',
  replace: 'delete and create anew',
  delete: '',
  keep: 'nothing is to be done',
  unknown: 'it could not be read, or waits for what could not',
};

export const change = object<ChangeDocument>('A property that differs', {
  path: text('Which property'),
  before: anything('Its value; null where there is none. Secrets are hidden'),
  after: anything('Its value afterwards; what only `apply` finds out is `(known after apply)`'),
  replace: optional({ const: true, description: 'There where the change takes a new object' }),
});

export const action = object<ActionDocument>('What is to be done with one resource', {
  action: oneOf('What is to be done', actionMeanings),
  kind: orphanField('kind'),
  id: orphanField('id'),
  step: ofStep,
  changes: list(
    'For `create` all properties, for `update` and `replace` those that differ, else none',
    change,
  ),
  stays: optional(text('Of a removal: why the object stays, or may stay, for people')),
  error: optional(error),
  waitsFor: optional(text('Id of the resource that could not be read and comes before')),
});

export function orphanField(name: 'kind' | 'id'): Schema<string> {
  return (orphan['properties'] as Record<string, Schema<string>>)[name] ?? text('');
}

export const outcome = object<Outcome>('What became of one resource', {
  action: oneOf('What was to be done', actionMeanings),
  kind: orphanField('kind'),
  id: orphanField('id'),
  step: ofStep,
  status: oneOf<Status>('What became of it', {
    done: 'as planned',
    failed: 'see `error`',
    skipped: 'what comes before failed',
    cancelled: 'interrupted',
    kept: 'left as it is, as planned or because of `reason`',
  }),
  error: optional(error),
  reason: optional(
    text('Why it was skipped, cancelled or kept, or that it is gone though it was to be replaced'),
  ),
});

export const counted = (what: string) => integer(`How many resources ${what}`);

/** Of the names that `Target` leaves open, those that providers fill. */
interface ShownTarget {
  readonly provider: string;
  readonly text: string;
  readonly account?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly cluster?: string;
  readonly endpoint?: string;
  readonly folder?: string;
}

export const target = object<ShownTarget>('A place that the plan is for', {
  provider: text('Name of the provider'),
  text: text('What it is, for people'),
  account: optional(text('Of AWS: number of the account, where somebody was asked')),
  region: optional(text('Of AWS: the region')),
  profile: optional(text('Of AWS: the profile that the credentials are from, where one is named')),
  cluster: optional(text('Of OSCAR: id of the cluster')),
  endpoint: optional(text('Of OSCAR: URL of the cluster')),
  folder: optional(text('Of this machine: where its state is')),
}) as Schema<Item<ReturnType<typeof plan.documentOf>['targets']>>;

export const planDocument = object<ReturnType<typeof plan.documentOf>>('What `apply` would do', {
  workflow,
  actions: list('In an order in which they could be carried out', action),
  summary: object<Summary>('How many resources are to be …', {
    create: counted('are to be created'),
    update: counted('are to be updated'),
    replace: counted('are to be replaced'),
    delete: counted('are to be deleted'),
    keep: counted('stay as they are'),
    unknown: counted('could not be read'),
  }),
  orphans: list('What the file does not name any more, and stays without `--prune`', orphan),
  unlisted: list(
    'Kinds of resources that could not be listed, so that `orphans` may lack some',
    object<Item<PlanDocument['unlisted']>>('A kind of resources', { kind: orphanField('kind'), error }),
  ),
  targets: list('Places that it is for, as far as they are known', target),
  parameters: map('Parameters of the file by their names, with the values that count', anything('A value')),
  notes: list('What to know before it is deployed', text('A sentence')),
  diagnostics: list('Findings about the file that somebody has to act on', diagnostic),
  cost: optional(cost),
});

export const report = object<ReturnType<typeof apply.documentOf>>('What became of a plan', {
  workflow,
  summary: object<Report['summary']>('How many resources were …', {
    create: counted('were created'),
    update: counted('were updated'),
    replace: counted('were replaced'),
    delete: counted('were deleted'),
    keep: counted('stayed as they are'),
    failed: counted('failed'),
    skipped: counted('were skipped, since what comes before failed'),
    cancelled: counted('were not reached before it was interrupted'),
  }),
  outcomes: list('In the order of the plan', outcome),
  ok: flag('Whether all was done'),
  interrupted: flag('Whether a signal ended it before all was done'),
  endpoints: list('Addresses of steps over HTTP', object<Endpoint>('An address', { step, url: text('URL') })),
  orphans: list('What the file does not name any more, and stays without `--prune`', orphan),
  diagnostics: list('Findings about the file that somebody has to act on', diagnostic),
});
