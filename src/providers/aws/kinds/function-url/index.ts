/** Addresses over HTTP that AWS Lambda gives functions: reached within the function's own timeout. */
import { mapBounded } from '../../../../deploy/concurrency.ts';
import type { CallContext, Observed, ResourceKind } from '../../../../deploy/resource.ts';
import { comparisonOf, IDENTITY, type Rules } from '../../../../deploy/rules.ts';
import { functionUrl } from '../../addresses.ts';
import { unlessMissing } from '../../api/errors.ts';
import { awsId, type Site } from '../../site.ts';
import { changesOf } from '../changes.ts';
import type { AwsDeps } from '../deps.ts';
import { ownFunctions } from '../function/owned.ts';
import { accepted, alreadyThere } from '../function/state.ts';
import { READS } from '../listing.ts';

export type FunctionUrlProps = {
  readonly site: Site;
  /** Name of the function. */
  readonly function: string;
  /** `NONE`: open to everybody. */
  readonly auth: 'AWS_IAM' | 'NONE';
};

export type FunctionUrlAttrs = FunctionUrlProps & {
  /** With a slash at its end. */
  readonly url: string;
};

const RULES: Rules<FunctionUrlProps> = {
  site: IDENTITY,
  function: IDENTITY,
  auth: { by: 'update' },
};

type Key = Pick<FunctionUrlProps, 'site' | 'function'>;

const MISSING = 'ResourceNotFoundException';

/** An address belongs to whom its function belongs to: it has no tags of its own. */
export function functionUrlKind(deps: AwsDeps): ResourceKind<FunctionUrlProps, FunctionUrlAttrs> {
  const read = (key: Key, call: CallContext) => observe(deps, key, call);
  return {
    title: 'function URL',
    rank: 30,
    read,
    rules: RULES,
    changes: (props, attrs) => changesOf(props, attrs, comparisonOf(RULES)),
    reconcile: (props, call) => reconcile(deps, props, call),
    async delete({ site, function: FunctionName }, call) {
      const lambda = await deps.clients('lambda', site);
      const command = new lambda.sdk.DeleteFunctionUrlConfigCommand({ FunctionName });
      const waiting = { name: FunctionName, lambda, call, delay: deps.delay };
      const deleted = accepted(waiting, () => lambda.client.send(command, { abortSignal: call.signal }));
      await unlessMissing(deleted, MISSING);
      return undefined;
    },
    async list(_workflow, call) {
      const functions = await ownFunctions(deps, call);
      const found = await mapBounded(functions, READS, async ({ site, name, step }) => {
        const attrs = (await read({ site, function: name }, call))?.attrs;
        return attrs ? [{ id: awsId(site, 'function-url', name), step, attrs }] : [];
      });
      return found.flat();
    },
  };
}

async function observe(
  deps: AwsDeps,
  { site, function: name }: Key,
  call: CallContext,
): Promise<Observed<FunctionUrlAttrs> | undefined> {
  const found = await functionUrl(deps, { site, name }, call);
  return found && { owned: true, attrs: { site, function: name, ...found } };
}

async function reconcile(
  deps: AwsDeps,
  props: FunctionUrlProps,
  call: CallContext,
): Promise<FunctionUrlAttrs> {
  const { site, function: FunctionName, auth: AuthType } = props;
  const found = call.absent ? undefined : await observe(deps, props, call);
  if (found?.attrs.auth === AuthType) return found.attrs;
  const lambda = await deps.clients('lambda', site);
  const { sdk, client } = lambda;
  const abort = { abortSignal: call.signal };
  const waiting = { name: FunctionName, lambda, call, delay: deps.delay };
  if (found) {
    const command = new sdk.UpdateFunctionUrlConfigCommand({ FunctionName, AuthType });
    await accepted(waiting, () => client.send(command, abort));
    return { ...found.attrs, auth: AuthType };
  }
  const command = new sdk.CreateFunctionUrlConfigCommand({ FunctionName, AuthType, InvokeMode: 'BUFFERED' });
  try {
    const { FunctionUrl: url = '' } = await accepted(waiting, () => client.send(command, abort));
    return { site, function: FunctionName, auth: AuthType, url };
  } catch (thrown) {
    // An earlier call whose answer was lost may have made it.
    const there = alreadyThere(thrown) && (await observe(deps, props, call));
    if (!there || there.attrs.auth !== AuthType) throw thrown;
    return there.attrs;
  }
}
