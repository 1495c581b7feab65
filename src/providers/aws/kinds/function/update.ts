/** Changing functions of AWS Lambda: only what differs, and one change after the other. */
import { pathsBy } from '../../../../deploy/rules.ts';
import { messageOf } from '../../../../errors.ts';
import { unlessMissing } from '../../api/errors.ts';
import { tagSync } from '../../api/tags.ts';
import type { AwsDeps } from '../deps.ts';
import {
  FUNCTION_RULES,
  type FunctionAttrs,
  type FunctionProps,
  functionChanges,
  isFailed,
  touches,
} from './properties.ts';
import { asyncInput, codeInput, configurationInput } from './request.ts';
import { accepted, settled, succeeded, type Waiting } from './state.ts';

/** The event that makes the supervisor answer at once. */
const PREHEAT = JSON.stringify({ fdl: 'preheat' });

/**
 * Brings code and configuration up to date: the code first, since a deleted image keeps Lambda from all else. Answers
 * whether anything was changed.
 */
export async function updateFunction(
  { bundles }: Pick<AwsDeps, 'bundles'>,
  props: FunctionProps,
  found: FunctionAttrs,
  waiting: Waiting,
): Promise<boolean> {
  const { sdk, client } = waiting.lambda;
  const abort = { abortSignal: waiting.call.signal };
  const changes = functionChanges(props, found);
  // What failed may be in either of them, and only both together mend it.
  const failed = isFailed(found.state);
  const code = failed || touches(changes, pathsBy(FUNCTION_RULES, 'code'));
  const configuration = failed || touches(changes, pathsBy(FUNCTION_RULES, 'configuration'));
  if (code) {
    const command = new sdk.UpdateFunctionCodeCommand(codeInput(props, bundles));
    await accepted(waiting, () => client.send(command, abort));
    await (failed ? settled(waiting) : succeeded(waiting));
  }
  if (configuration) {
    const command = new sdk.UpdateFunctionConfigurationCommand(configurationInput(props));
    await accepted(waiting, () => client.send(command, abort));
    await succeeded(waiting);
  }
  return code || configuration;
}

/** Brings tags, reserved concurrency and what happens to failed invocations up to date. Answers whether it changed any. */
export async function updateSettings(
  props: FunctionProps,
  found: FunctionAttrs,
  waiting: Waiting,
): Promise<boolean> {
  const changes = functionChanges(props, found);
  const parts = [
    { way: 'tags' as const, sync: syncTags },
    { way: 'concurrency' as const, sync: syncConcurrency },
    { way: 'async' as const, sync: syncAsync },
  ].filter(({ way }) => touches(changes, pathsBy(FUNCTION_RULES, way)));
  for (const { sync } of parts) await sync(props, found, waiting);
  return parts.length > 0;
}

async function syncTags({ tags }: FunctionProps, found: FunctionAttrs, waiting: Waiting): Promise<void> {
  const { sdk, client } = waiting.lambda;
  const abort = { abortSignal: waiting.call.signal };
  const { set, remove } = tagSync(tags, found.tags);
  const Resource = found.arn;
  if (Object.keys(set).length > 0) {
    const command = new sdk.TagResourceCommand({ Resource, Tags: { ...set } });
    await accepted(waiting, () => client.send(command, abort));
  }
  if (remove.length > 0) {
    const command = new sdk.UntagResourceCommand({ Resource, TagKeys: [...remove] });
    await accepted(waiting, () => client.send(command, abort));
  }
}

async function syncConcurrency(props: FunctionProps, _: FunctionAttrs, waiting: Waiting): Promise<void> {
  const { sdk, client } = waiting.lambda;
  const abort = { abortSignal: waiting.call.signal };
  const { name: FunctionName, reservedConcurrency: ReservedConcurrentExecutions } = props;
  if (ReservedConcurrentExecutions === undefined) {
    const command = new sdk.DeleteFunctionConcurrencyCommand({ FunctionName });
    await accepted(waiting, () => client.send(command, abort));
  } else {
    const command = new sdk.PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions });
    await accepted(waiting, () => client.send(command, abort));
  }
}

async function syncAsync(props: FunctionProps, _: FunctionAttrs, waiting: Waiting): Promise<void> {
  const { sdk, client } = waiting.lambda;
  const abort = { abortSignal: waiting.call.signal };
  const { name: FunctionName, asyncConfig } = props;
  if (asyncConfig === undefined) {
    const command = new sdk.DeleteFunctionEventInvokeConfigCommand({ FunctionName });
    const deleted = accepted(waiting, () => client.send(command, abort));
    await unlessMissing(deleted, 'ResourceNotFoundException');
  } else {
    const command = new sdk.PutFunctionEventInvokeConfigCommand(asyncInput(FunctionName, asyncConfig));
    await accepted(waiting, () => client.send(command, abort));
  }
}

/** Starts the function once. Nothing depends on it, so that a failure is only told. */
export async function preheat({ name, lambda: { sdk, client }, call }: Waiting): Promise<void> {
  const Payload = Buffer.from(PREHEAT);
  const command = new sdk.InvokeCommand({ FunctionName: name, InvocationType: 'Event', Payload });
  try {
    await client.send(command, { abortSignal: call.signal });
  } catch (thrown) {
    call.signal.throwIfAborted();
    call.progress(`it could not be started in advance: ${messageOf(thrown)}`);
  }
}
