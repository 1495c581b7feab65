/** What `fdl report --json` prints. */
import type { FailureReport, Spread, StepReport } from '../../workflow/report.ts';
import type { ReportDocument } from '../report.ts';
import { cost } from './costs.ts';
import { amount, integer, list, object, optional, text, time } from './schema.ts';
import { bytes, invocation, invocationFields, step, unreached, workflow } from './shared.ts';

const spread = (description: string) =>
  object<Spread>(`${description}; absent where it is known of none`, {
    count: integer('Of how many invocations it is known'),
    min: amount('The least'),
    median: amount('The one in the middle'),
    max: amount('The most'),
    sum: amount('Of all'),
  });

const stepReport = object<StepReport>('A step, and what its invocations came to', {
  step,
  where: text('Where it runs, such as `aws lambda`'),
  image: optional(text('Image, as the file names it')),
  scriptSha256: optional(text('SHA-256 of its script as it is now, in hexadecimal digits')),
  versions: optional(
    object<Required<StepReport>['versions']>('What its invocations ran with; absent where none says it', {
      script: integer('How many different scripts'),
      image: integer('How many different images'),
      parameters: integer('How many different sets of variables, further files and outputs'),
    }),
  ),
  memoryLimitBytes: optional(integer('Bytes of memory that it may have, as the file says')),
  succeeded: integer('How many inputs have succeeded'),
  failed: integer('How many have failed with their last attempt'),
  unfinished: integer('How many wait or run'),
  invocations: integer('How many invocations there were, with repeated attempts'),
  durationMs: optional(spread('How long they took, in milliseconds')),
  cpuMs: optional(spread('Processor time, in milliseconds')),
  peakMemoryBytes: optional(spread('Memory at most, in bytes')),
  bytesIn: { ...bytes, description: 'Bytes of their inputs' },
  bytesOut: { ...bytes, description: 'Bytes of what they wrote' },
});

export const reportDocument = object<ReportDocument>('What ran, and what it came to', {
  workflow,
  createdAt: time('When the report was made'),
  startedAt: optional(time('The first start')),
  endedAt: optional(time('The last end')),
  file: optional(text('Absolute path of what was written, with `--output`')),
  steps: list('In the order of the file', stepReport),
  invocations: list('In the order in which they were asked for', invocation),
  failures: list(
    'The last attempts at inputs that failed',
    object<FailureReport>('An invocation that failed', {
      ...invocationFields,
      lastLines: list('The last lines that its script wrote, oldest first', text('A line')),
    }),
  ),
  cost: optional(cost),
  unreached: list('Places that could not be asked', unreached),
});
