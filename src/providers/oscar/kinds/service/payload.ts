/**
 * Step → what is sent to a cluster of some release: fields that the release does not know are left out, and said. Pure;
 * secrets are `Secret`s until it is sent.
 */
import type { Props, Value } from '../../../../deploy/resource.ts';
import { isBranch, isList, mapLeaves } from '../../../../deploy/value.ts';
import { Secret, type Text } from '../../../../secret.ts';
import { STEP_ANNOTATION, VOLUME_ANNOTATION, WORKFLOW_ANNOTATION } from '../../annotations.ts';
import { isSince } from '../../api/answers.ts';
import type { OscarStep } from '../../dialect/step.ts';
import { NO_SCRIPT } from '../../service-fields.ts';
import { wantedVolume } from '../volume/index.ts';

import { federationFields, givenToken, type MemberCluster } from './federation.ts';
import {
  checkInputs,
  mountReference,
  type StoreContext,
  storageEntry,
  storageProviders,
} from './storage-providers.ts';

export interface PayloadContext extends StoreContext {
  readonly workflow: string;
  /** The script's text; absent where the step has none. */
  readonly script?: string | undefined;
  /** The clusters that members of federations are on. */
  readonly clusters: ReadonlyMap<string, MemberCluster>;
  /** The OIDC refresh token of the login to the cluster. */
  readonly refreshToken?: Text | undefined;
  /** The address that a text such as `${url:STEP}` stands for. */
  readonly address?: ((text: string) => Value) | undefined;
}

export interface Payload {
  readonly service: Props;
  /** Whole sentences. */
  readonly warnings: readonly string[];
}

/** @throws FdlError `storage-incomplete`, `input-not-watched` */
export function servicePayload(step: OscarStep, context: PayloadContext): Payload {
  checkInputs(step, context);
  const { settings } = step;
  const { release } = context;
  const federation = federationFields(step, context);
  const environment = environmentFields(step, context);
  const expose = exposeFields(step, release);
  const volume = wantedVolume(step, release);
  const { service, dropped } = pruned(
    {
      ...plainFields(settings),
      name: step.name,
      cluster_id: step.cluster,
      image: step.image,
      script: context.script ?? (settings.kserve || settings.expose?.default_command ? NO_SCRIPT : undefined),
      input: step.inputs.map((folder) => storageEntry(step, folder, context)),
      output: step.outputs.map((folder) => storageEntry(step, folder, context)),
      ...environment.fields,
      ...expose.fields,
      ...federation.fields,
      mount: mountFields(step, context),
      volume: volume ? { name: volume.name, mount_path: settings.volume?.mount_path } : settings.volume,
      storage_providers: storageProviders(step, context),
      annotations: {
        ...settings.annotations,
        ...federation.annotations,
        [WORKFLOW_ANNOTATION]: context.workflow,
        [STEP_ANNOTATION]: step.id,
        ...(volume && !volume.stays && { [VOLUME_ANNOTATION]: volume.name }),
      },
    },
    release,
  );
  const left = dropped.map((path) => `${step.id}: OSCAR ${release} does not know "${path}"; it is left out.`);
  return {
    service,
    warnings: [...left, ...environment.warnings, ...expose.warnings],
  };
}

/** What is sent as it stands in the file. */
function plainFields(settings: OscarStep['settings']): Props {
  const { cpu, memory, total_cpu, total_memory, ephemeral_storage_request, enable_gpu, enable_sgx } =
    settings;
  const { image_prefetch, image_pull_secrets, synchronous, log_level, alpine, file_stage_in, vo, labels } =
    settings;
  const { interlink_node_name, visibility, allowed_users, isolation_level, namespace } = settings;
  return {
    ...{ cpu, memory, total_cpu, total_memory, ephemeral_storage_request, enable_gpu, enable_sgx },
    ...{ image_prefetch, image_pull_secrets, synchronous, alpine, file_stage_in, vo, labels },
    ...{ interlink_node_name, allowed_users, namespace },
    log_level: log_level?.toUpperCase(),
    visibility: visibility?.toLowerCase(),
    // Creating takes either case of letters, updating capitals only.
    isolation_level: isolation_level?.toUpperCase(),
    kserve: kserveFields(settings),
  };
}

/** Before its first release, `model_format` stood one level higher. */
function kserveFields({ kserve }: OscarStep['settings']): Props | undefined {
  if (!kserve) return undefined;
  const { model_format, inference, llm_inference, env, ...rest } = kserve;
  const format = inference?.model_format ?? model_format;
  const whole = format || inference ? { ...inference, ...(format && { model_format: format }) } : undefined;
  const type = rest.type ?? (llm_inference ? 'llm_inference' : 'inference');
  return { ...rest, type, inference: whole, llm_inference, env };
}

interface Fields {
  readonly fields: Props;
  readonly warnings: readonly string[];
}

/** Values that came from this machine's environment are secrets. Releases before 3.4 have no secrets. */
function environmentFields(step: OscarStep, context: PayloadContext): Fields {
  const { id, settings } = step;
  const { release } = context;
  const { environment = {} } = settings;
  const given: Readonly<Record<string, Text>> = { ...environment.Variables, ...environment.variables };
  const hidden: Readonly<Record<string, Text>> = { ...environment.Secrets, ...environment.secrets };
  if (!isSince(release, '3.4.0')) {
    const isOpen = [...Object.values(given), ...Object.values(hidden)].some(
      (value) => value instanceof Secret,
    );
    const warning = `${id}: OSCAR ${release} has no secrets; they are sent as plain variables.`;
    return {
      fields: { environment: { Variables: { ...given, ...hidden } } },
      warnings: isOpen ? [warning] : [],
    };
  }
  const isSecret = ([name, value]: readonly [string, Text]) => value instanceof Secret && !(name in hidden);
  const entries = Object.entries(given).filter(([name]) => !(name in hidden));
  const token = givenToken(step, context);
  const secrets = {
    ...hidden,
    ...Object.fromEntries(entries.filter(isSecret)),
    ...token.secrets,
  };
  const variables = Object.fromEntries(entries.filter((entry) => !isSecret(entry)));
  const asSecrets = Object.entries(secrets).map(([name, value]) => [
    name,
    value instanceof Secret ? value : new Secret(value),
  ]);
  return {
    fields: { environment: { variables, secrets: Object.fromEntries(asSecrets) } },
    warnings: token.warnings,
  };
}

/** Ports are lists since 4.1.0 and single numbers before: either refuses the other. */
function exposeFields({ id, settings: { expose, expose_options } }: OscarStep, release: string): Fields {
  if (!expose) return { fields: { expose_options }, warnings: [] };
  const { port, api_port = port === undefined ? [] : [port], nodePort = [], ...given } = expose;
  const isOpen = api_port.some((each) => each > 0);
  const rest = isOpen ? { ...scalingOf(given), ...given } : given;
  if (isSince(release, '4.1.0')) {
    return { fields: { expose: { ...rest, api_port, nodePort } }, warnings: [] };
  }
  const isMany = api_port.length > 1 || nodePort.length > 1;
  const warning = `${id}: OSCAR ${release} exposes one port; only ${api_port[0]} is.`;
  const fields = { expose: { ...rest, api_port: api_port[0], nodePort: nodePort[0] } };
  return { fields, warnings: isMany ? [warning] : [] };
}

/**
 * How many pods an exposed service has. Kubernetes refuses an autoscaler without, and OSCAR fills in nothing: these are
 * the values that it documents.
 */
function scalingOf({ min_scale: least = 1 }: { readonly min_scale?: number | undefined }): Props {
  return { min_scale: 1, max_scale: Math.max(10, least), cpu_threshold: 80 };
}

function mountFields(step: OscarStep, context: PayloadContext): Props | undefined {
  const { mount } = step.settings;
  if (!mount?.path) return undefined;
  const storage_provider = mountReference(step, context);
  return { storage_provider, path: mount.path.trim().replace(/^\/+|\/+$/g, ''), options: mount.options };
}

/** The same with its secrets as texts: only for the body of a request. */
export function revealed(service: Props): Props {
  return mapLeaves(service, (leaf) => (leaf instanceof Secret ? leaf.reveal() : leaf)) as Props;
}

/** The first release of fields that came after 3.0, and the first that does not have them any more. */
const SPANS: Readonly<Record<string, readonly [since: string, until?: string]>> = {
  interlink_node_name: ['3.1.0'],
  'expose.api_port': ['3.1.0'],
  'expose.nodePort': ['3.1.0'],
  'expose.rewrite_target': ['3.1.0'],
  'expose.default_command': ['3.1.0'],
  'expose.set_auth': ['3.1.0'],
  'expose.port': ['2.7.1', '3.1.0'],
  expose_options: ['2.7.0', '2.7.1'],
  mount: ['3.2.0'],
  delegation: ['3.3.0', '4.1.0'],
  replicas: ['2.5.0', '4.1.0'],
  rescheduler_threshold: ['2.5.1', '4.1.0'],
  isolation_level: ['3.3.1'],
  bucket_list: ['3.3.1'],
  'environment.Variables': ['2.0.0', '3.4.0'],
  'environment.variables': ['3.4.0'],
  'environment.secrets': ['3.4.0'],
  'storage_providers.rucio': ['3.4.0'],
  visibility: ['3.6.0'],
  'expose.health_path': ['3.6.5'],
  namespace: ['3.6.5'],
  'expose.probe_mode': ['4.0.0'],
  volume: ['4.0.0'],
  ephemeral_storage_request: ['4.1.0'],
  federation: ['4.1.0'],
  'expose.auth_type': ['4.1.0'],
  'mount.options': ['4.1.0'],
  kserve: ['4.1.0'],
};

interface Pruned {
  readonly service: Props;
  /** Paths of what was left out. */
  readonly dropped: readonly string[];
}

/** The service without what is not set, and without what the release does not know. */
function pruned(service: Props, release: string): Pruned {
  const dropped: string[] = [];
  return { service: walk(service, '', release, dropped), dropped };
}

function walk(branch: Props, prefix: string, release: string, dropped: string[]): Props {
  const entries = Object.entries(branch).flatMap(([key, value]): readonly (readonly [string, Value])[] => {
    const path = prefix + key;
    if (isUnset(value)) return [];
    const [since, until] = SPANS[path] ?? [];
    const isKnown = (!since || isSince(release, since)) && !(until && isSince(release, until));
    if (!isKnown) {
      dropped.push(path);
      return [];
    }
    const inner = isBranch(value) && prefix === '' ? walk(value, `${path}.`, release, dropped) : value;
    return isUnset(inner) ? [] : [[key, inner]];
  });
  return Object.fromEntries(entries);
}

function isUnset(value: Value): boolean {
  if (isList(value)) return value.length === 0;
  return value === undefined || value === null || (isBranch(value) && Object.keys(value).length === 0);
}
