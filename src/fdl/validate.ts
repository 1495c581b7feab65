/** Tree + JSON Schema → findings. The validator is compiled from the schema at build time. */
import { type Diagnostic, error, MAX_FINDINGS, warning } from './diagnostic.ts';
import { expected } from './normalise.ts';
import type { Field, Scalar } from './schema/field.ts';
import { shownKey } from './secret-name.ts';
import { placeAt, type Source } from './source.ts';
import { nearest } from './suggest.ts';
import { entryOf, locate, nodeAt, type Path, type TreeNode, toData } from './tree.ts';

/** What the validator that was compiled from the schema found. */
interface SchemaError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: { readonly additionalProperty?: string; readonly missingProperty?: string };
}

/** The compiled schema: whether data fits, and else, until the next call, why not. */
export interface Validate {
  (data: unknown): boolean;
  errors?: readonly SchemaError[] | null;
}

/** Checks a tree against a schema and what was compiled from it. */
export function validateTree(
  schema: Field,
  validate: Validate,
  root: TreeNode,
  source: Source,
): readonly Diagnostic[] {
  if (validate(toData(root))) return [];
  const all = validate.errors ?? [];
  const listed = new Set(
    all.filter(({ keyword }) => keyword === 'anyOf').map(({ instancePath }) => instancePath),
  );
  // The branches of a list of allowed values repeat what the list itself says.
  const isBranch = ({ keyword, instancePath }: SchemaError) =>
    keyword !== 'anyOf' && listed.has(instancePath);
  const kinds: Record<string, SchemaError[]> = { error: [], anyOf: [], additionalProperties: [] };
  for (const each of all) if (!isBranch(each)) (kinds[each.keyword] ?? kinds['error'])?.push(each);
  // Of each kind as many as are shown and one more: warnings must not push an error out of the list.
  const first = Object.values(kinds).flatMap((found) => found.slice(0, MAX_FINDINGS + 1));
  return first.map((each) => new Finding(schema, root, source, each).diagnostic());
}

class Finding {
  readonly #schema: Field;
  readonly #root: TreeNode;
  readonly #source: Source;
  readonly #error: SchemaError;
  readonly #path: Path;

  constructor(schema: Field, root: TreeNode, source: Source, found: SchemaError) {
    this.#schema = schema;
    this.#root = root;
    this.#source = source;
    this.#error = found;
    this.#path = found.instancePath.split('/').slice(1).map(unescapePointer);
  }

  diagnostic(): Diagnostic {
    switch (this.#error.keyword) {
      case 'additionalProperties':
        return this.#unknownKey(this.#error.params.additionalProperty ?? '');
      case 'required':
        return this.#missingKey(this.#error.params.missingProperty ?? '');
      case 'anyOf':
        return this.#unknownValue();
      case 'enum':
        return this.#impossibleValue();
      default:
        return this.#wrongType();
    }
  }

  #unknownKey(key: string): Diagnostic {
    const field = this.#field();
    const at = placeAt(this.#source, this.#keyOf(key).start);
    return warning('unknown-key', `unknown key "${shownKey(key)}" ${this.#where()}`, at, {
      hint: suggestKey(field, key),
    });
  }

  #missingKey(key: string): Diagnostic {
    const at = placeAt(this.#source, locate(this.#root, this.#path).start);
    return error('missing-key', `"${key}" is missing ${this.#where()}`, at, { hint: `Add "${key}:".` });
  }

  #unknownValue(): Diagnostic {
    const choices = (this.#field()?.['anyOf'] ?? []) as readonly Field[];
    const values = (choices[0]?.['enum'] ?? []) as readonly string[];
    const node = this.#node();
    const text = node.kind === 'scalar' ? node.text : '';
    const meant = nearest(text, values);
    const hint = meant ? `Did you mean ${meant}?` : `Use one of ${values.join(', ')}.`;
    const at = placeAt(this.#source, node.start);
    const message = `${this.#name()} is "${text}", not one of ${values.join(', ')}`;
    return warning('unknown-value', message, at, { hint, blocks: 'cloud' });
  }

  /** Of a field whose values `fdl` alone reads. */
  #impossibleValue(): Diagnostic {
    const values = ((this.#field()?.['enum'] ?? []) as readonly unknown[]).filter((each) => each !== null);
    const node = this.#node();
    const text = node.kind === 'scalar' ? node.text : '';
    const meant = nearest(text, values.map(String));
    const hint = meant ? `Did you mean ${meant}?` : `Use one of ${values.join(', ')}.`;
    const message = `${this.#name()} is "${text}", not one of ${values.join(', ')}`;
    return error('wrong-type', message, placeAt(this.#source, node.start), { hint });
  }

  #wrongType(): Diagnostic {
    const node = this.#node();
    const field = this.#field();
    const wanted = wantedOf(field);
    const message = `${this.#name()} must be ${wanted}, but is ${this.#shown(node, field)}`;
    const parent = fieldAt(this.#schema, this.#path.slice(0, -1));
    const isNamed = parent?.['additionalProperties'] === field && !field?.['x-scalar'];
    const hint =
      isNamed && node.kind === 'scalar'
        ? `Put a line with a name of your own above ${this.#name()}, and indent ${this.#name()} below it.`
        : typeHint(field, node);
    return error('wrong-type', message, placeAt(this.#source, node.start), { hint });
  }

  /** A value that stands one level too high may be the secret of the section that is due. */
  #shown(node: TreeNode, field: Field | undefined): string {
    if (node.kind !== 'scalar') return `a ${node.kind}`;
    if (!field?.['x-scalar'] && !field?.['items']) return 'a text';
    if (field['x-scalar'] === 'secret' || field['x-environment']) return 'another text';
    return node.text.length > 60 ? `a text of ${node.text.length} characters` : `"${node.text}"`;
  }

  /** The value that is wrong. */
  #node(): TreeNode {
    return nodeAt(this.#root, this.#path) ?? this.#root;
  }

  /** An unknown key of the section that is wrong. */
  #keyOf(key: string): TreeNode {
    const section = this.#node();
    return entryOf(section, key)?.key ?? section;
  }

  #field(): Field | undefined {
    return fieldAt(this.#schema, this.#path);
  }

  #name(): string {
    return this.#path.length === 0 ? 'the file' : `"${this.#path.at(-1)}"`;
  }

  #where(): string {
    const section = this.#path.filter((key) => !/^\d+$/.test(String(key))).join('.');
    return section ? `in "${section}"` : 'at the top of the file';
  }
}

function unescapePointer(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** The field that a path of keys and indexes leads to. */
function fieldAt(schema: Field, path: Path): Field | undefined {
  return path.reduce<Field | undefined>(fieldBelow, schema);
}

/** The field of a value at a key of a section, or of an item of a list. */
export function fieldBelow(field: Field | undefined, key: string | number): Field | undefined {
  const fields = field?.['properties'] as Record<string, Field> | undefined;
  if (fields && Object.hasOwn(fields, key)) return fields[key];
  return (field?.['items'] ?? field?.['additionalProperties'] ?? undefined) as Field | undefined;
}

function wantedOf(field: Field | undefined): string {
  if (field?.['x-scalar']) return expected(field['x-scalar'] as Scalar);
  return field?.['items'] ? 'a list' : 'a map';
}

function typeHint(field: Field | undefined, node: TreeNode): string {
  if (field?.['items']) return 'Write each item on a line of its own, starting with "- ".';
  if (!field?.['x-scalar']) return 'Write "key: value" lines below it, indented.';
  if (node.kind === 'list') return 'A value in [brackets] is a list: put it into quotes if it is a text.';
  return `Write ${expected(field['x-scalar'] as Scalar)}.`;
}

/** A key of the same section with nearly this name, or one of this name in a section below. */
function suggestKey(section: Field | undefined, key: string): string | undefined {
  const fields = (section?.['properties'] ?? {}) as Record<string, Field>;
  const meant = nearest(key, Object.keys(fields));
  if (meant) return `Did you mean "${meant}"?`;
  const inner = Object.entries(fields).find(([, field]) => {
    const below = field['properties'] as Record<string, Field> | undefined;
    return below && Object.hasOwn(below, key);
  });
  return inner
    ? `Did you mean "${inner[0]}.${key}"?`
    : 'It has no effect: remove it, or check its name and indentation.';
}
