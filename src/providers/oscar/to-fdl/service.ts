/**
 * What a cluster shows of a service → its entry of `functions.oscar`, which makes the same service again: what
 * `kinds/service/payload.ts` does, backwards. Pure; no secret is in it.
 */
import type { Props, Value } from '../../../deploy/resource.ts';
import { isBranch } from '../../../deploy/value.ts';
import { isInline } from '../../../fdl/normalise.ts';
import { ALONE } from '../annotations.ts';
import { isExposed, type ServiceAnswer } from '../api/answers.ts';
import { NO_SCRIPT, OWN_LABELS } from '../service-fields.ts';
import { listOf, variable, withoutEmpty, withoutZeros } from './values.ts';

/** What a file says of a service, and what it does not. */
export interface ServiceText {
  readonly entry: Props;
  /** References to stores that are not the cluster's own, such as `s3.mine`. */
  readonly stores: readonly string[];
  /** Whole sentences, without the name of the service: what the entry leaves to whoever applies it. */
  readonly notes: readonly string[];
}

/** Fields that stand in the file as they are. */
const PLAIN = [
  ...['cpu', 'memory', 'total_cpu', 'total_memory', 'ephemeral_storage_request', 'enable_gpu', 'enable_sgx'],
  ...[
    'alpine',
    'file_stage_in',
    'image_prefetch',
    'image_pull_secrets',
    'synchronous',
    'interlink_node_name',
  ],
  ...['vo', 'isolation_level', 'expose_options'],
];
/** Fields that are said in another way. */
const READ = [
  ...['name', 'image', 'script', 'log_level', 'visibility', 'allowed_users', 'environment', 'labels'],
  ...['annotations', 'expose', 'kserve', 'mount', 'volume', 'input', 'output', 'storage_providers'],
  ...['federation', 'replicas', 'delegation', 'rescheduler_threshold'],
];
/** Fields that are the cluster's own, or that fdl makes of what it knows of clusters. */
const MADE = [
  'token',
  'owner',
  'namespace',
  'cluster_id',
  'clusters',
  'bucket_list',
  'deployment',
  'volume_status',
];
const OWN_ANNOTATIONS = /^(oscar\.grycap|fdl)\//;

/** `size`: that of the volume that was made for the service. */
export function serviceText(answer: ServiceAnswer, size?: string): ServiceText {
  const service = answer as Readonly<Record<string, unknown>> as Props;
  const script = scriptOf(service);
  const members = membersOf(answer.name, service);
  const environment = environmentOf(answer.name, service);
  const folders = { input: service['input'], output: service['output'], mount: service['mount'] };
  const whole = {
    name: answer.name,
    image: service['image'],
    ...(withoutZeros(pick(service, PLAIN)) as Props),
    log_level: service['log_level'] === 'INFO' ? undefined : service['log_level'],
    visibility: service['visibility'] === 'private' ? undefined : service['visibility'],
    allowed_users: listOf<string>(service['allowed_users']).filter((user) => user !== answer.owner),
    labels: without(service['labels'], OWN_LABELS),
    annotations: without(service['annotations'], OWN_ANNOTATIONS),
    expose: exposeOf(answer),
    kserve: service['kserve'],
    volume: volumeOf(service['volume'], size),
    mount: storageEntry(folders.mount),
    federation: members.fields,
    script: script.text,
    input: listOf<Value>(folders.input).map(storageEntry),
    output: listOf<Value>(folders.output).map(storageEntry),
  };
  const entry = placed(withoutEmpty(whole) as Props, environment.fields);
  const notes = [...script.notes, ...environment.notes, ...members.notes, ...unknownFields(service)];
  return { entry, stores: storesOf(folders), notes: [...notes, ...odd(entry)] };
}

/** A service with its folders in the cluster's own MinIO alone, of which nobody needs a credential. */
export function outlineOf({ entry }: ServiceText): ServiceText {
  const { name, image, volume, input, output } = entry;
  const own = (side: Value) =>
    listOf<Props>(side).filter(({ storage_provider }) => storage_provider === 'minio');
  const outline = { name, image, volume, script: NO_SCRIPT, input: own(input), output: own(output) };
  return { entry: withoutEmpty(outline) as Props, stores: [], notes: [] };
}

/** With the environment before the script; an empty variable is one. */
function placed({ script, input, output, ...entry }: Props, environment: Props | undefined): Props {
  const parts = Object.entries(environment ?? {}).filter(
    ([, part]) => isBranch(part) && Object.keys(part).length > 0,
  );
  return {
    ...entry,
    ...(parts.length > 0 && { environment: Object.fromEntries(parts) }),
    ...(script !== undefined && { script }),
    ...(input !== undefined && { input }),
    ...(output !== undefined && { output }),
  };
}

function pick(service: Props, names: readonly string[]): Props {
  return Object.fromEntries(names.map((name) => [name, service[name]]));
}

function without(value: Value, names: RegExp): Props {
  if (!isBranch(value)) return {};
  return Object.fromEntries(Object.entries(value).filter(([key]) => !names.test(key)));
}

/** Nothing where fdl itself sent one for a model, which has none. A line alone would be read as the name of a file. */
function scriptOf({ script, kserve }: Props): { readonly text?: string; readonly notes: readonly string[] } {
  const isUnused = isBranch(kserve) && script === NO_SCRIPT;
  if (typeof script !== 'string' || script === '' || isUnused) return { notes: [] };
  if (isInline(script)) return { text: script, notes: [] };
  const notes = ['its script is one line, and gets a first line and an end: the next apply sends it again.'];
  return { text: `#!/bin/sh\n${script}\n`, notes };
}

interface Fields {
  readonly fields?: Props;
  readonly notes: readonly string[];
}

/** Clusters show the names of secrets alone. The token that members who are mere addresses never use is fdl's own. */
function environmentOf(service: string, { environment, kserve, federation }: Props): Fields {
  if (!isBranch(environment)) return { notes: [] };
  const isMere = isBranch(federation) && listOf<Props>(federation['members']).every(isEndpoint);
  const { variables, Variables, secrets } = environment;
  // A model's host is a variable that the server sets.
  const shown = without(
    isBranch(variables) ? variables : Variables,
    isBranch(kserve) ? /^KSERVE_HOST$/ : /^$/,
  );
  const names = isBranch(secrets) ? Object.keys(secrets) : [];
  const hidden = names
    .filter((name) => !(isMere && name === 'refresh_token'))
    .map((name) => [name, variable(service, name)] as const);
  return {
    fields: { variables: shown, secrets: Object.fromEntries(hidden) },
    notes: hidden.map(
      ([name, reference]) => `no cluster shows its secret "${name}": set ${nameIn(reference)}.`,
    ),
  };
}

function nameIn(reference: string): string {
  return reference.slice('${env:'.length, -1);
}

/** Zeros of an exposed service stay: fdl has other defaults than clusters. */
function exposeOf(answer: ServiceAnswer): Value {
  const { expose } = answer;
  if (!isExposed(answer) || !isBranch(expose as Value)) return undefined;
  const { min_scale, max_scale, cpu_threshold, ...rest } = expose as Props;
  return { ...(withoutZeros(rest) as Props), min_scale, max_scale, cpu_threshold };
}

/** A volume that was made apart has its size for itself. */
function volumeOf(volume: Value, size: string | undefined): Value {
  if (!isBranch(volume) || !volume['mount_path']) return undefined;
  return {
    name: volume['name'],
    mount_path: volume['mount_path'],
    ...pick(volume, ['size', 'lifecycle_policy']),
    ...(size && { size }),
  };
}

/** An entry of `input` or `output`, or a mount. `mounted` is another name for the cluster's own MinIO: see `mountReference`. */
function storageEntry(value: Value): Value {
  if (!isBranch(value) || !value['path']) return undefined;
  const { storage_provider, path, suffix, prefix, options } = value;
  return { storage_provider: referenceOf(storage_provider), path, suffix, prefix, options };
}

function referenceOf(reference: Value): string {
  const text = String(reference || 'minio').trim();
  return /^minio(\.default|\.mounted)?$/i.test(text) ? 'minio' : text;
}

function storesOf({ input, output, mount }: Props): readonly string[] {
  const entries = [...listOf<Value>(input), ...listOf<Value>(output), mount].map(storageEntry);
  const references = entries.flatMap((entry) => (isBranch(entry) ? [String(entry['storage_provider'])] : []));
  return [...new Set(references)].filter((reference) => reference !== 'minio');
}

/** Members stand in `federation`, which fdl sends as the release has it. What opens them is not shown. */
function membersOf(service: string, { federation, annotations, ...old }: Props): Fields {
  const own: Props = isBranch(federation) ? federation : {};
  const members = listOf<Props>(own['members'] ?? old['replicas']);
  if (members.length === 0) return { notes: [] };
  const {
    group_id,
    topology,
    delegation = old['delegation'],
    rescheduler_threshold = old['rescheduler_threshold'],
  } = own;
  const isAlone = isBranch(annotations) && annotations[ALONE.annotation] === 'true';
  const notes: string[] = [];
  const shown = members.map((member, at) => {
    const { headers, ssl_verify, cluster_id, ...rest } = withoutZeros(member) as Props;
    if (typeof cluster_id === 'string')
      notes.push(`it hands jobs to cluster ${cluster_id}, which fdl must know where the file is applied.`);
    const hidden = Object.keys(isBranch(headers) ? headers : {}).map((name) => [
      name,
      variable(service, `member ${at + 1}`, name),
    ]);
    for (const [name = '', reference = ''] of hidden)
      notes.push(`the header "${name}" of a member counts as a secret: set ${nameIn(reference)}.`);
    return {
      ...rest,
      cluster_id,
      headers: Object.fromEntries(hidden),
      ...(isEndpoint(member) && { ssl_verify: ssl_verify === true }),
    };
  });
  const fields = {
    group_id: group_id === service ? undefined : group_id,
    topology: topology === 'none' || isAlone ? undefined : topology,
    delegation,
    rescheduler_threshold: rescheduler_threshold || undefined,
    members: shown,
  };
  return { fields, notes };
}

function isEndpoint({ type }: Props): boolean {
  return String(type ?? '').toLowerCase() === 'endpoint';
}

function unknownFields(service: Props): readonly string[] {
  const known = [...PLAIN, ...READ, ...MADE];
  const left = Object.keys(withoutZeros(service) as Props).filter((name) => !known.includes(name));
  return left.map((name) => `fdl knows no field "${name}", which the cluster shows; it is left out.`);
}

/** What fdl replaces when it reads a file. A script is taken as it stands. */
function odd({ script: _, ...entry }: Props): readonly string[] {
  const found = JSON.stringify(entry).match(/\$\{(?:env|param|url):[^}]*\}/g) ?? [];
  const isOurs = (reference: string) =>
    reference.startsWith(`\${env:${variable(String(entry['name'])).slice(6, -1)}_`);
  return [...new Set(found)]
    .filter((reference) => !isOurs(reference))
    .map((reference) => `it has the text ${reference}, which fdl takes for a reference.`);
}
