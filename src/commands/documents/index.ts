/**
 * What each command prints with `--json`, as JSON Schema. `npm run generate` makes schemas/fdl-output.schema.json and the
 * tables of docs/json.md of it; the tests hold every document that they see against it. Not part of the program.
 */
import type { DeployedWorkflow } from '../../providers/runtime.ts';
import type { AccessPolicies, Examined, Trace } from '../../session/index.ts';
import type { StepStatus } from '../../workflow/step-status.ts';
import type { TracedInvocation } from '../../workflow/trace.ts';
import type * as doctor from '../doctor.ts';
import type * as graph from '../graph.ts';
import type * as init from '../init.ts';
import type * as invoke from '../invoke.ts';
import type * as ls from '../ls.ts';
import type * as schema from '../schema.ts';
import type * as status from '../status.ts';
import type * as validate from '../validate.ts';
import type * as version from '../version.ts';
import { CLUSTER_DOCUMENTS, podsLog } from './clusters.ts';
import { cost, pricesDocument } from './costs.ts';
import { orphanField, planDocument, report } from './deployment.ts';
import { HUB_DOCUMENTS } from './hub.ts';
import { KNOWN_CLUSTER_DOCUMENTS } from './known-clusters.ts';
import { objectListings, removedObjects, synced } from './objects.ts';
import { reportDocument } from './report.ts';
import { ran } from './run.ts';
import {
  either,
  flag,
  foreign,
  integer,
  list,
  object,
  oneOf,
  optional,
  type Schema,
  text,
} from './schema.ts';
import {
  bytes,
  SHARED as COMMON,
  diagnostic,
  FAILURE,
  hint,
  invocation,
  invocationFields,
  line,
  link,
  ofStep,
  overwrittenObject,
  step,
  stored,
  transfers,
  unreached,
  workflow,
} from './shared.ts';

export { FAILURE };

export const SHARED = { ...COMMON, cost };

type Item<T> = T extends readonly (infer E)[] ? E : never;

const written = object<init.WrittenDocument>('A workflow that was written', {
  template: optional(text('The template that it was made from')),
  image: optional(text('The image that its step runs')),
  step: optional(text('Id of the step that runs the image')),
  dir: text('Its folder, as an absolute path'),
});

const deployed = object<ls.Listing>('What is set up', {
  workflows: list(
    'Each workflow',
    object<DeployedWorkflow>('A workflow', {
      workflow,
      steps: list(
        'Its steps',
        object<Item<DeployedWorkflow['steps']>>('A step', {
          step,
          provider: text('Name of the provider that runs it'),
          mode: text('How the provider runs it, such as `lambda` or `batch`'),
          place: optional(text('Of OSCAR: id of the cluster that it is on')),
          state: text('How it is: `ready` where it can be used, else what its provider calls it'),
          url: optional(text('Its address over HTTP')),
          scriptDiffers: optional({
            const: true,
            description: 'Of AWS, with a file: its script is another one than what is deployed',
          }),
        }),
      ),
    }),
  ),
  unreached: list('Providers that could not be asked', unreached as Schema<Required<status.Unreached>>),
});

/** What each command prints, by its name: one document, or one for each line (`LINES`). */
export const DOCUMENTS: Readonly<Record<string, Schema<unknown>>> = {
  init: either<unknown>(
    written,
    object<ReturnType<typeof init.templatesDocument>>('Without arguments: the templates', {
      templates: list(
        'All templates',
        object<Item<ReturnType<typeof init.templatesDocument>['templates']>>('A template', {
          name: text('Its name, as `fdl init` takes it'),
          summary: text('What it is, as a sentence'),
        }),
      ),
    }),
  ),
  schema: either<unknown>(
    object<schema.FittedDocument>('With a file: the schema that it names now', {
      file: text('The FDL file'),
      schema: text('Name of the file with the schema, which lies beside it'),
    }),
    { ...foreign('Without a file: a JSON Schema, draft 07'), required: ['$schema', '$id'] },
  ),
  validate: object<ReturnType<typeof validate.documentOf>>('What is to be said of one file', {
    file: text('The file, as it was named'),
    valid: flag('Whether it can be read as FDL'),
    deployable: flag('Whether nothing keeps it from being deployed (with `--local`, from running here)'),
    diagnostics: list('All findings, in the order of the file', diagnostic),
  }),
  graph: either<unknown>(
    object<ReturnType<typeof graph.documentOf>>('Its steps', {
      workflow,
      steps: list(
        'In the order of the file',
        object<Item<ReturnType<typeof graph.documentOf>['steps']>>('A step', {
          step,
          provider: text('Name of the provider that runs it'),
          mode: text('How the provider runs it, such as `lambda` or `batch`'),
          image: optional(text('Container image')),
        }),
      ),
      links: list('Which step triggers which', link),
    }),
    object<ReturnType<typeof graph.resourcesDocument>>('With `--resources`: what would be made for it', {
      workflow,
      resources: list(
        'Each behind those that it needs',
        object<Item<ReturnType<typeof graph.resourcesDocument>['resources']>>('A resource', {
          kind: orphanField('kind'),
          id: orphanField('id'),
          step: ofStep,
          after: list('Those that it needs', orphanField('id')),
        }),
      ),
    }),
  ),
  plan: planDocument,
  apply: report,
  rm: either<unknown>(report, removedObjects),
  policy: object<AccessPolicies>('Policies for whoever deploys', {
    accounts: list(
      'Each account of AWS that the workflow is deployed to',
      object<Item<AccessPolicies['accounts']>>('An account', {
        account: text('Its number, or `*`'),
        policies: list('Policies, each as large as IAM takes it', foreign('A policy document of IAM')),
        trust: optional(foreign('With `--github`: the trust policy of the role')),
      }),
    ),
    notes: list('What to know of them', text('A sentence')),
  }),
  ls: either<unknown>(deployed, ...objectListings),
  run: ran,
  rerun: ran,
  dev: line,
  put: transfers,
  get: transfers,
  cp: transfers,
  sync: synced,
  status: object<ReturnType<typeof status.documentOf>>('What ran, runs and waits', {
    workflow,
    steps: list(
      'How far each step is that has any invocations, in the order in which files flow',
      object<StepStatus>('A step', {
        step,
        queued: integer('How many invocations wait'),
        running: integer('How many run'),
        succeeded: integer('How many succeeded'),
        failed: integer('How many failed, took too long or were stopped'),
        waitedMs: optional(
          integer(
            'Median of milliseconds from the end of what wrote an input to the start; absent where nothing is known',
          ),
        ),
        ranMs: optional(integer('Median of milliseconds from the start to the end; absent before any ended')),
      }),
    ),
    invocations: list('In the order in which they were asked for', invocation),
    overwritten: list('Objects that several inputs were written to', overwrittenObject),
    unreached: list('Places that could not be asked', unreached),
    cost: optional(cost),
  }),
  trace: object<Trace>('What has to do with an object or an invocation', {
    workflow,
    subject: text('URI of the object, or id of the invocation, that was asked for'),
    roots: list(
      'Where it begins',
      text('URI of an object that came from outside, or id of an invocation without an input'),
    ),
    objects: list(
      'From the roots on',
      object<Item<Trace['objects']>>('An object that invocations read or wrote', {
        uri: text('Storage URI'),
        size: bytes,
        writtenBy: list('What wrote it; none for what came from outside', text('Id of an invocation')),
        triggered: list('What it triggered, with repeated attempts', text('Id of an invocation')),
      }),
    ),
    invocations: list(
      'From the roots on',
      object<TracedInvocation>('An invocation, as `fdl status` has it, with its place', {
        ...invocationFields,
        after: list('What wrote its input', text('Id of an invocation')),
        waitedMs: optional(
          integer('Milliseconds from the end of what wrote its input to its start, where both are known'),
        ),
        attempt: integer('Which attempt it is for its input, from 1'),
        otherOutputs: integer('How many of its outputs have nothing to do with the subject'),
      }),
    ),
  }),
  report: reportDocument,
  logs: either<unknown>(line, podsLog),
  invoke: object<ReturnType<typeof invoke.documentOf>>('What a step answered', {
    workflow,
    step,
    status: oneOf<ReturnType<typeof invoke.documentOf>['status']>('How the call ended', {
      accepted: 'nobody waited for its end',
      succeeded: '',
      failed: '',
      'timed-out': '',
      cancelled: '',
      delegated: 'it was handed over to a job',
    }),
    result: text('What the script wrote to its standard output'),
    encoding: optional(oneOf('There where the result is no text', { base64: 'of its bytes' })),
    outputs: optional(list('Objects that the step wrote, where they are known', stored)),
    requestId: optional(text('Id of the call, as the provider names it')),
    log: optional(text('The last lines of the log, where the call gives them')),
    reason: optional(text('Why it failed, for people')),
  }),
  ...KNOWN_CLUSTER_DOCUMENTS,
  ...CLUSTER_DOCUMENTS,
  ...HUB_DOCUMENTS,
  doctor: object<ReturnType<typeof doctor.documentOf>>('What may keep workflows from being deployed or run', {
    ok: flag('Whether nothing is bad'),
    checks: list(
      'Everything that was looked at',
      object<Examined>('What was found', {
        about: text('What it is about, in a word or two'),
        state: oneOf('How it is', {
          good: '',
          bad: 'it keeps something from working',
          open: 'nobody looked, or it may matter',
        }),
        message: text('What was found, for people'),
        hint,
      }),
    ),
  }),
  prices: pricesDocument,
  version: object<ReturnType<typeof version.documentOf>>('What this program is', {
    version: text('Its version'),
    commit: optional(text('Hash of the commit that it was built from, where it is known')),
    platform: text('Operating system and architecture, as `linux-x64`'),
    node: text('Version of Node that runs it'),
  }),
};

/** Commands that print a document for each thing they see, on a line of its own. */
export const LINES: readonly string[] = ['validate', 'dev', 'logs', 'hub validate'];
