/** Asynchronous invocations: repeated when they fail, and handed on when they fail for good. */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Invoked } from '../../lambda-host.ts';
import type { Params } from '../core/api.ts';
import { AwsFault } from '../core/fault.ts';
import type { World } from '../core/world.ts';
import type { Roles } from '../iam/roles.ts';
import type { Invoker } from '../run/invoker.ts';
import { handTo } from './destinations.ts';
import { type Functions, functionArn, type Known, needReady } from './functions.ts';

export interface AsyncParts {
  readonly world: World;
  readonly functions: Functions;
  readonly roles: Roles;
  readonly invoker: Invoker;
}

/** Takes an event for a function. It is run as soon as may be; `World.work` counts it until it is done with. */
export function enqueue(
  parts: AsyncParts,
  known: Known,
  event: unknown,
  requestId: string = randomUUID(),
): void {
  parts.world.work.start(() => runUntilDone(parts, known, event, requestId));
}

/** Milliseconds between two looks whether a function is ready. */
const POLL = 50;

async function runUntilDone(
  parts: AsyncParts,
  known: Known,
  event: unknown,
  requestId: string,
): Promise<void> {
  const { world, functions } = parts;
  const { retries = world.settings.retries, target } = await settingsOf(parts, known);
  let attempt = 0;
  let outcome: Invoked | undefined;
  while (attempt <= retries && functions.get(known.region, known.name) === known) {
    if (attempt > 0) await wait(world.settings.delays.retry);
    attempt += 1;
    await ready(known);
    outcome = await runOnce(parts, known, event, { requestId, attempt });
    if (!outcome || outcome.status === 'succeeded') return;
  }
  if (!target || !outcome) return;
  const record = failureRecord(known, { event, requestId, attempts: attempt, outcome });
  await handTo({ ...parts, enqueue: (to, it) => enqueue(parts, to, it) }, known, target, record);
}

async function ready(known: Known): Promise<void> {
  for (;;) {
    try {
      return needReady(known);
    } catch {
      await wait(POLL);
    }
  }
}

/** Nothing if the function cannot be run at all. */
async function runOnce(
  { invoker }: AsyncParts,
  known: Known,
  event: unknown,
  about: { readonly requestId: string; readonly attempt: number },
): Promise<Invoked | undefined> {
  try {
    return await invoker.run({ known, event, ...about });
  } catch (thrown) {
    if (!(thrown instanceof AwsFault)) throw thrown;
    return undefined;
  }
}

interface Settings {
  readonly retries?: number;
  /** ARN of the destination of failures. */
  readonly target?: string;
}

async function settingsOf({ world }: AsyncParts, { region, name }: Known): Promise<Settings> {
  const path = `/2019-09-25/functions/${name}/event-invoke-config`;
  const answer = await world.moto.ask({ service: 'lambda', region, path });
  if (!answer.ok) return {};
  const { MaximumRetryAttempts: retries, DestinationConfig }: Params = answer.json();
  const target = DestinationConfig?.OnFailure?.Destination;
  return { ...(typeof retries === 'number' && { retries }), ...(target && { target }) };
}

interface Failed {
  readonly event: unknown;
  readonly requestId: string;
  readonly attempts: number;
  readonly outcome: Invoked;
}

/** Rule: "Capturing records of asynchronous invocations" in Lambda's documentation. */
function failureRecord(known: Known, { event, requestId, attempts, outcome }: Failed): object {
  return {
    version: '1.0',
    timestamp: new Date().toISOString(),
    requestContext: {
      requestId,
      functionArn: `${functionArn(known)}:$LATEST`,
      condition: 'RetriesExhausted',
      approximateInvokeCount: attempts,
    },
    requestPayload: event,
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: outcome.status === 'failed' ? outcome.error : null,
  };
}
