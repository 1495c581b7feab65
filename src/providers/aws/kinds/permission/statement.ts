/** Statements of the policy of a function, as AWS Lambda writes what it was asked for. */
import type { AddPermissionCommandInput } from '@aws-sdk/client-lambda';
import type { PermissionAttrs, PermissionProps } from './index.ts';

type Json = { readonly [key: string]: unknown };

/** A statement of a policy, with what it says as far as a permission of ours can say it. */
export type Statement = Omit<PermissionAttrs, 'site' | 'function'>;

/** The statements of a policy that have an id, given its JSON. */
export function parsePolicy(text: string | undefined): readonly Statement[] {
  const { Statement: statements } = JSON.parse(text || '{}') as { readonly Statement?: readonly Json[] };
  return (statements ?? []).flatMap((statement) => (statement['Sid'] ? [parseStatement(statement)] : []));
}

/** What a statement says. Operators and names of conditions are told apart without regard to case, as IAM does. */
export function parseStatement(statement: Json): Statement {
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
