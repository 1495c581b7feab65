/** The language as one schema: what all providers share, with what each of them and each kind of store adds. */
import { type Field, section, text, type Value } from './field.ts';
import { type NotificationTarget, notifications } from './notifications.ts';
import { parameters } from './parameters.ts';
import { type StoreSections, type storageEntry, storageProviders } from './storage.ts';

/** What one provider adds to the language. */
export interface Fragment {
  /** What stands below `functions`, by the name of the provider. */
  readonly functions: Field;
  /** Further sections at the top of the file. */
  readonly top?: Readonly<Record<string, Field>>;
}

const name = text({
  title: 'Workflow name',
  description:
    'What the workflow is called in plans, tags and names. Without it, the name of the file counts.',
  examples: ['video-analysis'],
  since: 'fdl 0.1.0',
  public: true,
});

/** A whole file in its normalised form. What stands below `functions` is known to the provider of that name. */
export interface FdlFile {
  readonly name?: string;
  readonly functions?: Readonly<Record<string, unknown>>;
  readonly storage_providers?: StorageProviders;
  readonly on_failure?: readonly NotificationTarget[];
  readonly on_success?: readonly NotificationTarget[];
  /** What stands in further sections is known to the provider that adds them. */
  readonly [section: string]: unknown;
}

/**
 * The schema of a whole FDL file: the source of validation, normalisation and the published JSON Schema. `fragments` are
 * by the names of providers, `stores` by those of kinds of stores.
 */
export function fdlSchema(
  fragments: Readonly<Record<string, Fragment>>,
  stores: StoreSections,
): Field<FdlFile> {
  const entries = Object.entries(fragments);
  const functions = section(
    Object.fromEntries(entries.map(([provider, fragment]) => [provider, fragment.functions])),
    {
      title: 'Functions',
      description: 'The steps of the workflow, by the provider that runs them.',
      since: 'SCAR, OSCAR 2.0.0',
    },
  );
  const sections = entries.flatMap(([, { top = {} }]) => Object.entries(top));
  const top = Object.fromEntries(sections.sort(([a], [b]) => (a < b ? -1 : 1)));
  return section(
    { name, parameters, functions, storage_providers: storageProviders(stores), ...notifications, ...top },
    {
      title: 'FDL workflow',
      description:
        'A data-driven workflow of containers: its steps, where their files are kept, and its clusters.',
      required: ['functions'],
    },
  );
}

/** One entry of `input` or `output`. */
export type StorageEntry = Value<typeof storageEntry>;
/** The credentials of object stores, by kind and id. */
type StorageProviders = Value<ReturnType<typeof storageProviders>>;
