/** Walks the schema of the language, so that tests can say something about every field of it. */
import type { Field } from '../../src/fdl/schema/field.ts';
import { fdlSchema } from '../../src/fdl/schema/index.ts';
import { DIALECTS } from '../../src/providers/dialects.ts';
import { storeSections } from '../../src/storage/kinds.generated.js';

const stores = storeSections();
const fragments = DIALECTS.map(async ({ name, schema }) => [name, await schema(stores)] as const);

/** The schema of the whole language. */
export const SCHEMA = fdlSchema(Object.fromEntries(await Promise.all(fragments)), stores);

/** A field and where it stands: `[]` for the items of a list, `<*>` for a name that the user chooses. */
export interface PlacedField {
  readonly path: string;
  readonly field: Field;
}

/** A field and all fields below it, in the order of the schema. */
export function fieldsOf(field: Field, path = ''): readonly PlacedField[] {
  const named = Object.entries((field['properties'] ?? {}) as Record<string, Field>);
  const { items, additionalProperties: values } = field as { items?: Field; additionalProperties?: unknown };
  return [
    { path, field },
    ...named.flatMap(([name, child]) => fieldsOf(child, path === '' ? name : `${path}.${name}`)),
    ...(items ? fieldsOf(items, `${path}[]`) : []),
    ...(values ? fieldsOf(values as Field, `${path}.<*>`) : []),
  ];
}

/** What a field takes, in words: `integer`, `list of text`, `map of secret`, `section`. */
export function kindOf(field: Field): string {
  const { items, additionalProperties: values } = field as { items?: Field; additionalProperties?: unknown };
  if (items) return `list of ${kindOf(items)}`;
  if (values) return `map of ${kindOf(values as Field)}`;
  return field['properties'] ? 'section' : ((field['x-scalar'] as string | undefined) ?? 'anything');
}

/** One line about a field: path, kind, default, releases that know it, and whether it is out of use. */
export function lineOf({ path, field }: PlacedField): string {
  const parts = [
    `${path}: ${kindOf(field)}`,
    field['default'] === undefined ? '' : ` = ${JSON.stringify(field['default'])}`,
    field['x-since'] ? `; ${field['x-since']}` : '',
    field['deprecated'] ? '; deprecated' : '',
  ];
  return parts.join('');
}
