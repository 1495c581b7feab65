/**
 * What each command prints with `--json`, as JSON Schema. `npm run generate` makes schemas/fdl-output.schema.json and the
 * tables of docs/json.md of it; the tests hold every document that they see against it. Not part of the program.
 */
import type { ActionName, ErrorDetail, Summary } from '../deploy/action.ts';
import type { Outcome, Report, Status } from '../deploy/outcome.ts';
import type {
  ActionDocument,
  ChangeDocument,
  OrphanDocument,
  PlanDocument,
} from '../deploy/plan-document.ts';
import type { diagnosticJson } from '../fdl/diagnostic.ts';
import type { DeployedWorkflow } from '../providers/provider.ts';
import type { Endpoint } from '../session/deployment.ts';
import type { AccessPolicies, Examined, FetchedObject, NotFetched } from '../session/index.ts';
import type { Invocation, InvocationStatus, LogLine, ObjectRef } from '../workflow/invocation.ts';
import type { Link } from '../workflow/model.ts';
import type { Overwritten } from '../workflow/results.ts';
import type * as apply from './apply.ts';
import type * as cluster from './cluster.ts';
import type * as doctor from './doctor.ts';
import {
  anything,
  either,
  flag,
  foreign,
  integer,
  list,
  map,
  object,
  oneOf,
  optional,
  type Schema,
  text,
  time,
} from './document-schema.ts';
import type * as get from './get.ts';
import type * as graph from './graph.ts';
import type * as init from './init.ts';
import type * as invoke from './invoke.ts';
import type * as ls from './ls.ts';
import type * as plan from './plan.ts';
import type { RunDocument } from './run.ts';
import type * as schema from './schema.ts';
import type * as status from './status.ts';
import type * as validate from './validate.ts';
import type * as version from './version.ts';

type Item<T> = T extends readonly (infer E)[] ? E : never;

const workflow = text('Name of the workflow');
const step = text('Id of the step: its name, or `cluster/name` where two clusters use one name');
const ofStep = optional(text('Id of the step that it serves; absent where it serves none'));
const hint = optional(text('What to change, as a sentence'));
const bytes = integer('Bytes');

// What several commands have.

const diagnostic = object<ReturnType<typeof diagnosticJson>>('A finding about the FDL file, with its place', {
  severity: oneOf('How grave it is', {
    error: 'the file cannot be read as FDL',
    warning: 'it can, but something has no effect, or keeps it from being deployed',
  }),
  code: text('What kind of finding it is; stable'),
  message: text('What is wrong, for people'),
  hint,
  file: text('The file, as it was named'),
  line: integer('Line, from 1'),
  column: integer('Column, from 1'),
  step: optional(text('Id of the step that it concerns; absent where it concerns the file')),
  blocks: optional(
    oneOf('What it stands in the way of; absent where it is only to be known', {
      cloud: 'deploying to a cloud, but not `--local`',
      any: 'running at all',
    }),
  ),
});

const error = object<ErrorDetail>('Why something failed', {
  code: text('What kind of failure it is; stable'),
  message: text('What is wrong, for people'),
  hint,
});

const stored = object<ObjectRef>('An object in a store', {
  uri: text('Storage URI, such as `s3://bucket/key` or `minio.lab://bucket/key`'),
  size: bytes,
});

const invocationStatus = oneOf<InvocationStatus>('How far it is', {
  queued: 'it waits',
  running: 'its script runs',
  succeeded: 'its script ended with 0, and its outputs are stored',
  failed: 'it did not',
  'timed-out': 'it took longer than it may',
  cancelled: 'it was stopped',
  delegated: 'it was handed over to a job, which is an invocation of its own',
});

const invocation = object<Invocation>('One run of one step for one input', {
  id: text('Id, as `fdl logs --invocation` takes it'),
  step,
  status: invocationStatus,
  input: optional(stored),
  outputs: list('What it wrote', stored),
  outputsGuessed: optional(
    flag('True where nothing tells which outputs are its own: they appeared while it ran'),
  ),
  startedAt: optional(time('When it started')),
  endedAt: optional(time('When it ended')),
  durationMs: optional(integer('How long it took, in milliseconds')),
  exitCode: optional(integer('Exit code of the script; absent when a signal ended it or it never started')),
  reason: optional(text('Why it failed or waits, for people')),
  job: optional(text('Id of the job of AWS Batch that does it, or that it was handed over to')),
});

const overwrittenObject = object<Overwritten>(
  'An object that several inputs were written to, so that only the last result is left',
  {
    uri: text('Storage URI'),
    step,
    invocations: list('The invocations that wrote it, one for each input', text('Id of an invocation')),
  },
);

const unreached = object<status.Unreached>(
  'A place that could not be asked, so that what is there is missing',
  {
    provider: optional(text('Name of the provider, where it is known')),
    error,
  },
);

const orphan = object<OrphanDocument>('Something that the workflow owns and the file does not name', {
  kind: text('Kind of resource, as `provider/kind`'),
  id: text('Id of the resource'),
  step: ofStep,
});

const transfer = object<get.Transfer>('A file that was moved, or that could not be', {
  source: text('Path of the file, or storage URI of the object'),
  target: optional(
    text('Storage URI of the object, or path of the file; absent where no file can be made of the object'),
  ),
  size: optional({ ...bytes, description: 'Bytes; absent for a file that could not be put' }),
  status: oneOf('What became of it', { done: '', failed: '' }),
  reason: optional(text('Why it failed, for people')),
  hint,
});

const line = object<LogLine>('A line that a script, or what runs it, wrote', {
  time: time('When it was written'),
  step,
  invocation: text('Id of the invocation'),
  stream: oneOf('Where it was written to', {
    stdout: '',
    stderr: '',
    supervisor: 'by what runs the script',
  }),
  message: text('The line, without its end'),
});

const link = object<Link>('What a step writes triggers another one', {
  from: text('Id of the step that writes'),
  to: text('Id of the step that is triggered'),
  output: integer('Which entry of `output` of the one, from 0'),
  input: integer('Which entry of `input` of the other, from 0'),
});

// What plans and reports have.

const actionMeanings: Readonly<Record<ActionName, string>> = {
  create: '',
  update: '',
  replace: 'delete and create anew',
  delete: '',
  keep: 'nothing is to be done',
  unknown: 'it could not be read, or waits for what could not',
};

const change = object<ChangeDocument>('A property that differs', {
  path: text('Which property'),
  before: anything('Its value; null where there is none. Secrets are hidden'),
  after: anything('Its value afterwards; what only `apply` finds out is `(known after apply)`'),
  replace: optional({ const: true, description: 'There where the change takes a new object' }),
});

const action = object<ActionDocument>('What is to be done with one resource', {
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

function orphanField(name: 'kind' | 'id'): Schema<string> {
  return (orphan['properties'] as Record<string, Schema<string>>)[name] ?? text('');
}

const outcome = object<Outcome>('What became of one resource', {
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

const counted = (what: string) => integer(`How many resources ${what}`);

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

const target = object<ShownTarget>('A place that the plan is for', {
  provider: text('Name of the provider'),
  text: text('What it is, for people'),
  account: optional(text('Of AWS: number of the account, where somebody was asked')),
  region: optional(text('Of AWS: the region')),
  profile: optional(text('Of AWS: the profile that the credentials are from, where one is named')),
  cluster: optional(text('Of OSCAR: id of the cluster')),
  endpoint: optional(text('Of OSCAR: URL of the cluster')),
  folder: optional(text('Of this machine: where its state is')),
}) as Schema<Item<ReturnType<typeof plan.documentOf>['targets']>>;

const planDocument = object<ReturnType<typeof plan.documentOf>>('What `apply` would do', {
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
});

const report = object<ReturnType<typeof apply.documentOf>>('What became of a plan', {
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

const transfers = object<ReturnType<typeof get.transfersDocument>>('What was moved', {
  workflow,
  transfers: list('Each file', transfer),
  summary: object<ReturnType<typeof get.transfersDocument>['summary']>('What was moved in all', {
    files: integer('How many files'),
    bytes,
    durationMs: integer('How long all took, in milliseconds'),
  }),
});

/** What `error` documents have besides: `details` of the errors that have some. */
interface Failure extends ErrorDetail {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly diagnostics?: readonly ReturnType<typeof diagnosticJson>[];
  readonly jobs?: number;
  readonly running?: number;
  readonly wanted?: string;
  readonly platforms?: readonly string[];
  readonly bytes?: number;
  readonly maxBytes?: number;
}

const failure = object<{ readonly error: Failure }>('Why a command did nothing, or did not get to its end', {
  error: object<Failure>('The error', {
    code: text('What kind of failure it is; stable'),
    message: text('What is wrong, for people'),
    hint,
    file: optional(text('The file that it is about, as it was named')),
    line: optional(integer('Line, from 1')),
    column: optional(integer('Column, from 1')),
    diagnostics: optional(list('Of `file-invalid`: all that is wrong with the file', diagnostic)),
    jobs: optional(integer('Of `jobs-running`: how many jobs wait or run')),
    running: optional(integer('Of `jobs-running`: how many of them run')),
    wanted: optional(text('Of `image-platform`: the platform that the image lacks')),
    platforms: optional(list('Of `image-platform`: those that it has', text('Platform, as `linux/arm64`'))),
    bytes: optional(integer('Of `image-too-large`: bytes that the image has, packed')),
    maxBytes: optional(integer('Of `image-too-large`: bytes that it may have, unpacked')),
  }),
});

/** What several documents have, by the names of its definitions. */
export const SHARED = {
  error,
  diagnostic,
  invocation,
  object: stored,
  overwritten: overwrittenObject,
  orphan,
  unreached,
  transfer,
} as const;

/** What is printed on stdout where a command fails. */
export const FAILURE = failure;

const written = object<init.WrittenDocument>('A workflow that was written', {
  template: optional(text('The template that it was made from')),
  image: optional(text('The image that its step runs')),
  step: optional(text('Id of the step that runs the image')),
  dir: text('Its folder, as an absolute path'),
});

const id = text('Id of the cluster');

const sources = {
  flag: 'the command line',
  environment: '',
  file: 'the FDL file',
  fdl: 'what `fdl cluster add` stored',
  'oscar-cli': 'its configuration',
  scar: 'its configuration',
};

const logins = {
  basic: 'user and password',
  token: 'OIDC access token',
  'refresh-token': 'OIDC refresh token',
  'oidc-agent': 'account of oidc-agent',
};

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
  rm: report,
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
  ls: object<ls.Listing>('What is set up', {
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
            state: text('How it is: `ready` where it can be used, else what its provider calls it'),
            url: optional(text('Its address over HTTP')),
          }),
        ),
      }),
    ),
    unreached: list('Providers that could not be asked', unreached as Schema<Required<status.Unreached>>),
  }),
  run: object<RunDocument>('What came of a run', {
    workflow,
    status: oneOf<RunDocument['status']>('How it ended', {
      succeeded: '',
      failed: 'something failed, or could not be put or fetched',
      'timed-out': '`--timeout` was over before all was done',
      interrupted: 'by a signal',
    }),
    invocations: list('One for each input of a step', invocation),
    outputs: list(
      'Final outputs',
      object<FetchedObject>('A final output', {
        uri: text('Storage URI'),
        path: optional(
          text('The file that it was fetched to, as an absolute path; absent without `--output`'),
        ),
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
    fault: optional(text('What this machine lacks, because of which work is left, for people')),
    diagnostics: list('Findings about the file that somebody has to act on', diagnostic),
  }),
  dev: line,
  put: transfers,
  get: transfers,
  status: object<ReturnType<typeof status.documentOf>>('What ran, runs and waits', {
    workflow,
    invocations: list('In the order in which they were asked for', invocation),
    overwritten: list('Objects that several inputs were written to', overwrittenObject),
    unreached: list('Places that could not be asked', unreached),
  }),
  logs: line,
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
  'cluster add': object<cluster.StoredDocument>('The cluster that was stored', {
    id,
    endpoint: text('Its URL'),
    version: optional(text('Its release of OSCAR; absent with `--no-check`')),
    file: text('The file that it is stored in'),
  }),
  'cluster ls': object<cluster.ListDocument>('The clusters that are known here', {
    default: optional(text('Id of the default cluster')),
    clusters: list(
      'All that are known',
      object<Item<cluster.ListDocument['clusters']>>('A cluster', {
        id,
        endpoint: optional(text('Its URL')),
        login: oneOf('How to log in', { ...logins, none: 'nothing in full is known' }),
        user: optional(text('The user, where there is one')),
        verifyTls: flag('Whether its certificate is checked'),
        source: oneOf('Where its endpoint is from', sources),
        file: optional(text('The file that it is from')),
        default: flag('Whether it is the default cluster'),
      }),
    ),
  }),
  'cluster rm': object<cluster.RemovedDocument>('The cluster that was removed', {
    id,
    file: text('The file that it was removed from'),
  }),
  'cluster info': object<ReturnType<typeof cluster.infoDocument>>('What a cluster is', {
    id,
    endpoint: text('Its URL'),
    source: oneOf('Where its endpoint is from', sources),
    login: oneOf('How to log in', logins),
    verifyTls: flag('Whether its certificate is checked'),
    version: text('Its release of OSCAR'),
    architecture: optional(text('Architecture of its machines')),
    kubernetes: optional(text('Its release of Kubernetes')),
    serverlessBackend: optional(
      object('What answers synchronous calls; absent where nothing does', {
        name: text('Its name'),
        version: text('Its release'),
      }),
    ),
    gpus: optional(flag('Whether it has GPUs, where it says so')),
    interlink: optional(flag('Whether it hands jobs on by InterLink, where it says so')),
    volumes: optional(flag('Whether it has volumes, where it says so')),
    virtualOrganisations: list('Virtual organisations that it takes logins of', text('A name')),
    allowedImages: list('Where images may come from; empty for anywhere', text('A prefix of their names')),
    minio: object<ReturnType<typeof cluster.infoDocument>['minio']>('Its own store', {
      endpoint: text('URL'),
      region: optional(text('Region')),
    }),
    services: list('What is set up there', text('Name of a service')),
  }),
  'cluster default': object<cluster.DefaultDocument>('The default cluster', {
    default: id,
    file: optional(text('The file that says so; absent where it was only asked for')),
  }),
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
  version: object<ReturnType<typeof version.documentOf>>('What this program is', {
    version: text('Its version'),
    commit: optional(text('Hash of the commit that it was built from, where it is known')),
    platform: text('Operating system and architecture, as `linux-x64`'),
    node: text('Version of Node that runs it'),
  }),
};

/** Commands that print a document for each thing they see, on a line of its own. */
export const LINES: readonly string[] = ['validate', 'dev', 'logs'];
