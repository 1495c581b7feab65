/** Services of `functions.oscar` → steps. Defaults are those of OSCAR. */
import { type Diagnostic, warning } from '../fdl/diagnostic.ts';
import type { OscarService, StorageEntry } from '../fdl/schema/index.ts';
import type { Limits, OscarStep } from './model.ts';
import { parseMebibytes, parseQuantity } from './quantity.ts';
import { resolveScript } from './scripts.ts';
import {
  defined,
  LONGEST_PATH,
  readFolders,
  type StepContext,
  type StepEntry,
  variablesOf,
} from './steps.ts';

/** What a cluster gives a service that asks for nothing. */
export const OSCAR_DEFAULTS = { memory: '256Mi', cpu: '0.2' } as const;

/** One step and what is to be said of its entry. */
export function oscarStep(
  context: StepContext,
  entry: StepEntry & { readonly cluster: string },
  settings: OscarService,
): { step: OscarStep; diagnostics: readonly Diagnostic[] } {
  const { document, bases } = context;
  const { cluster } = entry;
  const inputs = foldersOf(context, entry, 'input', settings);
  const outputs = foldersOf(context, entry, 'output', settings);
  const scriptPlace = document.place([...entry.path, 'script']);
  const { script, diagnostics } = resolveScript(settings.script, scriptPlace, bases, entry.id);
  const step: OscarStep = {
    id: entry.id,
    name: settings.name ?? '',
    provider: 'oscar',
    cluster,
    mode: 'service',
    ...defined({ image: settings.image, script }),
    inputs: inputs.folders,
    outputs: outputs.folders,
    environment: variablesOf(settings.environment),
    limits: limitsOf(settings),
    serves: servesOnly(settings),
    place: document.place(entry.path),
    settings,
    replicas: settings.federation?.members ?? settings.replicas ?? [],
  };
  return { step, diagnostics: [...inputs.diagnostics, ...outputs.diagnostics, ...diagnostics] };
}

function foldersOf(
  context: StepContext,
  entry: StepEntry & { readonly cluster: string },
  key: 'input' | 'output',
  settings: OscarService,
) {
  const written = settings[key] ?? [];
  const meant = written.map((each) => ({ ...each, path: withBucket(each, settings.name) }));
  const { folders, diagnostics } = readFolders(context, entry, key, meant, `minio.${entry.cluster}`);
  const notes = written.flatMap((each, index) => {
    if (!each.path || meant[index]?.path === each.path) return [];
    const place = context.document.place([...entry.path, key, index, 'path']);
    const message = `"${each.path}" is read as the folder "${meant[index]?.path}": bucket and folder`;
    const hint = `Write "${meant[index]?.path}", or "bucket/folder"; OSCAR before 4.1.0 takes the word for a bucket.`;
    return [warning('path-without-bucket', message, place, { hint, step: entry.id })];
  });
  return { folders, diagnostics: [...diagnostics, ...notes] };
}

/**
 * On S3 and MinIO a path of one word is a folder in the bucket named like the service.
 * Rule: OSCAR since 4.1.0, `normalizeStoragePaths`; before, it was a bucket, which inputs could not use.
 */
function withBucket({ path = '', storage_provider }: StorageEntry, service: string | undefined): string {
  if (path.length > LONGEST_PATH) return path;
  const words = path.trim().replace(/^\/+|\/+$/g, '');
  const kind = (storage_provider ?? 'minio').trim().toLowerCase().split('.')[0];
  const isBucketStore = kind === '' || kind === 'minio' || kind === 's3';
  return isBucketStore && words !== '' && !words.includes('/') && service ? `${service}/${words}` : path;
}

function limitsOf({ memory, cpu, enable_gpu }: OscarService): Limits {
  return {
    ...defined({
      memoryMib: parseMebibytes(memory ?? OSCAR_DEFAULTS.memory),
      cpus: parseQuantity(cpu ?? OSCAR_DEFAULTS.cpu),
    }),
    gpus: enable_gpu ? 1 : 0,
  };
}

/** A service without a script, or an exposed one that listens to no files, answers requests only. */
function servesOnly({ script, expose, kserve, input }: OscarService): boolean {
  return script === undefined || ((expose !== undefined || kserve !== undefined) && !input?.length);
}
