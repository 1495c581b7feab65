/**
 * Resource policies of functions: who else may invoke them. Rules: AddPermission and RemovePermission in Lambda's API
 * reference.
 */
import type { Params } from '../core/api.ts';
import { AwsFault } from '../core/fault.ts';
import { ACCOUNT } from '../core/world.ts';
import { parameter, validation } from './limits.ts';

export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Principal: '*' | Readonly<Record<string, string>>;
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * The statement that AddPermission adds.
 * @throws AwsFault
 */
export function newStatement(params: Params, functionArn: string, known: readonly Statement[]): Statement {
  const { StatementId: Sid, Action, Principal } = params;
  if (!/^[a-zA-Z0-9-_]{1,100}$/.test(Sid ?? ''))
    throw validation('statementId', 'letters, digits, - and _', Sid);
  if (!/^lambda:[*a-zA-Z]+$/.test(Action ?? ''))
    throw validation('action', 'lambda:[*]|lambda:[a-zA-Z]+|[*]', Action);
  if (!Principal) throw validation('principal', 'a value');
  if (params['FunctionUrlAuthType'] && Action !== 'lambda:InvokeFunctionUrl') {
    throw parameter('FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action');
  }
  if (known.some((each) => each.Sid === Sid)) {
    const message = `The statement id (${Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`;
    throw new AwsFault('ResourceConflictException', message, 409);
  }
  const Condition = conditionOf(params);
  const about = {
    Sid,
    Effect: 'Allow',
    Principal: principalOf(Principal),
    Action,
    Resource: functionArn,
  } as const;
  return { ...about, ...(Object.keys(Condition).length > 0 && { Condition }) };
}

function principalOf(principal: string): Statement['Principal'] {
  if (principal === '*') return '*';
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:aws:iam::${principal}:root` };
  if (principal.startsWith('arn:')) return { AWS: principal };
  if (!/^[a-z0-9.-]+\.amazonaws\.com$/.test(principal))
    throw parameter('The provided principal was invalid. Please check the principal and try again.');
  return { Service: principal };
}

function conditionOf(params: Params): NonNullable<Statement['Condition']> {
  const { SourceArn, SourceAccount, FunctionUrlAuthType, InvokedViaFunctionUrl } = params;
  if (SourceAccount && !/^\d{12}$/.test(SourceAccount))
    throw validation('sourceAccount', 'twelve digits', SourceAccount);
  if (SourceArn && !/^arn:aws:[a-z0-9-]+:[a-z0-9-]*:(\d{12})?:.+$/.test(SourceArn)) {
    throw validation('sourceArn', 'an ARN', SourceArn);
  }
  const equals = {
    ...(SourceAccount && { 'AWS:SourceAccount': SourceAccount }),
    ...(FunctionUrlAuthType && { 'lambda:FunctionUrlAuthType': FunctionUrlAuthType }),
  };
  return {
    ...(Object.keys(equals).length > 0 && { StringEquals: equals }),
    ...(SourceArn && { ArnLike: { 'AWS:SourceArn': SourceArn } }),
    ...(InvokedViaFunctionUrl !== undefined && {
      Bool: { 'lambda:InvokedViaFunctionUrl': String(InvokedViaFunctionUrl) },
    }),
  };
}

/** An attempt to invoke a function from outside of its account's own identities. */
export interface Attempt {
  readonly action: 'lambda:InvokeFunction' | 'lambda:InvokeFunctionUrl';
  /** Service principal; `*` for anybody. */
  readonly principal: string;
  readonly sourceArn?: string;
  readonly sourceAccount?: string;
  readonly urlAuth?: 'NONE' | 'AWS_IAM';
  readonly viaUrl?: boolean;
}

/** Whether a policy allows an attempt. */
export function isAllowed(statements: readonly Statement[], attempt: Attempt): boolean {
  return statements.some(
    ({ Principal, Action, Condition = {} }) =>
      (Action === attempt.action || Action === 'lambda:*') &&
      (Principal === '*' || Object.values(Principal).includes(attempt.principal)) &&
      meets(Condition, attempt),
  );
}

function meets(condition: NonNullable<Statement['Condition']>, attempt: Attempt): boolean {
  const { StringEquals = {}, ArnLike = {}, Bool = {} } = condition;
  const facts: Readonly<Record<string, string | undefined>> = {
    'AWS:SourceAccount': attempt.sourceAccount,
    'lambda:FunctionUrlAuthType': attempt.urlAuth,
    'lambda:InvokedViaFunctionUrl': String(attempt.viaUrl === true),
  };
  return (
    Object.entries({ ...StringEquals, ...Bool }).every(([key, value]) => facts[key] === value) &&
    Object.values(ArnLike).every((pattern) => isLike(attempt.sourceArn ?? '', pattern))
  );
}

/** Whether a text matches a pattern with `*` and `?`. */
export function isLike(text: string, pattern: string): boolean {
  const parts = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${parts}$`, 's').test(text);
}

/** Whether S3 may invoke a function for a bucket of this account. */
export function allowsBucket(statements: readonly Statement[], bucket: string): boolean {
  const sourceArn = `arn:aws:s3:::${bucket}`;
  const attempt = { action: 'lambda:InvokeFunction', principal: 's3.amazonaws.com', sourceArn } as const;
  return isAllowed(statements, { ...attempt, sourceAccount: ACCOUNT });
}
