/** A run that uses the results of earlier invocations that still count. */

import type { Opened } from '../providers/registry.ts';
import type { Inputs, WorkRequest, WorkResult } from '../providers/runtime.ts';
import { locationOf, naming } from '../workflow/follow.ts';
import type { Invocation } from '../workflow/invocation.ts';
import type { Workflow } from '../workflow/model.ts';
import { planCached, type Why } from './cached.ts';
import { during } from './events.ts';
import { storesOf } from './lookup.ts';
import { NOTHING_DONE } from './nothing-done.ts';
import type { Settings } from './settings.ts';

/** Does what has to be done, and answers it behind what still counts. */
export async function runCached(
  at: Opened,
  request: WorkRequest & { readonly inputs: Inputs },
  { emit, signal }: Pick<Settings, 'emit' | 'signal'>,
): Promise<WorkResult & { readonly why: readonly Why[] }> {
  const { workflow, provider } = at;
  const storage = storesOf(at);
  const { runtime, setsUpOnUse = false } = provider;
  const { inputs } = request;
  const plan = await during(emit, { name: 'listing' }, async () => {
    const invocations: Invocation[] = [];
    for await (const each of runtime.invocations(workflow, {})) invocations.push(each);
    const keys = (await runtime.keys?.(workflow, request.engine)) ?? new Map();
    return planCached(inputs, { workflow, invocations, keys, goesOn: !setsUpOnUse, storage, signal });
  });
  const { sources, again, running, cached, why } = plan;
  const isNothing = sources.length + again.length + running.length === 0;
  const work = {
    ...request,
    again,
    running,
    inputs: sources.length > 0 ? { ...inputs, sources } : undefined,
  };
  const done = isNothing || signal.aborted ? NOTHING_DONE : await runtime.work(workflow, work, emit);
  const whole = [...why, ...whyBehind(workflow, why, done.invocations)];
  return { ...done, invocations: [...cached, ...done.invocations], why: whole };
}

/** Of steps that ran behind others: whatever those write sets them off, also where it is what was there before. */
function whyBehind(workflow: Workflow, why: readonly Why[], ran: readonly Invocation[]): readonly Why[] {
  const nameOf = naming(workflow);
  const idOf = ({ step, uri }: Pick<Why, 'step' | 'uri'>) => `${step}\n${nameOf(locationOf(uri))}`;
  const said = new Set(why.map(idOf));
  const behind = ran.flatMap(({ step, input }): readonly Why[] =>
    input ? [{ step, uri: input.uri, reason: 'its input was made again' }] : [],
  );
  return behind.filter((each) => {
    const id = idOf(each);
    return !said.has(id) && Boolean(said.add(id));
  });
}
