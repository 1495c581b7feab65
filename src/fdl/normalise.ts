/**
 * Tree + schema → values in one form: `cpu: 1.10` is the text `1.10`, `suffix: wav` a list of one, `memory: "512"` a
 * number, an empty section is absent. Names from the environment are filled in on the way.
 */
import type { Place } from '../errors.ts';
import { Secret } from '../secret.ts';
import { unsetIn } from '../unset.ts';
import { type Diagnostic, error, warning } from './diagnostic.ts';
import { type Environment, interpolate } from './interpolate.ts';
import type { Field, Scalar } from './schema/field.ts';
import { placeAt, type Source } from './source.ts';
import { type Entry, isNull, type ListNode, type ScalarNode, scalarValue, type TreeNode } from './tree.ts';

interface Normalised {
  readonly value: unknown;
  readonly diagnostics: readonly Diagnostic[];
  /** Texts that no output may show. */
  readonly secrets: readonly string[];
  /** All values of the environment, those of public fields as well: no finding quotes them. */
  readonly environmentValues: readonly string[];
  readonly unset: readonly Unset[];
}

/** A reference whose value is not known, and where it stands. */
export interface Unset {
  /** `${env:NAME}` or `${param:NAME}`. */
  readonly reference: string;
  readonly place: Place;
  /** Whether only scripts need it. */
  readonly forScripts: boolean;
  /** Whether it is one that no plan shows. */
  readonly isSecret: boolean;
}

/** Normalises what the schema knows; other keys are left out. Values of a wrong type are left out too. */
export function normalise(
  schema: Field,
  root: TreeNode,
  source: Source,
  environment: Environment,
): Normalised {
  const walk = new Walk(source, environment);
  const value = walk.value(schema, root) ?? {};
  return {
    value,
    diagnostics: walk.diagnostics,
    secrets: [...walk.secrets],
    environmentValues: [...walk.environmentValues],
    unset: walk.unset,
  };
}

/** Whether a text of a file field is the content itself and not a path: it has several lines, or is a line of shell. */
export function isInline(text: string): boolean {
  if (text.trimEnd().includes('\n') || text.startsWith('#!')) return true;
  return text.endsWith('\n') && /\s/.test(text.slice(0, -1));
}

const ANY_TEXT: Field = { 'x-scalar': 'text' };

class Walk {
  readonly diagnostics: Diagnostic[] = [];
  readonly secrets = new Set<string>();
  readonly environmentValues = new Set<string>();
  readonly unset: Unset[] = [];
  readonly #source: Source;
  readonly #environment: Environment;
  /** Sections around the current value that have no effect themselves. */
  #inert = 0;

  constructor(source: Source, environment: Environment) {
    this.#source = source;
    this.#environment = environment;
  }

  value(field: Field, node: TreeNode): unknown {
    if (isNull(node)) return undefined;
    if (field['x-scalar']) return node.kind === 'scalar' ? this.#scalar(field, node) : undefined;
    if (field['items']) return this.#list(field['items'] as Field, node);
    if (field['properties']) return this.#section(field['properties'] as Record<string, Field>, node);
    if (field['additionalProperties']) return this.#record(field['additionalProperties'] as Field, node);
    return this.#anything(node);
  }

  /** Data of the user's own shape; its texts are interpolated like all others. */
  #anything(node: TreeNode): unknown {
    if (node.kind === 'list') return node.items.map((item) => this.#anything(item));
    if (node.kind === 'map') {
      return Object.fromEntries(node.entries.map(({ key, value }) => [key.text, this.#anything(value)]));
    }
    const value = scalarValue(node);
    return typeof value === 'string' ? (this.#scalar(ANY_TEXT, node) ?? '') : value;
  }

  #section(fields: Readonly<Record<string, Field>>, node: TreeNode): unknown {
    if (node.kind !== 'map') return undefined;
    const section: Record<string, unknown> = {};
    for (const entry of node.entries) {
      const { text } = entry.key;
      const field = Object.hasOwn(fields, text) ? fields[text] : undefined;
      const normalised = field && this.#entry(field, entry);
      if (normalised !== undefined) section[text] = normalised;
    }
    return section;
  }

  #entry(field: Field, { key, value }: Entry): unknown {
    const instead = field['deprecationMessage'] as string | undefined;
    if (instead === undefined || isNull(value)) return this.value(field, value);
    if (this.#inert === 0) {
      const hint = `${instead.charAt(0).toUpperCase()}${instead.slice(1)}`;
      this.#say(warning, 'deprecated', `"${key.text}" is out of use`, key, hint);
    }
    this.#inert++;
    const normalised = this.value(field, value);
    this.#inert--;
    return normalised;
  }

  /** Keys stay even without a value: `- my-cluster:` names a service, `NAME:` a variable. */
  #record(field: Field, node: TreeNode): unknown {
    if (node.kind !== 'map') return undefined;
    const empty = field['x-scalar'] ? '' : {};
    const record: Record<string, unknown> = Object.create(null);
    for (const { key, value } of node.entries) record[key.text] = this.value(field, value) ?? empty;
    return record;
  }

  /** One scalar that stands where a list is due is a list of one. */
  #list(item: Field, node: TreeNode): unknown {
    if (node.kind === 'scalar' && item['x-scalar'])
      return this.#list(item, { ...node, kind: 'list', items: [node] });
    if (node.kind !== 'list') return undefined;
    const separate = item['x-word'] ? this.#separated(node) : node;
    // An empty item stays, so that those behind it keep their numbers.
    const empty = item['x-scalar'] ? undefined : {};
    return separate.items.map((each) => this.value(item, each) ?? empty).filter((each) => each !== undefined);
  }

  /**
   * Items that are one word each: an item with spaces is several items whose dashes were forgotten,
   * which YAML folds into one text.
   */
  #separated(list: ListNode): ListNode {
    const items = list.items.flatMap((item) => {
      if (item.kind !== 'scalar' || !/\S\s+\S/.test(item.text)) return [item];
      const words = item.text.trim().split(/\s+/);
      const message = `"${item.text}" is read as ${words.length} items`;
      this.#say(warning, 'folded-items', message, item, 'Put each item on a line of its own, with a dash.');
      return words.map((text) => ({ ...item, text }));
    });
    return { ...list, items };
  }

  #scalar(field: Field, node: ScalarNode): unknown {
    const kind = field['x-scalar'] as Scalar;
    if (field['x-file'] && isInline(node.text)) return node.text;
    const { text, values, missing } = interpolate(node.text, this.#environment);
    for (const name of missing) this.#sayMissing(name, node);
    for (const value of values) this.environmentValues.add(value);
    if (!field['x-public']) for (const value of values) this.secrets.add(value);
    const reference = missing.length > 0 || text.includes('${param:') ? unsetIn(text) : undefined;
    if (reference !== undefined) return this.#unset(reference, field, text, node);
    if (kind === 'secret') this.secrets.add(text);
    if (kind === 'secret' || (field['x-environment'] && values.length > 0)) return new Secret(text);
    if (kind === 'text') return this.#text(field, text, node);
    return this.#number(kind, text, node);
  }

  /** What needs the value finds the reference in its place; a variable of a script stays empty, a number has its default. */
  #unset(reference: string, field: Field, text: string, node: ScalarNode): unknown {
    const forScripts = field['x-environment'] === true;
    const isSecret = field['x-scalar'] === 'secret';
    this.unset.push({ reference, place: placeAt(this.#source, node.start), forScripts, isSecret });
    if (forScripts) return undefined;
    if (isSecret) return new Secret(text);
    return field['x-scalar'] === 'text' ? text : undefined;
  }

  #sayMissing(name: string, node: ScalarNode): void {
    const hint = `Set it, or write a default: \${env:${name}:-default}.`;
    const message = `the environment variable ${name} is not set`;
    const place = placeAt(this.#source, node.start);
    this.diagnostics.push(warning('unset-variable', message, place, { hint, blocks: 'any' }));
  }

  /** Says of values that the schema could not judge when they are none of those that work. */
  #text(field: Field, text: string, node: ScalarNode): string {
    if (!field['anyOf']) return text;
    const [{ enum: values = [] } = {}] = field['anyOf'] as readonly { enum?: readonly string[] }[];
    const unjudged = typeof scalarValue(node) !== 'string' || node.text.includes('${');
    if (!unjudged || ['', ...values].some((each) => each.toLowerCase() === text.toLowerCase())) return text;
    // What the file says, and not what the environment made of it.
    const message = `"${node.text}" is not one of ${values.join(', ')}`;
    const hint = `Use one of ${values.join(', ')}.`;
    this.diagnostics.push(
      warning('unknown-value', message, placeAt(this.#source, node.start), { hint, blocks: 'cloud' }),
    );
    return text;
  }

  #number(kind: Scalar, text: string, node: ScalarNode): unknown {
    const word = text.trim();
    if (kind === 'flag') {
      if (/^(true|yes|on)$/i.test(word)) return true;
      if (/^(false|no|off)$/i.test(word)) return false;
    } else if (word !== '' && Number.isFinite(Number(word))) {
      if (kind === 'number' || Number.isInteger(Number(word))) return Number(word);
    }
    // Of other texts the schema has said it already.
    if (node.text.includes('${')) {
      const hint = `Write ${expected(kind)}, or \${env:NAME} for a variable of the environment that holds one.`;
      this.#say(error, 'wrong-type', `"${node.text}" does not give ${expected(kind)}`, node, hint);
    }
    return undefined;
  }

  #say(make: typeof error, code: string, message: string, node: TreeNode, hint?: string): void {
    this.diagnostics.push(make(code, message, placeAt(this.#source, node.start), { hint }));
  }
}

/** What a scalar of this kind looks like, in words. */
export function expected(kind: Scalar): string {
  return {
    text: 'a text',
    secret: 'a text',
    integer: 'a whole number',
    number: 'a number',
    flag: 'true or false',
  }[kind];
}
