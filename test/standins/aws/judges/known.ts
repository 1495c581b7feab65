/** What judges find and is no fault, with the reason of each. */
import type { Finding } from './finding.ts';

interface Known {
  readonly call: RegExp;
  readonly member: RegExp;
  readonly rule: RegExp;
  readonly says?: RegExp;
  /** Why it is no fault. */
  readonly because: string;
}

const KNOWN: readonly Known[] = [
  {
    call: /^iam:documented$/,
    member: /./,
    rule: /^UNKNOWN_ACTION$/,
    says: /apigateway:(Tag|Untag)Resource;/,
    because:
      'API Gateway asks for these rights ("is not authorized to perform: apigateway:TagResource", aws-amplify/amplify-cli 12316), though the reference does not list them.',
  },
  {
    call: /^iam:documented$/,
    member: /./,
    rule: /^RESOURCE_OF_NO_ACTION$/,
    says: /apigateway:[^:]*::\/tags\/\*;/,
    because:
      'API Gateway asks for POST on these (aws-cloudformation/cloudformation-coverage-roadmap 997); the reference has the type, but does not say for which actions.',
  },
  {
    call: /^iam:documented$/,
    member: /./,
    rule: /^RESOURCE_POLICY_PRIVILEGE_ESCALATION$/,
    says: /s3:PutLifecycleConfiguration;/,
    because:
      'The markers and events in the bucket of the deployment are to expire, which is why it is permitted.',
  },
];

export function isKnown({ service, operation, member, rule, says }: Finding): boolean {
  return KNOWN.some(
    (each) =>
      each.call.test(`${service}:${operation}`) &&
      each.member.test(member) &&
      each.rule.test(rule) &&
      (each.says?.test(says) ?? true),
  );
}
