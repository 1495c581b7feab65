/**
 * Functions that SCAR made → entries of `functions.aws`. SCAR keeps what its file said of a function in the function: as YAML in
 * base64, in the variable `FDL`. Rules: `create_function_config`, `_set_fdl` and `_add_tags` of its sources. Pure.
 */
import { CORE_SCHEMA, load } from 'js-yaml';
import { endOfSecretName } from '../../../fdl/secret-name.ts';
import { asObject, asText, type JsonObject } from '../../../json.ts';

/** The tag of what SCAR made. */
export const SCAR_TAG = { key: 'createdby', value: 'scar' } as const;

/** What AWS tells of a function. */
export interface ScarFunction {
  readonly name: string;
  readonly description?: string | undefined;
  readonly memory?: number | undefined;
  readonly timeout?: number | undefined;
  readonly role?: string | undefined;
  readonly architectures?: readonly string[] | undefined;
  readonly ephemeralStorage?: number | undefined;
  readonly variables: Readonly<Record<string, string>>;
  /** What its script says, if that was found. */
  readonly script?: string | undefined;
}

export interface ScarEntry {
  readonly entry: JsonObject;
  /** Below `storage_providers`. */
  readonly stores: JsonObject;
  /** Whole sentences, without the name of the function. */
  readonly notes: readonly string[];
}

/** Settings that mean the same here; what else SCAR keeps is of its runtime, or of one call. */
const KEPT = ['execution_mode', 'input', 'output', 'log_level', 'vpc', 'file_system', 'c_args'] as const;
/** What SCAR writes where nobody says anything. */
const USUAL: Readonly<Record<string, unknown>> = {
  execution_mode: 'lambda',
  log_level: 'INFO',
  description: 'Automatically generated lambda function',
};
/** Variables that SCAR adds for its own runtime. */
const OF_RUNTIME = /^(UDOCKER_\w+|IMAGE_ID|FDL|API_GATEWAY_ID)$/;

/** What SCAR's file said of a function; nothing where it is not kept. */
export function configOf(variables: Readonly<Record<string, string>>): JsonObject | undefined {
  const text = Buffer.from(variables['FDL'] ?? '', 'base64').toString('utf8');
  try {
    return text === '' ? undefined : asObject(load(text, { schema: CORE_SCHEMA }));
  } catch {
    return undefined;
  }
}

/** The entry that makes the function again. */
export function scarEntry(found: ScarFunction): ScarEntry {
  const config = configOf(found.variables) ?? {};
  const notes: string[] = [];
  const hide = (values: unknown) => withoutSecrets([found.name], values, notes);
  const { container, script } = {
    container: containerOf(found, config, hide),
    script: scriptOf(found, config, notes),
  };
  const variables = Object.fromEntries(
    Object.entries(found.variables).filter(([name]) => !OF_RUNTIME.test(name)),
  );
  const kept = Object.fromEntries(KEPT.map((key) => [key, config[key]]));
  const lambda = withoutNothing({
    name: found.name,
    description: found.description,
    memory: found.memory,
    timeout: found.timeout,
    ephemeral_storage: found.ephemeralStorage === 512 ? undefined : found.ephemeralStorage,
    architectures: found.architectures?.[0] === 'x86_64' ? undefined : found.architectures,
    ...kept,
    container,
    environment: Object.keys(variables).length > 0 ? { Variables: hide(variables) } : undefined,
    init_script: script,
  });
  const isApi = found.variables['API_GATEWAY_ID'] !== undefined;
  if (isApi) notes.push('its API gets a new address, and takes signed requests alone.');
  if (found.role !== undefined)
    notes.push(`it runs as ${found.role}; here each step has a role of its own, unless iam.role names one.`);
  const mode = asText(config['execution_mode']) ?? 'lambda';
  if (mode !== 'lambda')
    notes.push('what its jobs get (batch.memory, batch.vcpus) stands nowhere in the function: add it.');
  const stores = asObject(withoutSecrets([], config['storage_providers'], notes)) ?? {};
  return {
    entry: { lambda, ...(isApi && { api_gateway: { name: found.name } }) },
    stores: withoutNothing(stores),
    notes,
  };
}

function containerOf(
  { variables }: ScarFunction,
  config: JsonObject,
  hide: (values: unknown) => unknown,
): JsonObject {
  const own = asObject(config['container']) ?? {};
  const given = asObject(asObject(own['environment'])?.['Variables']) ?? {};
  return withoutNothing({
    image: asText(own['image']) ?? variables['IMAGE_ID'],
    image_file: asText(own['image_file']),
    timeout_threshold: own['timeout_threshold'] === 10 ? undefined : own['timeout_threshold'],
    environment: Object.keys(given).length > 0 ? { Variables: hide(given) } : undefined,
  });
}

/** The script itself where it was found, else the name of its file. */
function scriptOf({ script }: ScarFunction, config: JsonObject, notes: string[]): string | undefined {
  const file = asText(config['init_script']);
  if (file === undefined) return undefined;
  // One line is a name of a file here.
  if (script?.trim().includes('\n')) return script;
  notes.push(`its script is not in this file: put it beside, as ${file}.`);
  return file;
}

/** What sounds like a secret becomes a reference to a variable, which a note names. */
function withoutSecrets(words: readonly string[], value: unknown, notes: string[]): unknown {
  const map = asObject(value);
  if (!map) return value;
  return Object.fromEntries(
    Object.entries(map).map(([key, each]) => {
      if (typeof each !== 'string') return [key, withoutSecrets([...words, key], each, notes)];
      if (each === '' || endOfSecretName(`${key}:`) < 0) return [key, each];
      const name = [...words, key]
        .join('_')
        .replace(/[^A-Za-z0-9]+/g, '_')
        .toUpperCase();
      notes.push(`"${key}" sounds like a secret, whose value is in the function: set ${name}.`);
      return [key, `\${env:${name}}`];
    }),
  );
}

/** Without what is empty, and what is as SCAR writes it where nobody says anything. */
function withoutNothing(values: JsonObject): JsonObject {
  const isNothing = (each: unknown) =>
    each === undefined ||
    each === null ||
    each === '' ||
    (typeof each === 'object' && Object.keys(each).length === 0);
  return Object.fromEntries(
    Object.entries(values).filter(([key, each]) => !isNothing(each) && USUAL[key] !== each),
  );
}
