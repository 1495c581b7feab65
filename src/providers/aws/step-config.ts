/** A step on AWS as the supervisor in its image knows it, and the secrets that it fetches when it starts. */

import { reveal, Secret } from '../../secret.ts';
import type { Store } from '../../storage/store.ts';
import type { BatchTarget, LogLevel, StepConfig, StepStore } from '../../supervisor/config.ts';
import type { Folder, Workflow } from '../../workflow/model.ts';
import type { AwsStep } from './dialect/step.ts';
import { parameterName } from './names.ts';
import { credentialsOf, storesOf } from './stores.ts';
import { shareVariables } from './variables.ts';

/**
 * Plain data without secrets. It says nothing of what the function itself is told (memory, timeout, region), so that
 * a change of these needs no other image. `batch`: where the step's function passes on what it cannot cope with.
 */
export function stepConfig(workflow: Workflow, step: AwsStep, batch?: BatchTarget): StepConfig {
  const { container, log_level: level } = step.settings.lambda ?? {};
  const threshold = container?.timeout_threshold;
  const hasSecrets = secretsOf(workflow, step) !== undefined;
  return {
    workflow: workflow.name,
    step: step.id,
    inputs: step.inputs.map(folder),
    outputs: step.outputs.map((output) => {
      return { ...folder(output), prefixes: output.prefixes, suffixes: output.suffixes };
    }),
    environment: shareVariables(step).inImage,
    ...(threshold !== undefined && { timeoutThresholdSeconds: threshold }),
    ...(level && { logLevel: logLevel(level) }),
    ...(isOverHttp(step) && { overHttp: 'allow' as const }),
    stores: storesOf(step, workflow).map(storeConfig),
    ...(hasSecrets && {
      secrets: { from: 'parameter' as const, name: parameterName(workflow.name, step.name) },
    }),
    ...(batch && { batch }),
  };
}

/** Whether requests over HTTP may carry events and scripts. */
export function isOverHttp({ settings }: AwsStep): boolean {
  return settings.lambda?.over_http?.trim().toLowerCase() === 'allow';
}

function folder({ store, bucket, prefix }: Folder) {
  return { store, bucket, prefix };
}

function storeConfig(store: Store): StepStore {
  const { id, kind, endpoint, region, verifyTls } = store;
  return {
    id,
    kind,
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    verifyTls,
    ...(Object.keys(credentialsOf(store)).length > 0 && { credentials: { from: 'parameter' as const } }),
  };
}

/** Python's levels, which SCAR's supervisor has, in any case of letters. */
const LEVELS: Readonly<Record<string, LogLevel>> = {
  notset: 'debug',
  debug: 'debug',
  info: 'info',
  warning: 'warning',
  error: 'error',
  critical: 'error',
};

function logLevel(text: string): LogLevel {
  return LEVELS[text.trim().toLowerCase()] ?? 'info';
}

/** What the parameter of a step holds: secret variables and credentials of stores; nothing where there are none. */
export function secretsOf(workflow: Workflow, step: AwsStep): Secret | undefined {
  const variables = Object.entries(shareVariables(step).secret);
  const stores = storesOf(step, workflow).flatMap((store) => {
    const credentials = Object.entries(credentialsOf(store));
    return credentials.length === 0 ? [] : [[store.id, revealed(credentials)] as const];
  });
  if (variables.length === 0 && stores.length === 0) return undefined;
  // Sorted, so that the order in the file makes no difference to what is stored.
  const value = { environment: revealed(variables), stores: Object.fromEntries(stores.sort(byName)) };
  // Systems Manager refuses `{{…}}` in a value (rule: `Value` of PutParameter in its API). Texts alone can have it.
  return new Secret(JSON.stringify(value).replaceAll('{{', '{\\u007b'));
}

function revealed(
  entries: readonly (readonly [string, string | Secret])[],
): Readonly<Record<string, string>> {
  return Object.fromEntries([...entries].sort(byName).map(([name, value]) => [name, reveal(value)]));
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
