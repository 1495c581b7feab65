/** What the documents of several commands have in common. */
import type { ErrorDetail } from '../../deploy/action.ts';
import type { OrphanDocument } from '../../deploy/plan-document.ts';
import type { diagnosticJson } from '../../fdl/diagnostic.ts';
import type {
  Billed,
  Invocation,
  InvocationStatus,
  LogLine,
  ObjectRef,
  Span,
  Usage,
} from '../../workflow/invocation.ts';
import type { Link } from '../../workflow/model.ts';
import type { Overwritten } from '../../workflow/results.ts';
import type * as moves from '../moves.ts';
import type * as status from '../status.ts';
import { type Fields, flag, integer, list, object, oneOf, optional, text, time } from './schema.ts';

export const workflow = text('Name of the workflow');
export const step = text('Id of the step: its name, or `cluster/name` where two clusters use one name');
export const ofStep = optional(text('Id of the step that it serves; absent where it serves none'));
export const hint = optional(text('What to change, as a sentence'));
export const bytes = integer('Bytes');

export const diagnostic = object<ReturnType<typeof diagnosticJson>>(
  'A finding about the FDL file, with its place',
  {
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
        local: '`--local`, but not deploying to a cloud',
        any: 'running at all',
      }),
    ),
  },
);

export const error = object<ErrorDetail>('Why something failed', {
  code: text('What kind of failure it is; stable'),
  message: text('What is wrong, for people'),
  hint,
});

export const stored = object<ObjectRef>('An object in a store', {
  uri: text('Storage URI, such as `s3://bucket/key` or `minio.lab://bucket/key`'),
  size: bytes,
  etag: optional(text('Its tag, as its store gave it, where it is known')),
  sha256: optional(text('SHA-256 of its content, of inputs on this machine up to 64 MiB')),
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

const usage = object<Usage>('What its script took; absent where nobody measured it', {
  wallMs: integer('How long the script ran, in milliseconds'),
  cpuMs: optional(
    integer('Milliseconds of processor time over all processors; absent where it cannot be known'),
  ),
  peakMemoryBytes: optional(
    integer('Bytes of memory that it and what it started had at most; absent where it cannot be known'),
  ),
  bytesIn: integer('Bytes of its input'),
  bytesOut: integer('Bytes of what was stored of its results'),
});

/** What an invocation has, wherever it is listed. */
export const invocationFields = {
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
  job: optional(
    text(
      'Id of the job of AWS Batch that does it, or that it was handed over to; for OSCAR, of the job on the other cluster',
    ),
  ),
  usage: optional(usage),
  span: optional(
    object<Span>('Where it stands in a trace, by the ids of W3C Trace Context, which its outputs carry', {
      traceId: text('32 hexadecimal digits'),
      spanId: text('16 hexadecimal digits'),
      parentSpanId: optional(text('Of what wrote its input, where the input says it')),
    }),
  ),
  billed: optional(
    object<Billed>('What AWS Lambda says that it charges for: of a job, for what handed its input over', {
      milliseconds: integer('Milliseconds that are charged'),
      memoryMib: integer('MiB of memory that are charged'),
      requests: integer('How many requests'),
    }),
  ),
  key: optional(
    text(
      'What it ran with: hashes of script, image and parameters, with dots between them, where that is known',
    ),
  ),
  cached: optional(
    flag(
      'With `run --cached`: true for an earlier invocation whose outputs still count, and which did not run again',
    ),
  ),
};

export const invocation = object<Invocation>('One run of one step for one input', invocationFields);

export const overwrittenObject = object<Overwritten>(
  'An object that several inputs were written to, so that only the last result is left',
  {
    uri: text('Storage URI'),
    step,
    invocations: list('The invocations that wrote it, one for each input', text('Id of an invocation')),
  },
);

export const unreached = object<status.Unreached>(
  'A place that could not be asked, so that what is there is missing',
  {
    provider: optional(text('Name of the provider, where it is known')),
    error,
  },
);

export const orphan = object<OrphanDocument>('Something that the workflow owns and the file does not name', {
  kind: text('Kind of resource, as `provider/kind`'),
  id: text('Id of the resource'),
  step: ofStep,
});

export const transfer = object<moves.Transfer>('A file that was to be moved', {
  source: text('Path of the file, or storage URI of the object'),
  target: optional(
    text('Storage URI of the object, or path of the file; absent where no file can be made of the object'),
  ),
  size: optional({ ...bytes, description: 'Bytes; absent for a file that could not be put' }),
  status: oneOf('What became of it', {
    done: 'it was moved',
    unchanged: 'it was there already',
    planned: 'of `sync --dry-run`: it would be moved',
    failed: '',
  }),
  reason: optional(text('Why it failed, for people')),
  hint,
});

export const line = object<LogLine>('A line that a script, or what runs it, wrote', {
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

export const link = object<Link>('What a step writes triggers another one', {
  from: text('Id of the step that writes'),
  to: text('Id of the step that is triggered'),
  output: integer('Which entry of `output` of the one, from 0'),
  input: integer('Which entry of `input` of the other, from 0'),
});

// What plans and reports have.

type Transfers = ReturnType<typeof moves.transfersDocument>;

export const transfersFields: Fields<Transfers> = {
  workflow: optional(text('Name of the workflow, where files were moved for one')),
  transfers: list('Each file', transfer),
  summary: object<Transfers['summary']>('What was moved in all', {
    files: integer('How many files'),
    bytes,
    durationMs: integer('How long all took, in milliseconds'),
  }),
};

export const transfers = object<Transfers>('What was moved', transfersFields);

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

/** What is printed on stdout where a command fails. */
export const FAILURE = object<{ readonly error: Failure }>(
  'Why a command did nothing, or did not get to its end',
  {
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
  },
);

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
