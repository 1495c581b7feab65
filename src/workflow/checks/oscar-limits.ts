/** Settings that an OSCAR cluster would refuse, or that would have no effect. */
import type { Diagnostic } from '../../fdl/diagnostic.ts';
import type { OscarStep, Step } from '../model.ts';
import { parseQuantity } from '../quantity.ts';
import { type Check, type CheckContext, note, problem } from './context.ts';

type Rule = (step: OscarStep, context: CheckContext) => readonly Diagnostic[];

const QUANTITIES = ['memory', 'cpu', 'total_memory', 'total_cpu', 'ephemeral_storage_request'] as const;

const quantities: Rule = (step, { at }) =>
  QUANTITIES.flatMap((field) => {
    const text = step.settings[field];
    if (text === undefined || text === '' || (parseQuantity(text) ?? 0) > 0) return [];
    const example = field.includes('cpu') ? '"0.5" or "500m"' : '"512Mi" or "2Gi"';
    const message = `"${field}" is "${text}", which is no amount`;
    return [problem(step, 'no-quantity', message, at(step, field), `Write an amount such as ${example}.`)];
  });

/** In Kubernetes `m` is a thousandth: `512m` of memory is half a byte. */
const tinyMemory: Rule = (step, { at }) => {
  const { memory } = step.settings;
  const bytes = parseQuantity(memory ?? '');
  if (bytes === undefined || bytes <= 0 || bytes >= 4 * 2 ** 20) return [];
  const hint = `Write the unit: "${Number.parseFloat(memory ?? '')}Mi" or "Gi".`;
  return [problem(step, 'tiny-memory', `"memory: ${memory}" is ${bytes} bytes`, at(step, 'memory'), hint)];
};

const replicasTwice: Rule = (step, { at }) => {
  if (!step.settings.federation?.members || !step.settings.replicas) return [];
  const message = '"replicas" has no effect beside "federation.members"';
  return [note(step, 'replicas-twice', message, at(step, 'replicas'), 'Keep "federation.members" only.')];
};

const portless: Rule = (step, { at }) => {
  const silent = step.settings.expose && !exposedPorts(step).length;
  if (!silent) return [];
  const message = `"${step.id}" is not exposed: "expose" names no "api_port"`;
  return [note(step, 'no-port', message, at(step, 'expose'), 'Add "api_port:" with the port of the server.')];
};

function exposedPorts({ settings }: OscarStep): readonly number[] {
  return (settings.expose?.api_port ?? []).filter((port) => port > 0);
}

const RULES: readonly Rule[] = [quantities, tinyMemory, replicasTwice, portless];

const isOscar = (step: Step): step is OscarStep => step.provider === 'oscar';

export const oscarLimitChecks: readonly Check[] = [
  (context) =>
    context.workflow.steps.filter(isOscar).flatMap((step) => RULES.flatMap((rule) => rule(step, context))),
];
