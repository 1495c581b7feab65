/** Functions of AWS Lambda. */

import type { CallContext, Found, Observed, ResourceKind } from '../../../../deploy/resource.ts';
import { pathsBy } from '../../../../deploy/rules.ts';
import { messageOf } from '../../../../errors.ts';
import { PREHEAT } from '../../../../supervisor/event.ts';
import { unlessMissing } from '../../api/errors.ts';
import { getFunction } from '../../api/function.ts';
import { remembered } from '../../api/memory.ts';
import { isOwned, tagSync } from '../../api/tags.ts';
import { awsId, type Site, siteKey } from '../../site.ts';
import type { AwsDeps } from '../deps.ts';
import { ownedOf, taggedCandidates } from '../listing.ts';
import {
  asyncInput,
  codeInput,
  configurationInput,
  createdAttrs,
  createInput,
  FUNCTION_RULES,
  type FunctionAttrs,
  type FunctionProps,
  functionAttrs,
  functionChanges,
  isFailed,
  touches,
} from './properties.ts';
import { accepted, alreadyThere, settled, succeeded, type Waiting } from './state.ts';

export type { AsyncConfig, FunctionAttrs, FunctionCode, FunctionProps } from './properties.ts';

/** What a function is found by. */
type FunctionKey = { readonly site: Site; readonly name: string };

const MISSING = 'ResourceNotFoundException';

/** Functions that run an image, or an archive of ours. */
export function functionKind(deps: AwsDeps): ResourceKind<FunctionProps, FunctionAttrs> {
  const read = (key: FunctionKey, call: CallContext) => readFunction(deps, key, call);
  return {
    title: 'function',
    rank: 50,
    read,
    rules: FUNCTION_RULES,
    changes: functionChanges,
    reconcile: (props, call) => reconcile(deps, props, call),
    async delete({ site, name }, call) {
      const waiting = await waitingFor(deps, { site, name }, call);
      const { sdk, client } = waiting.lambda;
      const command = new sdk.DeleteFunctionCommand({ FunctionName: name });
      const send = () => client.send(command, { abortSignal: call.signal });
      await unlessMissing(accepted(waiting, send), MISSING);
      return undefined;
    },
    list: (_workflow, call) => ownedFunctions(deps, call),
  };
}

async function ownedFunctions(deps: AwsDeps, call: CallContext): Promise<readonly Found<FunctionAttrs>[]> {
  const candidates = await taggedCandidates<FunctionKey>(deps, call, (site, { service, resource }) => {
    const name = service === 'lambda' && /^function:([^:]+)$/.exec(resource)?.[1];
    return name ? { id: awsId(site, 'function', name), props: { site, name } } : undefined;
  });
  const read = (key: FunctionKey, context: CallContext) => readFunction(deps, key, context);
  const wanted = { kind: 'aws/function', candidates, identity: ({ arn }: FunctionAttrs) => arn };
  return ownedOf(wanted, deps, read, call);
}

function readFunction(
  deps: AwsDeps,
  key: FunctionKey,
  call: CallContext,
): Promise<Observed<FunctionAttrs> | undefined> {
  const { site, name: FunctionName } = key;
  return remembered(deps, call, `attributes of function ${siteKey(site)} ${FunctionName}`, async () => {
    const answer = await getFunction(deps, key, call);
    if (!answer) return undefined;
    const { sdk, client } = await deps.clients('lambda', site);
    const command = new sdk.GetFunctionEventInvokeConfigCommand({ FunctionName });
    const async = await unlessMissing(client.send(command, { abortSignal: call.signal }), MISSING);
    const attrs = functionAttrs(site, answer, async);
    return { owned: isOwned(attrs.tags, deps.workflow), attrs };
  });
}

async function waitingFor(
  { clients, delay }: AwsDeps,
  { site, name }: FunctionKey,
  call: CallContext,
): Promise<Waiting> {
  return { name, lambda: await clients('lambda', site), call, delay };
}

/** Finds or makes the function, and changes what differs. */
async function reconcile(deps: AwsDeps, props: FunctionProps, call: CallContext): Promise<FunctionAttrs> {
  const waiting = await waitingFor(deps, props, call);
  const there = call.absent ? undefined : (await readFunction(deps, props, call))?.attrs;
  const created = there ? undefined : await create(deps, props, waiting);
  const busy = there?.state === 'Pending' || there?.state === 'Updating';
  if (busy) await settled(waiting);
  const found = created ?? (there && !busy ? there : await expected(deps, props, call));
  const updated = await updateFunction(deps, props, found, waiting);
  const others = await updateSettings(props, found, waiting);
  if (props.preheat && (created || updated)) await preheat(waiting);
  return updated || others ? expected(deps, props, call) : found;
}

/** The function, which must be there. */
async function expected(deps: AwsDeps, props: FunctionProps, call: CallContext): Promise<FunctionAttrs> {
  const found = await readFunction(deps, props, call);
  if (!found) throw new TypeError(`the function ${props.name} is gone`);
  return found.attrs;
}

/** The function that it made; nothing where there is one already: an earlier call whose answer was lost may have made it. */
async function create(
  deps: AwsDeps,
  props: FunctionProps,
  waiting: Waiting,
): Promise<FunctionAttrs | undefined> {
  const { lambda, call } = waiting;
  const input = createInput(props, deps.bundles);
  const command = new lambda.sdk.CreateFunctionCommand(input);
  try {
    await accepted(waiting, () => lambda.client.send(command, { abortSignal: call.signal }));
  } catch (thrown) {
    const there = alreadyThere(thrown) ? await readFunction(deps, props, call) : undefined;
    if (!there?.owned) throw thrown;
    await settled(waiting);
    return undefined;
  }
  return createdAttrs(props.site, input, await succeeded(waiting));
}

/**
 * Brings code and configuration up to date: the code first, since a deleted image keeps Lambda from all else. Answers
 * whether anything was changed.
 */
async function updateFunction(
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
async function updateSettings(
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
async function preheat({ name, lambda: { sdk, client }, call }: Waiting): Promise<void> {
  const Payload = Buffer.from(JSON.stringify(PREHEAT));
  const command = new sdk.InvokeCommand({ FunctionName: name, InvocationType: 'Event', Payload });
  try {
    await client.send(command, { abortSignal: call.signal });
  } catch (thrown) {
    call.signal.throwIfAborted();
    call.progress(`it could not be started in advance: ${messageOf(thrown)}`);
  }
}
