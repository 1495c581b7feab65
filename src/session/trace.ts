/** Finds what is to be traced. */
import { FdlError } from '../errors.ts';
import { nearest } from '../fdl/suggest.ts';
import type { Opened } from '../providers/registry.ts';
import type { InvocationQuery } from '../providers/runtime.ts';
import type { Invocation } from '../workflow/invocation.ts';
import type { Workflow } from '../workflow/model.ts';
import { type Ledger, ledgerOf, originOf, subjectsOf, type Trace, traceOf } from '../workflow/trace.ts';

/**
 * Everything that has to do with an object or an invocation. `wanted`: the URI of an object, or the end of it from a slash
 * on; or the id of an invocation, or the beginning of it. Of several that one came of another, such as files that keep their
 * name from step to step, the first is meant.
 * @throws FdlError `trace-unknown` (nothing of it is known), `trace-ambiguous` (several are meant)
 */
export function traced(workflow: Workflow, invocations: readonly Invocation[], wanted: string): Trace {
  const ledger = ledgerOf(workflow, invocations);
  const found = subjectsOf(ledger, wanted);
  if (found.length === 0) throw unknown(ledger, wanted);
  const origin = originOf(ledger, found);
  if (origin !== undefined) return traceOf(workflow, ledger, origin);
  const names = found.map((node) => ledger.objects.get(node)?.ref.uri ?? node);
  throw new FdlError('trace-ambiguous', `"${wanted}" may be ${listed(names)}`, {
    hint: 'Give the one that is meant in full.',
    exitCode: 2,
  });
}

/** The same of all invocations that a provider tells of. */
export async function tracedIn(
  { provider, workflow }: Opened,
  query: Omit<InvocationQuery, 'step'>,
  wanted: string,
): Promise<Trace> {
  const invocations: Invocation[] = [];
  for await (const each of provider.runtime.invocations(workflow, query)) invocations.push(each);
  return traced(workflow, invocations, wanted);
}

function unknown({ objects, invocations }: Ledger, wanted: string): FdlError {
  const uris = [...objects.values()].map(({ ref }) => ref.uri);
  const near = nearest(wanted, [...uris, ...uris.map((uri) => uri.replace(/^.*\//, ''))]);
  return new FdlError('trace-unknown', `no invocation read or wrote "${wanted}", or has it as its id`, {
    hint:
      near !== undefined
        ? `Did you mean ${near}?`
        : invocations.size === 0
          ? 'No invocation is known: run the workflow, or look further back with --since.'
          : 'What waits for its first step is not known yet; of older ones, look further back with --since.',
  });
}

const NAMED = 4;

/** `a or b`, of many the first ones and how many others. */
export function listed(names: readonly string[]): string {
  const more = names.length - NAMED;
  return more > 0 ? `${names.slice(0, NAMED).join(', ')} or ${more} others` : names.join(' or ');
}
