/** All checks, in one list. */
import type { Diagnostic } from '../../fdl/diagnostic.ts';
import type { Dialect } from '../dialect.ts';
import type { CheckContext } from './context.ts';
import { flowChecks } from './flow.ts';
import { bucketNames } from './names.ts';
import { storeChecks } from './stores.ts';

/** Everything that would keep a workflow, or a step of it, from working. */
export function checkWorkflow(context: CheckContext, dialects: readonly Dialect[]): readonly Diagnostic[] {
  const own = dialects.flatMap(({ checks }) => checks);
  const checks = [...own, bucketNames, ...flowChecks, ...storeChecks(dialects)];
  return checks.flatMap((check) => check(context));
}
