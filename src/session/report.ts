/** Brings together what a report of a run is made of. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import type { Opened } from '../providers/registry.ts';
import type { InvocationQuery } from '../providers/runtime.ts';
import { isFailed, lastAttempts } from '../workflow/again.ts';
import type { Invocation } from '../workflow/invocation.ts';
import type { Step, Workflow } from '../workflow/model.ts';
import { boundsOf, type FailureReport, type RunReport, stepReports } from '../workflow/report.ts';
import type { Target } from './settings.ts';

/** Failures whose last lines are read: each is a request of its own to the logs of a cloud. */
const READ = 20;
/** Lines of each. */
const LINES = 10;

/** What the invocations from `since` on came to; those of which it is not known when they began count, too. */
export async function reportOf(
  at: Opened,
  { since, missed }: Omit<InvocationQuery, 'step'>,
  target: Target,
): Promise<RunReport> {
  const { provider, workflow } = at;
  const invocations: Invocation[] = [];
  for await (const each of provider.runtime.invocations(workflow, { since, missed })) {
    const isOld = since !== undefined && each.startedAt !== undefined && each.startedAt < since;
    if (!isOld) invocations.push(each);
  }
  const where = target === 'local' ? 'this machine' : undefined;
  const failed = lastAttempts(workflow, invocations).filter(isFailed);
  const failures: FailureReport[] = [];
  for (const [index, each] of failed.entries()) {
    failures.push({ ...each, lastLines: index < READ ? await lastLines(at, each, missed) : [] });
  }
  return {
    workflow: workflow.name,
    createdAt: new Date().toISOString(),
    ...boundsOf(invocations),
    steps: stepReports(workflow, invocations, scriptHashes(workflow), where),
    invocations,
    failures,
  };
}

/** Without lines of the supervisor, which the reason says. A log that is gone has none. */
async function lastLines(
  { provider, workflow }: Opened,
  { step, id }: Invocation,
  missed: InvocationQuery['missed'],
): Promise<readonly string[]> {
  const found: string[] = [];
  try {
    for await (const { stream, message } of provider.runtime.logs(workflow, {
      step,
      invocation: id,
      missed,
    })) {
      if (stream === 'supervisor') continue;
      found.push(stripVTControlCharacters(message));
      if (found.length > LINES) found.shift();
    }
  } catch (thrown) {
    if (!missed) throw thrown;
    missed(thrown);
  }
  return found;
}

function scriptHashes({ steps }: Workflow): ReadonlyMap<string, string> {
  return new Map(
    steps.flatMap((step) => {
      const script = scriptOf(step);
      return script === undefined ? [] : [[step.id, createHash('sha256').update(script).digest('hex')]];
    }),
  );
}

/** What runs; a file may be gone since. */
function scriptOf({ script }: Step): Buffer | string | undefined {
  if (script?.kind !== 'file') return script?.text;
  try {
    return readFileSync(script.path);
  } catch {
    return undefined;
  }
}
