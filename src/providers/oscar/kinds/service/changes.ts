/**
 * What of a service differs from what was sent. Servers add labels, fill in defaults, trim paths and hide secrets: both
 * sides are brought into one form first.
 */
import type { Change, Props, Value } from '../../../../deploy/resource.ts';
import { isBranch, isList, sameValue } from '../../../../deploy/value.ts';
import { Secret } from '../../../../secret.ts';
import { specHash } from '../../annotations.ts';
import { OWN_LABELS } from '../../service-fields.ts';

/** Fields that are the server's own. */
const OWN_FIELDS = ['token', 'owner', 'namespace', 'bucket_list', 'deployment', 'volume_status'];
/** Ours says nothing that is not compared itself. */
const OWN_ANNOTATIONS = /^(oscar\.grycap\/.*|fdl\/(spec|owner|buckets))$/;
const LEVELS = ['NOTSET', 'DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'];
/** What a server fills in. */
const KSERVE_DEFAULTS = { api_version: 'v1', cpu: '0.2', memory: '256Mi', set_auth: true, max_scale: 1 };
/** Names of fields whose values are not to be shown. */
const SECRET_FIELDS = /^(access_key|secret_key|token|password|refresh_token|auth_password)$/;

/** Pure. A volume cannot change: that takes a new service. Of secrets, only the names can be compared. */
export function serviceChanges(sent: Props, answered: Props): readonly Change[] {
  const after = comparable({ ...sent, owner: answered['owner'] });
  // Clusters may lose a script that nothing runs.
  const isUnused = (sent['expose'] as Props | undefined)?.['default_command'] === true;
  const before = comparable(isUnused ? { ...answered, script: sent['script'] } : answered);
  // The server finds a virtual organisation by itself.
  const seen = 'vo' in after ? before : { ...before, vo: undefined };
  return differences('', seen, after).map((change) =>
    change.path.split('.')[0] === 'volume' ? { ...change, replace: true } : change,
  );
}

/** A hash of what is sent: the same for whatever means the same, such as a default that is written out. */
export function specOf(sent: Props): string {
  // What comparing leaves out counts all the same.
  const unseen = ['environment', 'volume', ...OWN_FIELDS].filter((field) => field in sent);
  const asSent = Object.fromEntries(unseen.map((field) => [field, sent[field]]));
  return specHash({ ...comparable(sent), ...asSent });
}

function differences(path: string, before: Props, after: Props): readonly Change[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key): readonly Change[] => {
    const [a, b] = [before[key], after[key]];
    const at = path ? `${path}.${key}` : key;
    if (isBranch(a ?? {}) && isBranch(b ?? {}))
      return differences(at, (a ?? {}) as Props, (b ?? {}) as Props);
    return sameValue(a, b) ? [] : [{ path: at, before: a, after: b }];
  });
}

function comparable(service: Props): Props {
  const one = (key: string) => (typeof service[key] === 'string' ? (service[key] as string) : '');
  const kept = Object.fromEntries(Object.entries(service).filter(([key]) => !OWN_FIELDS.includes(key)));
  const level = one('log_level').toUpperCase();
  const whole: Props = {
    ...kept,
    memory: one('memory') || '256Mi',
    cpu: one('cpu') || '0.2',
    visibility: one('visibility') || 'private',
    log_level: LEVELS.includes(level) ? level : 'INFO',
    isolation_level: one('isolation_level').toUpperCase(),
    script: one('script').replaceAll('\r\n', '\n').replaceAll('\r', '\n'),
    labels: without(service['labels'], OWN_LABELS),
    annotations: without(service['annotations'], OWN_ANNOTATIONS),
    environment: comparableEnvironment(service['environment']),
    input: comparableEntries(service['input']),
    output: comparableEntries(service['output']),
    storage_providers: withoutOwnMinio(service['storage_providers']),
    allowed_users: comparableUsers(service),
    volume: comparableVolume(service['volume'], one('name')),
    federation: comparableFederation(service['federation'], one('name')),
    kserve: isBranch(service['kserve']) ? { ...KSERVE_DEFAULTS, ...present(service['kserve']) } : undefined,
  };
  return filled(whole) as Props;
}

function without(value: Value, names: RegExp): Props {
  if (!isBranch(value)) return {};
  return Object.fromEntries(Object.entries(value).filter(([key]) => !names.test(key)));
}

/** Values of secrets are never answered; their names are. A model's host is a variable that the server sets. */
function comparableEnvironment(value: Value): Props {
  if (!isBranch(value)) return {};
  const { secrets, variables, Variables } = value;
  const shown = isBranch(variables) ? variables : isBranch(Variables) ? Variables : {};
  const names = isBranch(secrets) ? Object.keys(secrets) : [];
  return {
    variables: without(shown, /^KSERVE_HOST$/),
    secrets: Object.fromEntries(names.map((name) => [name, 'set'])),
  };
}

function comparableEntries(value: Value): readonly Value[] {
  return (isList(value) ? value : []).map((entry) => {
    if (!isBranch(entry)) return entry;
    const { storage_provider: store, path } = entry;
    const reference = String(store ?? 'minio').trim();
    return {
      ...entry,
      storage_provider: reference.includes('.') ? reference : `${reference.toLowerCase()}.default`,
      path: String(path ?? '').replace(/^[ /]+|[ /]+$/g, ''),
    };
  });
}

function withoutOwnMinio(value: Value): Value {
  if (!isBranch(value) || !isBranch(value['minio'])) return value;
  const { default: _own, ...others } = value['minio'];
  return { ...value, minio: others };
}

/** With buckets of their own, the owner is one of the users. */
function comparableUsers({ allowed_users: users, owner }: Props): readonly Value[] {
  const list = isList(users) ? users : [];
  return list.filter((user) => user !== owner).sort((a, b) => (String(a) < String(b) ? -1 : 1));
}

/** One that the service made itself, and then has a size, is as good as one that it attaches. */
function comparableVolume(value: Value, service: string): Value {
  if (!isBranch(value)) return undefined;
  return { name: value['name'] || service, mount_path: value['mount_path'] };
}

function comparableFederation(value: Value, service: string): Value {
  if (!isBranch(value)) return undefined;
  return { ...value, topology: value['topology'] || 'none', group_id: value['group_id'] || service };
}

function present(value: Props): Props {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));
}

/** What a cluster shows, with its secrets as such: nothing of it is printed. */
export function hidden(answer: Props): Props {
  return hide(answer, '') as Props;
}

function hide(value: Value, key: string): Value {
  if (isList(value)) return value.map((item) => hide(item, key));
  if (!isBranch(value)) {
    return typeof value === 'string' && value !== '' && SECRET_FIELDS.test(key) ? new Secret(value) : value;
  }
  const inner = Object.entries(value).map(([name, each]) => [name, hide(each, nameOf(key, name))] as const);
  return Object.fromEntries(inner);
}

/** Every header counts as a secret. */
function nameOf(outer: string, name: string): string {
  return outer === 'headers' ? 'token' : name;
}

/** Without zeros of any kind, which servers show for what was not set; secrets as such. */
function filled(value: Value): Value {
  return withoutZeros(hide(value, ''));
}

function withoutZeros(value: Value): Value {
  if (isList(value)) return value.map(withoutZeros);
  if (!isBranch(value)) return value;
  const inner = Object.entries(value).map(([name, each]) => [name, withoutZeros(each)] as const);
  return Object.fromEntries(inner.filter(([, each]) => !isZero(each)));
}

function isZero(value: Value): boolean {
  if (isList(value)) return value.length === 0;
  if (isBranch(value)) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === '' || value === 0 || value === false;
}
