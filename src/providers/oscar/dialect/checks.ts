/** What a service is called and what it runs, and settings that a cluster would refuse or that would have no effect. */
import { isUtf8 } from 'node:buffer';
import type { Place } from '../../../errors.ts';
import type { Diagnostic } from '../../../fdl/diagnostic.ts';
import { note, problem, type Rule } from '../../../workflow/check.ts';
import {
  missingImage,
  scriptHint,
  unhandledInput,
  wrongImageName,
} from '../../../workflow/checks/content.ts';
import { lengthOr } from '../../../workflow/checks/names.ts';
import type { Step } from '../../../workflow/model.ts';
import { scriptBytes } from '../../script.ts';
import { parseQuantity } from './quantity.ts';
import type { OscarStep } from './step.ts';

const LONGEST_NAME = 39;
/** OSCAR: 39 characters; Kubernetes: a DNS label, https://datatracker.ietf.org/doc/html/rfc1123 */
export const SERVICE_NAME = /^[a-z0-9]([a-z0-9-]{0,37}[a-z0-9])?$/;

const serviceName: Rule<OscarStep> = (step, { at }) => {
  if (SERVICE_NAME.test(step.name)) return [];
  const why = lengthOr(step.name, LONGEST_NAME, 'it has other characters than a Kubernetes name');
  const message = `"${step.name}" is no name for a service: ${why}`;
  const hint = `Use up to ${LONGEST_NAME} lower-case letters, digits and "-"${suggested(step)}.`;
  return [problem(step, 'service-name', message, at(step, 'name'), hint)];
};

function suggested({ name }: OscarStep): string {
  const better = name
    .slice(0, 2 * LONGEST_NAME)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, LONGEST_NAME)
    .replace(/-+$/, '');
  return SERVICE_NAME.test(better) && better !== name ? `, such as ${better}` : '';
}

const image: Rule<OscarStep> = (step) => missingImage(step, 'Add "image:" to the service.');

/** InterLink hands the image to Singularity, which wants to know where it comes from: `docker://name`. */
const imageName: Rule<OscarStep> = (step, { at }) => {
  const given = step.image?.trim() ?? '';
  const name = step.settings.interlink_node_name ? given.replace(/^docker:\/\//, '') : given;
  return wrongImageName(step, at(step, 'image'), name);
};

const missingScript: Rule<OscarStep> = (step) => {
  if (step.script) return [];
  const hint = scriptHint('script');
  if (step.inputs.length > 0) return unhandledInput(step, hint);
  if (step.settings.kserve) return [];
  return [problem(step, 'missing-script', `the service "${step.id}" has no script`, step.place, hint)];
};

/** Services are sent as JSON, whose texts are Unicode: other bytes would reach a cluster as U+FFFD. */
const scriptOfText: Rule<OscarStep> = (step) => {
  const { script } = step;
  const bytes = script?.kind === 'file' ? scriptBytes(script) : undefined;
  if (script?.kind !== 'file' || !bytes || isUtf8(bytes)) return [];
  const lines = bytes.toString('latin1').split('\n');
  const line = lines.findIndex((each) => !isUtf8(Buffer.from(each, 'latin1'))) + 1;
  const message = `the script ${script.path} is no UTF-8 text (line ${line}), and a cluster takes no other`;
  const hint = 'Save it as UTF-8, or let a script of text unpack what it needs from the image.';
  return [problem(step, 'script-not-text', message, script.place, hint)];
};

export const CONTENT: readonly Rule<OscarStep>[] = [
  serviceName,
  image,
  imageName,
  missingScript,
  scriptOfText,
];

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

/** Where a step of the same file is meant by its name. */
const STEP_URL = /\$\{url:([^}]*)\}/;

const memberUrls: Rule<OscarStep> = (step, { at, workflow }) =>
  step.replicas.flatMap(({ url = '' }, index) => {
    const [whole, id = ''] = STEP_URL.exec(url) ?? [];
    const meant = workflow.steps.find((each) => each.id === id.trim());
    if (whole === undefined) return [];
    const list = step.settings.federation?.members ? ['federation', 'members'] : ['replicas'];
    const place = at(step, ...list, index, 'url');
    if (meant?.hasAddress && url.trim() === whole) return refusing(step, meant, place);
    const { what, hint } =
      meant && url.trim() === whole ? withoutAddress(meant.id) : miswritten(url, whole, meant);
    return [problem(step, 'unknown-url', what, place, hint)];
  });

/** Clusters sign nothing, and send events. Rule: OSCAR, `DelegateJob`. */
function refusing(step: OscarStep, { id, refusesEvents: lacks }: Step, place: Place): readonly Diagnostic[] {
  if (lacks === undefined) return [];
  const message = `"${id}" refuses the jobs that a cluster hands to its address`;
  const hint = `Add ${lacks} to "${id}", which opens it to everybody who knows the address.`;
  return [note(step, 'member-refuses', message, place, hint)];
}

function withoutAddress(id: string) {
  return {
    what: `"${id}" has no address over HTTP`,
    hint: 'Give that step one: "function_url" or "api_gateway" of a function, "expose" of a service.',
  };
}

function miswritten(url: string, whole: string, meant: Step | undefined) {
  return {
    what: meant ? `"${url}" has more in it than "${whole}"` : `"${whole}" names no step of this file`,
    hint: 'Write the URL as "${url:STEP}" alone, with the name of a step.',
  };
}

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
