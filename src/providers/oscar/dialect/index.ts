/** What OSCAR knows of the language. */
import { eachStep } from '../../../workflow/check.ts';
import type { Dialect } from '../../../workflow/dialect.ts';
import { CONTENT, LIMITS } from './checks.ts';
import { bodiless, movedFields, services, withoutCluster } from './quirks.ts';
import { clustersOf, isOscar, oscarEntries, oscarStep, type ServiceEntry, standIns } from './step.ts';
import { hears, neededOf, STORES } from './stores.ts';

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
  checks: [eachStep(isOscar, [...CONTENT, ...LIMITS, ...STORES])],
  hears,
  hearingHint: 'Services listen to the MinIO of their cluster: "storage_provider: minio.default".',
  needs: neededOf,
  call: () => ({ takesBytes: true, async: false, dryRun: false, content: { event: {} } }),
};
