/** What AWS knows of the language. */
import { eachStep } from '../../../workflow/check.ts';
import type { Dialect, NamedEntry } from '../../../workflow/dialect.ts';
import { awsCall, awsHttpCall } from './call.ts';
import { CONTENT, LIMITS, overlaps } from './checks.ts';
import { FAILURES } from './failures.ts';
import { FARGATE } from './fargate.ts';
import { NODES } from './nodes.ts';
import { NOTES } from './notes.ts';
import type { AwsFunction } from './schema/index.ts';
import { awsEntries, awsStep, isAws } from './step.ts';
import { TEXTS } from './texts.ts';

export const awsDialect: Dialect = {
  name: 'aws',
  schema: async () => (await import('./schema/index.ts')).awsSchema,
  entryForm: 'entries with "lambda:"',
  legacyEntry: (name) => `- lambda: {name: ${name}, init_script: …, container: {image: …}}`,
  naming: { section: ['lambda'], what: 'the function', hint: 'Add "name:" below "lambda:".' },
  entries: awsEntries,
  step: (context, entry) => awsStep(context, entry as NamedEntry<AwsFunction>),
  checks: [
    eachStep(isAws, [...CONTENT, ...LIMITS, ...FAILURES, ...FARGATE, ...NODES, ...TEXTS, ...NOTES]),
    overlaps,
  ],
  hears: (_step, { kind }) => kind === 's3',
  hearingHint: 'Functions on AWS listen to "storage_provider: s3".',
  // The role of the step does.
  opens: ({ kind }) => kind === 's3',
  call: awsCall,
  httpCall: awsHttpCall,
};
