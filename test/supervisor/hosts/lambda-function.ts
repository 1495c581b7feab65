/** A function of AWS Lambda within the process of a test. */
import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { StepConfig } from '../../../src/supervisor/config.ts';
import type { batchOverflow } from '../../../src/supervisor/delegate/overflow.ts';
import { serveLambda } from '../../../src/supervisor/hosts/lambda.ts';
import { openRuntimeApi } from '../../../src/supervisor/hosts/runtime-api.ts';
import type { TaskDeps } from '../../../src/supervisor/task.ts';
import { type Outcome, startRuntimeApi } from '../../standins/runtime-api.ts';
import { testStep } from '../step.ts';

/**
 * An id of a request that no other test has: the end of an invocation ends all new processes of this machine that carry
 * the id, and tests run side by side.
 */
export function newRequestId(): string {
  return randomUUID();
}

/** A function of AWS Lambda with this script, in this process. */
export async function lambda(
  script: string,
  changes: Partial<StepConfig> = {},
  deps: Partial<TaskDeps> = {},
  overflow?: typeof batchOverflow,
) {
  const server = await startRuntimeApi();
  const stop = new AbortController();
  const step = testStep(script, changes, { signal: stop.signal, ...deps });
  const env: NodeJS.ProcessEnv = {
    AWS_LAMBDA_FUNCTION_NAME: 'the-function',
    AWS_LAMBDA_LOG_GROUP_NAME: 'group',
    AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
  };
  const said: string[] = [];
  const ended = serveLambda({
    api: await openRuntimeApi(server.address),
    start: async () => step,
    env,
    say: (line) => said.push(line),
    ...(overflow && { overflow }),
  });
  onTestFinished(async () => {
    stop.abort();
    await ended;
    await server.close();
  });
  return {
    step,
    said,
    env,
    stop,
    ended,
    invoke: (event: unknown, deadlineMs = 20_000, requestId?: string) =>
      server.invoke({ event, deadlineMs, ...(requestId !== undefined && { requestId }) }),
  };
}

/** What the function answered, parsed. */
export function payloadOf(outcome: Outcome) {
  if (outcome.status === 'failed') throw new Error(outcome.error.errorMessage);
  return JSON.parse(outcome.payload);
}

/** The content of what the function answered. */
export function bodyOf(outcome: Outcome): string {
  return Buffer.from(payloadOf(outcome).body, 'base64').toString();
}
