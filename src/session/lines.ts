/** The lines of a workflow's logs; an invocation that is asked for by its id must be there. */
import { FdlError } from '../errors.ts';
import type { LogQuery } from '../providers/provider.ts';
import type { Opened } from '../providers/registry.ts';
import type { LogLine } from '../workflow/invocation.ts';

/**
 * The lines that match. Whoever follows may name an invocation that is yet to come.
 * @throws FdlError `unknown-invocation`, but not where something could not be asked
 */
export async function* linesOf(at: Opened, query: LogQuery): AsyncGenerator<LogLine> {
  let isKnown = query.invocation === undefined || query.follow === true;
  const missed = (thrown: unknown) => {
    isKnown = true;
    query.missed?.(thrown);
  };
  const asked = { ...query, ...(query.missed && { missed }) };
  for await (const line of at.provider.runtime.logs(at.workflow, asked)) {
    isKnown = true;
    yield line;
  }
  if (!isKnown && !(await isThere(at, asked)) && !isKnown) throw unknownInvocation(at, query);
}

/** Whether there is such an invocation, or such a job, though it may have no lines. */
async function isThere({ provider, workflow }: Opened, query: LogQuery): Promise<boolean> {
  const { step, missed, invocation } = query;
  for await (const { id, job } of provider.runtime.invocations(workflow, { step, missed })) {
    if (id === invocation || job === invocation) return true;
  }
  return false;
}

function unknownInvocation({ workflow }: Opened, { invocation, step }: LogQuery): FdlError {
  const where = step === undefined ? `of ${workflow.name}` : `of the step ${step}`;
  const message = `there is no invocation ${JSON.stringify(invocation)} ${where}`;
  const hint = `\`fdl status ${workflow.file}\` lists invocations with their ids.`;
  return new FdlError('unknown-invocation', message, { hint });
}
