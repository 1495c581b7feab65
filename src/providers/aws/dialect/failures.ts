/** Where the failures of a function are handed for good: `lambda.on_failure`. */
import { note, problem, type Rule } from '../../../workflow/check.ts';
import type { AwsStep } from './step.ts';

/** A standard queue or topic, or a bucket. Rule: Lambda's developer guide, "Capturing records of asynchronous invocations". */
const DESTINATION =
  /^arn:[\w-]+:(?:(?:sqs|sns):[a-z0-9-]+:(?:\d{12}|\{account_id\}):[\w-]+|s3:::([a-z0-9.-]{3,63}))$/;

/** Where a bucket gets the failures of a function. Rule: as above. */
export function failuresPrefix(functionName: string): string {
  return `aws/lambda/async/${functionName}/`;
}

const destination: Rule<AwsStep> = (step, { at }) => {
  const { on_failure: given } = step.settings.lambda ?? {};
  if (!given || DESTINATION.test(given.trim())) return [];
  const message = `"on_failure: ${given}" is no ARN of what AWS Lambda hands failures to`;
  const hint =
    'Write the ARN of a queue (SQS) or a topic (SNS), but no FIFO one, or of a bucket, such as arn:aws:s3:::my-failures.';
  return [problem(step, 'on-failure', message, at(step, 'lambda', 'on_failure'), hint)];
};

/** A failure that starts a step again, whose failure starts it again, never ends. */
const loop: Rule<AwsStep> = (step, { at, workflow }) => {
  const bucket = DESTINATION.exec(step.settings.lambda?.on_failure?.trim() ?? '')?.[1];
  if (bucket === undefined) return [];
  const started = workflow.steps.find(({ inputs }) =>
    inputs.some((folder) => {
      const above = folder.prefix === '' ? '' : `${folder.prefix}/`;
      return folder.bucket === bucket && failuresPrefix(step.name).startsWith(above);
    }),
  );
  if (!started) return [];
  const message = `what "${step.id}" fails on starts "${started.id}": it is written to ${bucket}/${failuresPrefix(step.name)}`;
  const hint = 'Name a bucket for failures alone.';
  return [problem(step, 'on-failure', message, at(step, 'lambda', 'on_failure'), hint)];
};

const jobs: Rule<AwsStep> = (step, { at }) => {
  if (step.mode === 'lambda' || !step.settings.lambda?.on_failure) return [];
  const message = `"on_failure" of "${step.id}" gets events that could not be handed to AWS Batch, and no jobs that fail`;
  const hint = 'Jobs that failed are in "fdl status --failed"; "retries" below "batch:" starts them again.';
  return [note(step, 'on-failure-of-jobs', message, at(step, 'lambda', 'on_failure'), hint)];
};

export const FAILURES: readonly Rule<AwsStep>[] = [destination, loop, jobs];
