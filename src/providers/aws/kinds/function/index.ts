/** Functions of AWS Lambda. */
import type { CallContext, Found, Observed, ResourceKind } from '../../../../deploy/resource.ts';
import { unlessMissing } from '../../api/errors.ts';
import { getFunction } from '../../api/function.ts';
import { remembered } from '../../api/memory.ts';
import { isOwned } from '../../api/tags.ts';
import { awsId, type Site, siteKey } from '../../site.ts';
import type { AwsDeps } from '../deps.ts';
import { ownedOf, taggedCandidates } from '../listing.ts';
import { FUNCTION_RULES, type FunctionAttrs, type FunctionProps, functionChanges } from './properties.ts';
import { createdAttrs, createInput, functionAttrs } from './request.ts';
import { accepted, alreadyThere, settled, succeeded, type Waiting } from './state.ts';
import { preheat, updateFunction, updateSettings } from './update.ts';

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
