/** Permissions to call a function: statements of its policy, one for each service or bucket that triggers it. */

import type { AddPermissionCommandInput } from '@aws-sdk/client-lambda';
import type { CallContext, Found, Observed, Ref, ResourceKind } from '../../../../deploy/resource.ts';
import { comparisonOf, IDENTITY, type Rules } from '../../../../deploy/rules.ts';
import { hasAwsCode, unlessMissing } from '../../api/errors.ts';
import { getFunction } from '../../api/function.ts';
import { remembered } from '../../api/memory.ts';
import { untilAccepted } from '../../api/wait.ts';
import { awsId, type Site, siteKey } from '../../site.ts';
import { changesOf } from '../changes.ts';
import type { AwsDeps } from '../deps.ts';
import { ownFunctions } from '../function/owned.ts';

export type PermissionProps = {
  readonly site: Site;
  /** Name of the function. */
  readonly function: string | Ref;
  readonly statementId: string;
  /** `lambda:InvokeFunction` or `lambda:InvokeFunctionUrl`. */
  readonly action: string;
  /** A service such as `s3.amazonaws.com`, or `*`. */
  readonly principal: string;
  readonly sourceArn?: string | Ref | undefined;
  readonly sourceAccount?: string | undefined;
  /** Only for function URLs without authorisation. */
  readonly urlAuth?: 'NONE' | undefined;
  /** Only for calls by the function's URL. */
  readonly viaFunctionUrl?: true | undefined;
};

export type PermissionAttrs = {
  readonly site: Site;
  readonly function: string;
  readonly statementId: string;
  readonly action: string;
  readonly principal: string;
  readonly sourceArn?: string | undefined;
  readonly sourceAccount?: string | undefined;
  readonly urlAuth?: 'NONE' | undefined;
  readonly viaFunctionUrl?: true | undefined;
};

/** A statement is written as a whole. */
const RULES: Rules<PermissionProps> = {
  site: IDENTITY,
  function: IDENTITY,
  statementId: IDENTITY,
  action: { by: 'statement' },
  principal: { by: 'statement' },
  sourceArn: { by: 'statement' },
  sourceAccount: { by: 'statement' },
  urlAuth: { by: 'statement' },
  viaFunctionUrl: { by: 'statement' },
};

/** Ids of our statements begin so. */
const OURS = 'fdl-';
const GONE = 'ResourceNotFoundException';

export function permissionKind(deps: AwsDeps): ResourceKind<PermissionProps, PermissionAttrs> {
  return {
    title: 'permission',
    rank: 20,
    read: (props, call) => observe(deps, props, call),
    rules: RULES,
    changes: (props, attrs) => changesOf(props, attrs, comparisonOf(RULES)),
    reconcile: (props, call) => reconcile(deps, props, call),
    async delete({ site, function: name, statementId }, call) {
      await removeStatement(deps, site, name, statementId, call);
      return undefined;
    },
    async list(_workflow, call) {
      const functions = await ownFunctions(deps, call);
      const found = await Promise.all(
        functions.map(async ({ site, name, step }) => {
          const statements = await statementsOf(deps, site, name, call);
          const ours = statements.filter(({ statementId }) => statementId.startsWith(OURS));
          return ours.map((statement): Found<PermissionAttrs> => {
            const id = awsId(site, 'permission', `${name}/${statement.statementId}`);
            return { id, step, attrs: { site, function: name, ...statement } };
          });
        }),
      );
      return found.flat();
    },
  };
}

/** The statements in the policy of a function; none where there is no policy or no function. */
export function statementsOf(
  deps: AwsDeps,
  site: Site,
  name: string,
  call: CallContext,
): Promise<readonly Statement[]> {
  return remembered(deps, call, `policy of function ${siteKey(site)} ${name}`, async () => {
    // While planning this is known anyway.
    if (call.planning && !(await getFunction(deps, { site, name }, call))) return [];
    const { sdk, client } = await deps.clients('lambda', site);
    const command = new sdk.GetPolicyCommand({ FunctionName: name });
    const answer = await unlessMissing(client.send(command, { abortSignal: call.signal }), GONE);
    return parsePolicy(answer?.Policy);
  });
}

async function observe(
  deps: AwsDeps,
  { site, function: name, statementId }: PermissionProps,
  call: CallContext,
): Promise<Observed<PermissionAttrs> | undefined> {
  // The function is not there yet.
  if (typeof name !== 'string') return undefined;
  const statements = await statementsOf(deps, site, name, call);
  const found = statements.find((statement) => statement.statementId === statementId);
  return found && { owned: true, attrs: { site, function: name, ...found } };
}

/** Milliseconds for other changes of the function's policy to end. */
const CONFLICT_TIMEOUT = 60_000;

/** Statements cannot be changed: one that says something else goes before it is added anew. */
async function reconcile(deps: AwsDeps, props: PermissionProps, call: CallContext): Promise<PermissionAttrs> {
  const { site, statementId } = props;
  const name = props.function as string;
  const { sdk, client } = await deps.clients('lambda', site);
  const what = `the policy of the function ${name}`;
  let absent = call.absent;
  return untilAccepted(
    { call, delay: deps.delay, timeoutMs: CONFLICT_TIMEOUT, what },
    (thrown) => hasAwsCode(thrown, 'ResourceConflictException', 'PreconditionFailedException'),
    async () => {
      const found = absent ? undefined : await observe(deps, props, call);
      absent = false;
      if (found && changesOf(props, found.attrs, comparisonOf(RULES)).length === 0) return found.attrs;
      if (found) await removeStatement(deps, site, name, statementId, call);
      const command = new sdk.AddPermissionCommand(permissionRequest(props));
      const answer = await client.send(command, { abortSignal: call.signal });
      return { site, function: name, ...parseStatement(JSON.parse(answer.Statement ?? '{}')) };
    },
  );
}

async function removeStatement(
  { clients }: AwsDeps,
  site: Site,
  name: string,
  statementId: string,
  { signal }: CallContext,
): Promise<void> {
  const { sdk, client } = await clients('lambda', site);
  const command = new sdk.RemovePermissionCommand({ FunctionName: name, StatementId: statementId });
  await unlessMissing(client.send(command, { abortSignal: signal }), GONE);
}

type Json = { readonly [key: string]: unknown };

/** A statement of a policy, with what it says as far as a permission of ours can say it. */
type Statement = Omit<PermissionAttrs, 'site' | 'function'>;

/** The statements of a policy that have an id, given its JSON. */
export function parsePolicy(text: string | undefined): readonly Statement[] {
  const { Statement: statements } = JSON.parse(text || '{}') as { readonly Statement?: readonly Json[] };
  return (statements ?? []).flatMap((statement) => (statement['Sid'] ? [parseStatement(statement)] : []));
}

/** What a statement says. Operators and names of conditions are told apart without regard to case, as IAM does. */
function parseStatement(statement: Json): Statement {
  const conditions = conditionsOf(statement['Condition'] as Json | undefined);
  const sourceArn = conditions.get('aws:sourcearn');
  const sourceAccount = conditions.get('aws:sourceaccount');
  return {
    statementId: String(statement['Sid']),
    action: textOf(statement['Action']),
    principal: principalOf(statement['Principal']),
    ...(sourceArn && { sourceArn }),
    ...(sourceAccount && { sourceAccount }),
    ...(conditions.get('lambda:functionurlauthtype') === 'NONE' && { urlAuth: 'NONE' as const }),
    ...(conditions.get('lambda:invokedviafunctionurl') === 'true' && { viaFunctionUrl: true as const }),
  };
}

function conditionsOf(condition: Json | undefined): ReadonlyMap<string, string> {
  const tests = Object.values(condition ?? {}).flatMap((test) => Object.entries(test as Json));
  return new Map(tests.map(([key, value]) => [key.toLowerCase(), textOf(value)]));
}

function principalOf(principal: unknown): string {
  if (typeof principal !== 'object' || principal === null) return String(principal);
  return textOf(Object.values(principal)[0]);
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join(' ') : String(value);
}

/** The call that adds a permission. */
export function permissionRequest(props: PermissionProps): AddPermissionCommandInput {
  const { sourceArn, sourceAccount, urlAuth, viaFunctionUrl } = props;
  return {
    FunctionName: props.function as string,
    StatementId: props.statementId,
    Action: props.action,
    Principal: props.principal,
    ...(sourceArn !== undefined && { SourceArn: sourceArn as string }),
    ...(sourceAccount !== undefined && { SourceAccount: sourceAccount }),
    ...(urlAuth && { FunctionUrlAuthType: urlAuth }),
    ...(viaFunctionUrl && { InvokedViaFunctionUrl: true }),
  };
}
