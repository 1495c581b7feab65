/**
 * Evaluates policies of identities: effect, action and resource, and conditions where the context of the call is known.
 * Rules: IAM's "Policy evaluation logic", and "JSON policy elements: Condition operators": a key that the context does not
 * have is not equal to anything; of several values of the policy one is enough, and all operators and keys must be met.
 */
import { isLike } from '../lambda/policy.ts';

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Principal?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** The statements of a policy document. @throws SyntaxError */
export function statementsOf(document: string): readonly PolicyStatement[] {
  const { Statement = [] } = JSON.parse(document);
  return Array.isArray(Statement) ? Statement : [Statement];
}

/** Whether statements allow an action on a resource: one allows it and none denies it. */
export function permits(
  statements: readonly PolicyStatement[],
  action: string,
  resource: string,
  passedTo?: string,
  context?: Context,
): boolean {
  const known = passedTo === undefined ? context : { ...context, 'iam:PassedToService': passedTo };
  const meant = statements.filter((each) => concerns(each, action, resource) && isMet(each, known));
  return meant.some(({ Effect }) => Effect === 'Allow') && meant.every(({ Effect }) => Effect !== 'Deny');
}

function concerns(
  { Action, NotAction, Resource }: PolicyStatement,
  action: string,
  resource: string,
): boolean {
  const lower = action.toLowerCase();
  const named = (patterns: string | readonly string[]) =>
    listOf(patterns).some((pattern) => isLike(lower, pattern.toLowerCase()));
  const acts = Action !== undefined ? named(Action) : NotAction !== undefined && !named(NotAction);
  return acts && listOf(Resource ?? '*').some((pattern) => isLike(resource, pattern));
}

/** Keys of conditions with their values in a call; without any, nothing is known of it, and all conditions are met. */
export type Context = Readonly<Record<string, string>>;

function isMet({ Condition = {} }: PolicyStatement, context: Context | undefined): boolean {
  if (context === undefined) return true;
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => {
      const value = context[key];
      if (value === undefined) return false;
      return operator === 'StringEquals'
        ? listOf(values).includes(value)
        : listOf(values).some((pattern) => isLike(value, pattern));
    }),
  );
}

function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}

/**
 * Service principals that a trust policy lets assume the role. `context` has the condition keys that the service sends along:
 * a condition on a key that is not there is not met, and neither is one with an operator that is not known here.
 * Rule: IAM's user guide, "IAM JSON policy elements: Condition operators".
 */
export function trusted(document: string, context: Readonly<Record<string, string>> = {}): readonly string[] {
  return statementsOf(document).flatMap(({ Effect, Principal, Condition = {} }) => {
    if (Effect !== 'Allow' || typeof Principal !== 'object' || Principal === null) return [];
    if (!Object.entries(Condition).every(([operator, keys]) => holds(operator, keys, context))) return [];
    const services = (Principal as { Service?: string | readonly string[] }).Service ?? [];
    return listOf(services);
  });
}

function holds(
  operator: string,
  keys: Readonly<Record<string, string | readonly string[]>>,
  context: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(keys).every(([key, patterns]) => {
    const value = context[key];
    if (value === undefined) return false;
    if (operator === 'StringEquals') return listOf(patterns).includes(value);
    return operator === 'ArnLike' && listOf(patterns).some((pattern) => isLike(value, pattern));
  });
}
