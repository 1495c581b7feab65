/** Policies of IAM: how they are written, and what one that is there says. */
import { parseArn } from '../../api/tagged.ts';

/** One permission; AWS wants every list to have something in it. */
export type PolicyStatement = {
  readonly Sid?: string | undefined;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: {
    readonly [operator: string]: { readonly [key: string]: string | readonly string[] };
  };
};

const VERSION = '2012-10-17';

/** Who may take a role. */
export type Trust = {
  /** Services, such as `lambda.amazonaws.com`. */
  readonly trust: readonly string[];
  /** On whose behalf the services must act; whoever it is where it is absent. */
  readonly source?: TrustSource | undefined;
};

/** The condition of a trust policy that keeps a service from taking the role on behalf of another account. */
export type TrustSource = {
  /** Number of the account: `aws:SourceAccount`. */
  readonly account: string;
  /** ARN of what the service acts for, with `*`: `aws:SourceArn`. */
  readonly arn: string;
};

/** The policy that lets services take a role. */
export function trustDocument({ trust, source }: Trust): string {
  const Principal = { Service: [...trust].sort() };
  const Condition = source && {
    StringEquals: { 'aws:SourceAccount': source.account },
    ArnLike: { 'aws:SourceArn': source.arn },
  };
  return JSON.stringify({
    Version: VERSION,
    Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...(Condition && { Condition }) }],
  });
}

/** What a policy of that form says; one of another form is named as a whole, so that it equals no list of services. */
export function trustOf(document: string): Trust {
  const statements = asList(parse(document).Statement);
  const [statement] = statements;
  const services = asList((statement?.['Principal'] as Json | undefined)?.['Service']).map(String);
  const source = sourceOf(statement?.['Condition'] as Conditions | undefined);
  const trust = { trust: services.sort(), ...(source && { source }) };
  const same = statements.length === 1 && equalJson(parse(document), parse(trustDocument(trust)));
  return same ? trust : { trust: [document] };
}

type Conditions = Readonly<Record<string, Json | undefined>>;

function sourceOf(condition: Conditions | undefined): TrustSource | undefined {
  const [account] = asList(condition?.['StringEquals']?.['aws:SourceAccount']);
  const [arn] = asList(condition?.['ArnLike']?.['aws:SourceArn']);
  return account === undefined || arn === undefined
    ? undefined
    : { account: String(account), arn: String(arn) };
}

export function policyDocument(statements: readonly PolicyStatement[]): string {
  return JSON.stringify({ Version: VERSION, Statement: statements });
}

/** The statements of a policy, with lists where IAM also allows a single text. */
export function policyStatements(document: string): readonly PolicyStatement[] {
  return asList(parse(document).Statement).map(
    (statement) =>
      ({
        ...statement,
        ...('Action' in statement && { Action: asList(statement['Action']) }),
        ...('Resource' in statement && { Resource: asList(statement['Resource']) }),
      }) as PolicyStatement,
  );
}

/** IAM answers documents URL-encoded. */
export function decodeDocument(document: string | undefined): string {
  return decodeURIComponent(document ?? '');
}

/** Begins the ids of the statements about the keys of buckets. */
export const KEYS_SID = 'BucketKeys';

/**
 * What reading and writing objects takes where buckets have keys of their own. A key that a bucket names by an alias
 * can only be permitted as all keys that have this alias: IAM ignores ARNs of aliases as resources.
 */
export function keyStatements(keys: readonly string[]): readonly PolicyStatement[] {
  const all = [...new Set(keys)].sort();
  const plain = all.filter((key) => aliasOf(key) === undefined);
  const aliased = all.filter((key) => aliasOf(key) !== undefined);
  return [
    ...(plain.length > 0 ? [useOf(KEYS_SID, plain)] : []),
    ...aliased.map((key, index) => ({
      ...useOf(`${KEYS_SID}Alias${index + 1}`, [`${key.slice(0, key.indexOf(':alias/'))}:key/*`]),
      Condition: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [aliasOf(key) ?? ''] } },
    })),
  ];
}

function aliasOf(key: string): string | undefined {
  const { resource } = parseArn(key);
  return resource.startsWith('alias/') ? resource : undefined;
}

function useOf(Sid: string, Resource: readonly string[]): PolicyStatement {
  return { Sid, Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource };
}

type Json = { readonly [key: string]: unknown };

function parse(document: string): { readonly Statement?: Json | readonly Json[] } {
  try {
    return JSON.parse(document || '{}') as { readonly Statement?: Json | readonly Json[] };
  } catch {
    return {};
  }
}

function asList<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as T];
}

/** Whether two values are the same JSON, where lists of one text count as that text. */
function equalJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(canonical(a)) === JSON.stringify(canonical(b));
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 1 ? canonical(value[0]) : value.map(canonical).sort();
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, canonical(each)]));
}
