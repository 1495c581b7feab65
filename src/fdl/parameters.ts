/**
 * `parameters` of a file, and `${param:NAME}` in its values, which is replaced before anything else is made of them: a
 * value that is nothing but the reference gets the type of the parameter, inside of a text its text is put in.
 */
import type { Place } from '../errors.ts';
import { type Diagnostic, error, warning } from './diagnostic.ts';
import { isInline } from './normalise.ts';
import type { Field } from './schema/field.ts';
import { placeAt, type Source } from './source.ts';
import { nearest } from './suggest.ts';
import {
  childOf,
  entryOf,
  isNull,
  type MapNode,
  type ScalarNode,
  scalarValue,
  type TreeNode,
} from './tree.ts';
import { fieldBelow } from './validate.ts';

export type ParameterValue = string | number | boolean;

/** The parameters of a file in its order, by name; null where there is no value. */
export type ParameterValues = Readonly<Record<string, ParameterValue | null>>;

/** A value that somebody gave for a parameter. */
export interface GivenValue {
  readonly text: string;
  /** How it was given, for people: `--param`, or the name of a file. */
  readonly from: string;
  /** Where it stands, if it stands in a file. */
  readonly place?: Place;
}

/** By the names of parameters. */
export type GivenValues = ReadonlyMap<string, GivenValue>;

/** A file with the values of its parameters in place. */
interface Filled {
  /** References to parameters that have no value stay. */
  readonly root: TreeNode;
  readonly diagnostics: readonly Diagnostic[];
  readonly parameters: ParameterValues;
}

const NONE: GivenValues = new Map();

/** Puts the values of parameters into a file. */
export function fillParameters(
  fields: Field,
  root: TreeNode,
  source: Source,
  given: GivenValues = NONE,
): Filled {
  const section = entryOf(root, 'parameters');
  if (!section && given.size === 0 && !source.text.includes('${param:'))
    return { root, diagnostics: [], parameters: {} };
  const filling = new Filling(source, section ? declarationsOf(section.value) : [], given);
  const at = placeAt(source, section?.key.start ?? root.start);
  return filling.file(fields, root, at);
}

/** What a name is made of, so that `${param:NAME}` is told from what shells write, as in `${param:0:3}`. */
const NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const REFERENCE = /\$\{param:\s*([A-Za-z_][A-Za-z0-9_-]*)\s*(:-[^}]*)?\}/g;
const WHOLE = /^\s*\$\{param:\s*([A-Za-z_][A-Za-z0-9_-]*)\s*\}\s*$/;

/** The types of parameters, each with what a value of it is called. */
const TYPES = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
} as const;

type Type = keyof typeof TYPES;

interface Declaration {
  readonly name: string;
  readonly key: ScalarNode;
  readonly type: Type;
  readonly standard: ScalarNode | undefined;
  readonly choices: readonly ScalarNode[];
}

/** The parameters that a file declares; what is wrong with the form of the section, its schema says. */
function declarationsOf(section: TreeNode): readonly Declaration[] {
  if (section.kind !== 'map') return [];
  return section.entries.map(({ key, value }) => {
    const standard = scalarIn(value.kind === 'map' ? childOf(value, 'default') : value);
    const listed = childOf(value, 'enum');
    const choices = listed?.kind === 'list' ? listed.items.flatMap((item) => scalarIn(item) ?? []) : [];
    const sample = standard ?? choices[0];
    const type = typeNamed(scalarIn(childOf(value, 'type'))?.text) ?? (sample ? typeOf(sample) : 'string');
    return { name: key.text, key, type, standard, choices };
  });
}

function scalarIn(node: TreeNode | undefined): ScalarNode | undefined {
  return node?.kind === 'scalar' && !isNull(node) ? node : undefined;
}

function typeNamed(name: string | undefined): Type | undefined {
  return name !== undefined && Object.hasOwn(TYPES, name) ? (name as Type) : undefined;
}

function typeOf(node: ScalarNode): Type {
  const type = typeof scalarValue(node);
  return type === 'number' || type === 'boolean' ? type : 'string';
}

/** A text as a value of a type; nothing if it is none. */
function readAs(type: Type, text: string): ParameterValue | undefined {
  if (type === 'string') return text;
  const value = scalarValue({ kind: 'scalar', text: text.trim(), plain: true, start: 0, end: 0 });
  if (type === 'boolean') return typeof value === 'boolean' ? value : undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return type === 'number' || Number.isInteger(value) ? value : undefined;
}

class Filling {
  readonly #source: Source;
  readonly #declared: ReadonlyMap<string, Declaration>;
  readonly #given: GivenValues;
  readonly #texts = new Map<string, string>();
  readonly #used = new Set<string>();
  readonly #diagnostics: Diagnostic[] = [];

  constructor(source: Source, declarations: readonly Declaration[], given: GivenValues) {
    this.#source = source;
    this.#declared = new Map(declarations.map((each) => [each.name, each]));
    this.#given = given;
  }

  file(fields: Field, root: TreeNode, section: Place): Filled {
    const parameters: Record<string, ParameterValue | null> = Object.create(null);
    for (const declaration of this.#declared.values())
      parameters[declaration.name] = this.#valueOf(declaration) ?? null;
    for (const [name, given] of this.#given) {
      if (!this.#declared.has(name)) this.#sayUnknown(name, given.place ?? section, ` (${given.from})`);
    }
    const filled = root.kind === 'map' ? this.#top(fields, root) : root;
    for (const { name, key } of this.#declared.values()) {
      if (this.#used.has(name)) continue;
      const message = `the parameter ${name} is used nowhere`;
      const hint = `Use it as \${param:${name}}, or remove it.`;
      const details = { hint, isRemark: true };
      this.#diagnostics.push(warning('unused-parameter', message, placeAt(this.#source, key.start), details));
    }
    return { root: filled, diagnostics: this.#diagnostics, parameters };
  }

  /** The value that counts; what is wrong with it, or that there is none, is said. */
  #valueOf({ name, key, type, standard, choices }: Declaration): ParameterValue | undefined {
    const given = this.#given.get(name);
    const text = given?.text ?? standard?.text;
    const at = placeAt(this.#source, key.start);
    if (!NAME.test(name)) return this.#sayName(name, at);
    if (text === undefined) return this.#sayMissing(name, at);
    const place = given ? (given.place ?? at) : placeAt(this.#source, (standard ?? key).start);
    const value = readAs(type, text);
    const from = given && !given.place ? ` (${given.from})` : '';
    const refuse = (what: string, hint: string) => {
      const message = `the parameter ${name} ${what}${from}`;
      this.#diagnostics.push(error('parameter-value', message, place, { hint }));
      return undefined;
    };
    if (/\$\{(env|param):/.test(text)) {
      const hint = 'Parameters are shown in plans: write ${env:NAME} where the value is needed.';
      return refuse('has a value with a reference, which is not looked up', hint);
    }
    if (value === undefined)
      return refuse(`must be ${TYPES[type]}, but is "${text}"`, `Give ${TYPES[type]}.`);
    const listed = choices.map((choice) => choice.text);
    if (choices.length > 0 && !listed.some((each) => readAs(type, each) === value)) {
      const meant = nearest(text, listed);
      const hint = meant ? `Did you mean ${meant}?` : `Use one of ${listed.join(', ')}.`;
      return refuse(`is "${text}", not one of ${listed.join(', ')}`, hint);
    }
    this.#texts.set(name, type === 'string' ? text : text.trim());
    return value;
  }

  #sayName(name: string, place: Place): undefined {
    this.#used.add(name);
    const hint = 'Use letters, digits, "_" and "-", and start with a letter.';
    this.#diagnostics.push(error('parameter-name', `"${name}" cannot name a parameter`, place, { hint }));
  }

  #sayMissing(name: string, place: Place): undefined {
    const hint = `Give it with --param ${name}=VALUE, or in a file with --params FILE, or write a default.`;
    const message = `the parameter ${name} has no value`;
    this.#diagnostics.push(warning('missing-parameter', message, place, { hint, blocks: 'any' }));
  }

  #sayUnknown(name: string, place: Place, besides = ''): void {
    const known = [...this.#declared.keys()];
    const meant = nearest(name, known);
    const all =
      known.length > 0 ? `The file has ${known.join(', ')}.` : 'Declare it at the top: "parameters:".';
    const hint = meant ? `Did you mean ${meant}?` : all;
    this.#diagnostics.push(
      error('unknown-parameter', `there is no parameter ${name}${besides}`, place, { hint }),
    );
  }

  #top(fields: Field, root: MapNode): MapNode {
    return {
      ...root,
      entries: root.entries.map(({ key, value }) => {
        if (key.text === 'parameters') return { key, value };
        return { key, value: this.#node(fieldBelow(fields, key.text), value) };
      }),
    };
  }

  #node(field: Field | undefined, node: TreeNode): TreeNode {
    if (node.kind === 'scalar') return node.text.includes('${param:') ? this.#scalar(field, node) : node;
    if (node.kind === 'list')
      return { ...node, items: node.items.map((item) => this.#node(fieldBelow(field, 0), item)) };
    const entries = node.entries.map(({ key, value }) => {
      for (const [whole] of key.text.matchAll(REFERENCE)) this.#sayKey(whole, key);
      return { key, value: this.#node(fieldBelow(field, key.text), value) };
    });
    return { ...node, entries };
  }

  #sayKey(reference: string, key: ScalarNode): void {
    const message = `${reference} stands in a key, where nothing is replaced`;
    const hint = 'Parameters may stand in values only.';
    this.#diagnostics.push(error('parameter-in-key', message, placeAt(this.#source, key.start), { hint }));
  }

  #scalar(field: Field | undefined, node: ScalarNode): ScalarNode {
    if (field?.['x-file'] && isInline(node.text)) return this.#script(node);
    const [, alone] = WHOLE.exec(node.text) ?? [];
    const declaration = alone === undefined ? undefined : this.#declared.get(alone);
    const text = node.text.replace(REFERENCE, (whole, name: string, fallback?: string) =>
      this.#textOf(whole, name, fallback, node),
    );
    if (!declaration || !this.#texts.has(declaration.name)) return { ...node, text };
    return { ...node, text: text.trim(), plain: declaration.type !== 'string' };
  }

  /** What stands for a reference. */
  #textOf(whole: string, name: string, fallback: string | undefined, node: ScalarNode): string {
    const place = placeAt(this.#source, node.start);
    this.#used.add(name);
    if (!this.#declared.has(name)) this.#sayUnknown(name, place);
    else if (fallback !== undefined) {
      const hint = `Write the default below "parameters", as in ${name}: VALUE.`;
      const message = `${whole} has a default in its place, which parameters have where they are declared`;
      this.#diagnostics.push(error('parameter-default', message, place, { hint }));
    }
    return this.#texts.get(name) ?? whole;
  }

  /** A shell has a meaning of its own for what looks like a reference, so that nothing in a script is replaced. */
  #script(node: ScalarNode): ScalarNode {
    for (const [whole, name = ''] of node.text.matchAll(REFERENCE)) {
      if (!this.#declared.has(name)) continue;
      this.#used.add(name);
      const message = `${whole} stands in an inline script, where nothing is replaced`;
      const hint = `Hand it to the script as a variable, as in environment: {Variables: {${name}: "\${param:${name}}"}}.`;
      const place = placeAt(this.#source, node.start);
      this.#diagnostics.push(warning('parameter-in-script', message, place, { hint }));
    }
    return node;
  }
}
