/** All checks, in one list. */
import type { Diagnostic } from '../../fdl/diagnostic.ts';
import { awsLimitChecks } from './aws-limits.ts';
import { awsNotes } from './aws-notes.ts';
import { contentChecks } from './content.ts';
import type { Check, CheckContext } from './context.ts';
import { flowChecks } from './flow.ts';
import { nameChecks } from './names.ts';
import { oscarLimitChecks } from './oscar-limits.ts';
import { storeChecks } from './stores.ts';

const CHECKS: readonly Check[] = [
  ...contentChecks,
  ...nameChecks,
  ...awsLimitChecks,
  ...awsNotes,
  ...oscarLimitChecks,
  ...flowChecks,
  ...storeChecks,
];

/** Everything that would keep a workflow, or a step of it, from working. */
export function checkWorkflow(context: CheckContext): readonly Diagnostic[] {
  return CHECKS.flatMap((check) => check(context));
}
