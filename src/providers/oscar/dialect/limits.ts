/** Settings that an OSCAR cluster would refuse, or that would have no effect. */

import { note, problem, type Rule } from '../../../workflow/checks/context.ts';
import { parseQuantity } from './quantity.ts';
import type { OscarStep } from './step.ts';

const QUANTITIES = ['memory', 'cpu', 'total_memory', 'total_cpu', 'ephemeral_storage_request'] as const;

const quantities: Rule<OscarStep> = (step, { at }) =>
  QUANTITIES.flatMap((field) => {
    const text = step.settings[field];
    if (text === undefined || text === '' || (parseQuantity(text) ?? 0) > 0) return [];
    const example = field.includes('cpu') ? '"0.5" or "500m"' : '"512Mi" or "2Gi"';
    const message = `"${field}" is "${text}", which is no amount`;
    return [problem(step, 'no-quantity', message, at(step, field), `Write an amount such as ${example}.`)];
  });

/** In Kubernetes `m` is a thousandth: `512m` of memory is half a byte. */
const tinyMemory: Rule<OscarStep> = (step, { at }) => {
  const { memory } = step.settings;
  const bytes = parseQuantity(memory ?? '');
  if (bytes === undefined || bytes <= 0 || bytes >= 4 * 2 ** 20) return [];
  const hint = `Write the unit: "${Number.parseFloat(memory ?? '')}Mi" or "Gi".`;
  return [problem(step, 'tiny-memory', `"memory: ${memory}" is ${bytes} bytes`, at(step, 'memory'), hint)];
};

const replicasTwice: Rule<OscarStep> = (step, { at }) => {
  if (!step.settings.federation?.members || !step.settings.replicas) return [];
  const message = '"replicas" has no effect beside "federation.members"';
  return [note(step, 'replicas-twice', message, at(step, 'replicas'), 'Keep "federation.members" only.')];
};

/** Where a step of the same file is meant by its name; that it has an address, its provider says. */
const STEP_URL = /\$\{url:([^}]*)\}/;

const memberUrls: Rule<OscarStep> = (step, { at, workflow }) =>
  step.replicas.flatMap(({ url = '' }, index) => {
    const [whole, id = ''] = STEP_URL.exec(url) ?? [];
    const isKnown = workflow.steps.some((each) => each.id === id.trim());
    if (whole === undefined || (isKnown && url.trim() === whole)) return [];
    const list = step.settings.federation?.members ? ['federation', 'members'] : ['replicas'];
    const what = isKnown
      ? `"${url}" has more in it than "${whole}"`
      : `"${whole}" names no step of this file`;
    const hint = `Write the URL as "\${url:STEP}" alone, with the name of a step.`;
    return [problem(step, 'unknown-url', what, at(step, ...list, index, 'url'), hint)];
  });

const portless: Rule<OscarStep> = (step, { at }) => {
  const silent = step.settings.expose && !exposedPorts(step).length;
  if (!silent) return [];
  const message = `"${step.id}" is not exposed: "expose" names no "api_port"`;
  return [note(step, 'no-port', message, at(step, 'expose'), 'Add "api_port:" with the port of the server.')];
};

function exposedPorts({ settings }: OscarStep): readonly number[] {
  return (settings.expose?.api_port ?? []).filter((port) => port > 0);
}

export const LIMITS: readonly Rule<OscarStep>[] = [
  quantities,
  tinyMemory,
  replicasTwice,
  memberUrls,
  portless,
];
