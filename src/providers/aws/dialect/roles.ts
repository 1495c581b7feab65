/** Roles and boundaries that the file names by their ARNs. */
import type { Path } from '../../../fdl/tree.ts';
import { problem, type Rule } from '../../../workflow/check.ts';
import type { AwsStep } from './step.ts';

/** Of an account, or of AWS itself, which has policies for everybody; SCAR writes `{account_id}` for the account's number. */
const ARN = /^arn:[\w-]+:iam::(\d{12}|\{account_id\}|aws):(role|policy|instance-profile)\/./;

/** A placeholder, such as one of SCAR's samples, is no ARN. */
const arns: Rule<AwsStep> = (step, { at }) =>
  named(step).flatMap(([path, text = '']) => {
    if (text === '' || ARN.test(text.trim())) return [];
    const hint = 'Write the ARN as IAM shows it, such as arn:aws:iam::{account_id}:role/my-role.';
    const message = `"${text}" of "${step.id}" is no ARN of IAM`;
    return [problem(step, 'role-invalid', message, at(step, ...path), hint)];
  });

function named({
  mode,
  settings: { iam, batch },
}: AwsStep): readonly (readonly [Path, string | undefined])[] {
  const own = [
    [['iam', 'role'], iam?.role],
    [['iam', 'permissions_boundary'], iam?.permissions_boundary],
  ] as const;
  if (mode === 'lambda') return own;
  return [
    ...own,
    [['batch', 'service_role'], batch?.service_role],
    [['batch', 'compute_resources', 'instance_role'], batch?.compute_resources?.instance_role],
  ];
}

export const ROLES: readonly Rule<AwsStep>[] = [arns];
