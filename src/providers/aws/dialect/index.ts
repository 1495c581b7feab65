/** What AWS knows of the language. */
import { eachStep } from '../../../workflow/check.ts';
import type { Dialect, NamedEntry } from '../../../workflow/dialect.ts';
import { awsCall, awsHttpCall } from './call.ts';
import { CONTENT, LIMITS } from './checks.ts';
import { FAILURES } from './failures.ts';
import { FARGATE } from './fargate.ts';
import { NEIGHBOURS } from './neighbours.ts';
import { NODES } from './nodes.ts';
import { NOTES } from './notes.ts';
import { ROLES } from './roles.ts';
import type { AwsFunction } from './schema/index.ts';
import { neededOf, SECRETS } from './secrets.ts';
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
    eachStep(isAws, [
      ...CONTENT,
      ...LIMITS,
      ...FAILURES,
      ...FARGATE,
      ...NODES,
      ...TEXTS,
      ...ROLES,
      ...SECRETS,
      ...NOTES,
    ]),
    ...NEIGHBOURS,
  ],
  hears: (_step, { kind }) => kind === 's3',
  hearingHint: 'Functions on AWS listen to "storage_provider: s3".',
  needs: (_step, store) => neededOf(store),
  call: awsCall,
  httpCall: awsHttpCall,
};
