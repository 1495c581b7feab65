/** What a role is to be, and what of one that is there differs. */
import type { Change, Ref, Value } from '../../../../deploy/resource.ts';
import { comparisonOf, IDENTITY, type Rules } from '../../../../deploy/rules.ts';
import { refsIn } from '../../../../deploy/value.ts';
import type { Tags } from '../../api/tags.ts';
import type { Site } from '../../site.ts';
import { changesOf } from '../changes.ts';
import { KEYS_SID, keyStatements, type PolicyStatement, type Trust } from './policy-document.ts';

export type RoleProps = Trust & {
  readonly site: Site;
  readonly name: string;
  /** `/fdl/WORKFLOW/REGION/`. */
  readonly path: string;
  readonly statements: readonly PolicyStatement[];
  /** ARNs of keys of KMS that the buckets of the step are encrypted with. */
  readonly keys?: readonly (Ref | readonly string[])[] | undefined;
  /** ARNs. */
  readonly managedPolicies?: readonly string[] | undefined;
  /** ARN of the permissions boundary. */
  readonly boundary?: string | undefined;
  readonly tags: Tags;
};

export type RoleAttrs = Trust & {
  readonly site: Site;
  readonly arn: string;
  readonly name: string;
  readonly path: string;
  /** With those for keys. */
  readonly statements: readonly PolicyStatement[];
  readonly managedPolicies: readonly string[];
  readonly boundary?: string | undefined;
  readonly tags: Tags;
};

export const ROLE_RULES: Rules<RoleProps> = {
  site: IDENTITY,
  name: IDENTITY,
  path: { by: 'replace' },
  trust: { by: 'trust', unordered: true },
  source: { by: 'trust' },
  statements: { by: 'policy', unordered: true },
  keys: { by: 'policy', as: 'statements' },
  managedPolicies: { by: 'attachments', unordered: true },
  boundary: { by: 'boundary' },
  tags: { by: 'tags' },
};

/**
 * AWS's own policy about the network interfaces of functions in a VPC, which cannot be limited to some of them.
 * Rule: Lambda's developer guide, "Required IAM permissions" of functions in a VPC.
 */
export const VPC_POLICY = 'service-role/AWSLambdaVPCAccessExecutionRole';

export function isForNetworks(policyArn: string): boolean {
  return policyArn.endsWith(`:policy/${VPC_POLICY}`);
}

/**
 * The policies of AWS and of others that a role is to have. A function that leaves its VPC needs the one for networks until
 * its interfaces are gone, which nobody tells: it stays.
 */
export function wantedPolicies(
  { managedPolicies = [] }: RoleProps,
  found: RoleAttrs['managedPolicies'],
): readonly string[] {
  const kept = found.filter((arn) => isForNetworks(arn) && !managedPolicies.includes(arn));
  return [...managedPolicies, ...kept];
}

/** The whole of what a role is to permit, with the keys that are known. */
export function wantedStatements({ statements, keys = [] }: RoleProps): readonly PolicyStatement[] {
  const known = keys.flatMap((each) => (Array.isArray(each) ? (each as readonly string[]) : []));
  return [...statements, ...keyStatements(known)];
}

/** What differs; where the keys of a bucket are not known yet, what is permitted for keys is not compared. */
export function roleChanges(props: RoleProps, attrs: RoleAttrs): readonly Change[] {
  const unknown = refsIn({ keys: props.keys }).length > 0;
  const compared = (all: readonly PolicyStatement[]) =>
    bySid(unknown ? all.filter(({ Sid }) => !Sid?.startsWith(KEYS_SID)) : all);
  return changesOf(
    {
      ...props,
      managedPolicies: wantedPolicies(props, attrs.managedPolicies),
      statements: compared(wantedStatements(props)),
    },
    { ...attrs, statements: compared(attrs.statements) },
    comparisonOf(ROLE_RULES),
  );
}

/** Statements by their ids, or by their numbers where they have none: so a plan names the one that differs. */
function bySid(statements: readonly PolicyStatement[]): { readonly [sid: string]: Value } {
  return Object.fromEntries(
    statements.map(({ Sid, ...statement }, index) => [Sid ?? String(index + 1), statement]),
  );
}
