/** The stores of a service: how it refers to them, and which credentials it needs. No others are sent. */
import type { Props, Value } from '../../../../deploy/resource.ts';
import { FdlError } from '../../../../errors.ts';
import { Secret, type Text } from '../../../../secret.ts';
import { kindOfStore } from '../../../../storage/kinds.ts';
import type { Store } from '../../../../storage/store.ts';
import type { StoreKind } from '../../../../store-kinds.ts';
import type { Folder, Output } from '../../../../workflow/model.ts';
import { isSince, type MinioAnswer } from '../../api/answers.ts';
import { sameServer } from '../../clusters/definition.ts';
import type { OscarStep } from '../../dialect/step.ts';
import { requiredOf } from '../../dialect/stores.ts';

export interface StoreContext {
  /** Of the cluster. */
  readonly release: string;
  /** The cluster's own MinIO with the keys to it. */
  readonly minio?: MinioAnswer | undefined;
  /** By id, with the credentials that are known: those of other clusters' MinIO, too. */
  readonly stores: ReadonlyMap<string, Store>;
  /** Endpoint of the cluster's own MinIO. */
  readonly ownMinio?: string | undefined;
  /** The MinIO of each service that hands jobs to this one, under the name that events of such jobs have for it. */
  readonly origins?: ReadonlyMap<string, MinioAnswer> | undefined;
}

/** How a service calls a store: the cluster's own MinIO is always `minio.default`, to which it knows the keys. */
export function storeReference(
  { cluster }: OscarStep,
  id: string,
  { stores, ownMinio }: Pick<StoreContext, 'stores' | 'ownMinio'>,
): string {
  const [kind = 'minio', ...rest] = id.split('.');
  const name = rest.join('.') || 'default';
  if (kind.toLowerCase() !== 'minio') return `${kind.toLowerCase()}.${name}`;
  const isOwn = name === cluster || name === 'default' || sameServer(stores.get(id)?.endpoint, ownMinio);
  return isOwn ? 'minio.default' : `minio.${name}`;
}

/** An entry of `input` or `output`. A path always has a slash, since releases differ in what one word means. */
export function storageEntry(step: OscarStep, folder: Folder | Output, context: StoreContext): Props {
  const { bucket, prefix } = folder;
  const [suffixes, prefixes] = 'suffixes' in folder ? [folder.suffixes, folder.prefixes] : [[], []];
  return {
    storage_provider: storeReference(step, folder.store, context),
    path: prefix === '' ? bucket : `${bucket}/${prefix}`,
    ...(suffixes.length > 0 && { suffix: suffixes }),
    ...(prefixes.length > 0 && { prefix: prefixes }),
  };
}

type Fields = Readonly<Record<string, Text | boolean | undefined>>;

/**
 * `storage_providers` with what the service's own folders need.
 * @throws FdlError `storage-incomplete`
 */
export function storageProviders(step: OscarStep, context: StoreContext): Props {
  const { mount } = step.settings;
  const used = [...step.inputs, ...step.outputs].map(({ store }) => store);
  const ids = [...new Set([...used, ...(mount?.storage_provider ? [mount.storage_provider] : [])])];
  const providers: Record<string, Record<string, Value>> = originProviders(context);
  for (const id of ids) {
    const reference = storeReference(step, id, context);
    if (reference === 'minio.default') continue;
    const [kind = '', ...rest] = reference.split('.');
    const name = rest.join('.');
    providers[kind] = { ...providers[kind], [name]: fieldsOf(step, id, kind as StoreKind, name, context) };
  }
  if (mountReference(step, context) !== OWN_AS_OTHER || !context.minio) return providers;
  return { ...providers, minio: { ...providers['minio'], [ALIAS]: ownFields(context.minio) } };
}

function originProviders({ origins = new Map() }: StoreContext): Record<string, Record<string, Value>> {
  if (origins.size === 0) return {};
  return { minio: Object.fromEntries([...origins].map(([name, minio]) => [name, ownFields(minio)])) };
}

/**
 * How the event of a job that a service hands on calls the MinIO of its input: by the store of the first output, whatever that
 * is, and before 4.1.0 by the cluster. The supervisor of a cluster looks for a MinIO of just that name.
 * Rules: OSCAR, `delegationStorageProvider`; faas-supervisor, `parse_event` and `StorageConfig`.
 */
export function originName(
  step: OscarStep,
  context: Pick<StoreContext, 'release' | 'stores' | 'ownMinio'>,
): string {
  const [output] = step.outputs;
  if (!output || !isSince(context.release, '4.1.0')) return step.cluster;
  return storeReference(step, output.store, context);
}

function ownFields({ endpoint, verify, region, access_key, secret_key }: MinioAnswer): Props {
  const keys = { access_key: new Secret(access_key), secret_key: new Secret(secret_key) };
  return { endpoint, verify: verify !== false, region: region || 'us-east-1', ...keys };
}

/** The cluster's own MinIO under another name. */
const ALIAS = 'mounted';
const OWN_AS_OTHER = `minio.${ALIAS}`;

/**
 * How a service calls the store that it mounts. Before 3.6.4 a cluster makes the bucket of a mount in its own MinIO with
 * every update, and fails where it is there; a MinIO that it does not know for its own it leaves alone.
 */
export function mountReference(step: OscarStep, context: StoreContext): string | undefined {
  const { mount } = step.settings;
  if (!mount?.path) return undefined;
  const reference = storeReference(step, mount.storage_provider ?? 'minio', context);
  const isAliased = reference === 'minio.default' && context.minio && !isSince(context.release, '3.6.4');
  return isAliased ? OWN_AS_OTHER : reference;
}

function fieldsOf(
  step: OscarStep,
  id: string,
  kind: StoreKind,
  name: string,
  { stores }: StoreContext,
): Props {
  const own = step.settings.storage_providers?.[kind] as Readonly<Record<string, Fields>> | undefined;
  const inService = own?.[name];
  const store = stores.get(id);
  const fields: Fields = inService ?? (store ? { ...store.credentials, ...placeOf(store) } : {});
  const required = requiredOf(kind) ?? [];
  const missing = required.filter((field) => !fields[field]);
  if (missing.length > 0) throw incomplete(step, kind, name, missing);
  const known = [...required, ...(OPTIONAL[kind] ?? [])];
  return Object.fromEntries(known.filter((field) => field in fields).map((field) => [field, fields[field]]));
}

/** Kinds before whose address the supervisor of a cluster writes HTTPS. Rule: faas-supervisor, `storage/providers/`. */
const WITHOUT_SCHEME: readonly StoreKind[] = ['webdav', 'onedata'];

/** What stands beside the credentials, under the names that its kind has for it. */
function placeOf({ kind, endpoint, region, verifyTls }: Store): Fields {
  if (kind === 's3') return { region: region ?? 'us-east-1' };
  if (kind === 'minio') return { endpoint, verify: verifyTls, region: region ?? 'us-east-1' };
  const field = kindOfStore(kind).endpoint;
  if (field === undefined) return {};
  return { [field]: WITHOUT_SCHEME.includes(kind) ? endpoint?.replace(/^https:\/\//i, '') : endpoint };
}

/** What else clusters know of a store. */
const OPTIONAL: Readonly<Partial<Record<StoreKind, readonly string[]>>> = {
  s3: ['region'],
  minio: ['verify', 'region'],
  rucio: ['token', 'refresh_token', 'oidc_audience', 'token_endpoint'],
};

/**
 * Refuses inputs that no cluster watches: of stores it has no webhook in. Rule: OSCAR, `createBuckets`.
 * @throws FdlError `input-not-watched`
 */
export function checkInputs(step: OscarStep, context: StoreContext): void {
  for (const { store, place } of step.inputs) {
    const reference = storeReference(step, store, context);
    if (reference === 'minio.default' || /^(webdav|rucio)\./.test(reference)) continue;
    const message = `the cluster ${step.cluster} cannot watch ${store}, the input of ${step.id}`;
    const hint = `Name the MinIO of the cluster, "storage_provider: minio"; clusters watch their own MinIO, WebDAV and Rucio.`;
    throw new FdlError('input-not-watched', message, { hint, place });
  }
}

function incomplete(step: OscarStep, kind: StoreKind, name: string, missing: readonly string[]): FdlError {
  const id = `${kind}.${name}`;
  const place = [...step.outputs, ...step.inputs].find(({ store }) => store === id)?.place;
  const rights =
    kind === 's3' ? ' The key needs s3:PutObject on the output folder and s3:GetObject on an input.' : '';
  const hint = `Add ${missing.map((field) => `"${field}"`).join(' and ')} under storage_providers.${kind}.${name}, as in \${env:NAME}.${rights}`;
  const message = `${step.id} runs on the cluster ${step.cluster}, which has no credentials for ${id}`;
  return new FdlError('storage-incomplete', message, { hint, place });
}
