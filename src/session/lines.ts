/** The lines of a workflow's logs; an invocation that is asked for by its id must be there. */
import { FdlError } from '../errors.ts';
import type { Opened } from '../providers/registry.ts';
import type { LogQuery } from '../providers/runtime.ts';
import { isFailed, lastAttempts } from '../workflow/again.ts';
import type { Invocation, LogLine } from '../workflow/invocation.ts';
import { listed } from './trace.ts';

/** Which lines, and how many. */
export interface LinesQuery extends LogQuery {
  /** ISO 8601: lines before. */
  readonly until?: string | undefined;
  /** So many of the last lines; whoever follows gets these first. */
  readonly tail?: number | undefined;
  /** Lines that match. */
  readonly pattern?: RegExp | undefined;
  /** Of inputs whose last attempt failed. */
  readonly failed?: boolean | undefined;
}

/**
 * The lines that are asked for. Whoever follows may name an invocation that is yet to come.
 * @throws FdlError `unknown-invocation`, but not where something could not be asked
 */
export async function* linesOf(at: Opened, { tail, ...query }: LinesQuery): AsyncGenerator<LogLine> {
  if (tail === undefined) return yield* chosen(at, query);
  const last: LogLine[] = [];
  for await (const line of chosen(at, { ...query, follow: false })) {
    last.push(line);
    if (last.length > tail) last.shift();
  }
  if (!query.follow) return yield* last;
  // From there on once more: nothing that is written meanwhile is left out, and nothing comes twice.
  const since = last[0]?.time ?? (tail === 0 ? new Date().toISOString() : query.since);
  yield* chosen(at, { ...query, since });
}

async function* chosen(
  at: Opened,
  { until, pattern, failed, ...query }: Omit<LinesQuery, 'tail'>,
): AsyncGenerator<LogLine> {
  const isWanted = failed ? await ofFailures(at, query) : () => true;
  for await (const line of matching(at, query)) {
    const isInTime = until === undefined || line.time < until;
    if (isInTime && (pattern === undefined || pattern.test(line.message)) && isWanted(line)) yield line;
  }
}

/** Jobs have the lines of what was handed over to them. */
async function ofFailures(at: Opened, { step, missed }: LogQuery): Promise<(line: LogLine) => boolean> {
  const all: Invocation[] = [];
  for await (const each of at.provider.runtime.invocations(at.workflow, { step, missed })) all.push(each);
  const ids = new Set(
    lastAttempts(at.workflow, all)
      .filter(isFailed)
      .flatMap(({ id, job }) => (job === undefined ? [id] : [id, job])),
  );
  return ({ invocation }) => ids.has(invocation);
}

async function* matching(at: Opened, query: LogQuery): AsyncGenerator<LogLine> {
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
  if (isKnown) return;
  const ids = await idsOf(at, asked);
  if (!isKnown && !ids.has(query.invocation ?? '')) throw unknownInvocation(at, query, ids);
}

/** Of all invocations, and of the jobs that go on with them, though they may have no lines. */
async function idsOf({ provider, workflow }: Opened, query: LogQuery): Promise<ReadonlySet<string>> {
  const { step, missed } = query;
  const ids = new Set<string>();
  for await (const { id, job } of provider.runtime.invocations(workflow, { step, missed })) {
    ids.add(id);
    if (job !== undefined) ids.add(job);
  }
  return ids;
}

function unknownInvocation(
  { workflow }: Opened,
  { invocation = '', step }: LogQuery,
  ids: ReadonlySet<string>,
): FdlError {
  const where = step === undefined ? `of ${workflow.name}` : `of the step ${step}`;
  const message = `there is no invocation ${JSON.stringify(invocation)} ${where}`;
  const meant = [...ids].filter((id) => id.startsWith(invocation));
  const hint =
    meant.length > 0
      ? `Give the whole id: ${listed(meant)}.`
      : `\`fdl status ${workflow.file}\` lists invocations with their ids.`;
  return new FdlError('unknown-invocation', message, { hint });
}
