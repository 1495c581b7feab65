/** What OSCAR knows of the language. */
import type { Store } from '../../../storage/store.ts';
import { eachStep } from '../../../workflow/check.ts';
import type { Dialect } from '../../../workflow/dialect.ts';
import type { Step } from '../../../workflow/model.ts';
import { CONTENT, LIMITS } from './checks.ts';
import { bodiless, movedFields, services, withoutCluster } from './quirks.ts';
import { clustersOf, isOscar, oscarEntries, oscarStep, type ServiceEntry, standIns } from './step.ts';

export const oscarDialect: Dialect = {
  name: 'oscar',
  schema: async (stores) => (await import('./schema/index.ts')).oscarSchema(stores),
  entryForm: 'entries with a cluster id',
  refusals: withoutCluster,
  quirks: [bodiless, movedFields],
  sections: services,
  naming: { section: [], what: 'the service', hint: 'Add "name:".' },
  entries: oscarEntries,
  step: (context, entry) => oscarStep(context, entry as ServiceEntry),
  clusters: clustersOf,
  standIns,
  checks: [eachStep(isOscar, [...CONTENT, ...LIMITS])],
  hears,
  hearingHint: 'Services listen to the MinIO of their cluster: "storage_provider: minio.default".',
  opens: () => false,
  call: () => ({ takesBytes: true, async: false, dryRun: false, content: { event: {} } }),
};

/** A cluster hears of new files in its own MinIO, and in WebDAV and Rucio. */
function hears(step: Step, store: Store): boolean {
  if (!isOscar(step)) return false;
  const own = store.kind === 'minio' && (store.namespace === `minio.${step.cluster}` || isDeclared(store));
  return own || store.kind === 'webdav' || store.kind === 'rucio';
}

/** A declared server may be the cluster's own under another name: only the cluster can tell. */
function isDeclared(store: Store): boolean {
  return store.endpoint !== undefined;
}
