/** Turns the schema of the language into a JSON Schema document and a compiled validator. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Ajv from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';

const HEAD = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'urn:fdl:workflow',
};

const AJV_OPTIONS = {
  allErrors: true,
  messages: false,
  strict: false,
  verbose: false,
  inlineRefs: false,
  code: { source: true, esm: true },
};

/** The whole language: what the core has, and what each kind of store and each provider adds. */
const WHOLE = `
  import { fdlSchema } from './src/fdl/schema/index.ts';
  import { DIALECTS } from './src/providers/dialects.ts';
  import { storeSections } from './src/storage/kinds.generated.js';
  const stores = storeSections();
  const parts = await Promise.all(DIALECTS.map(async ({ name, schema }) => [name, await schema(stores)]));
  export default fdlSchema(Object.fromEntries(parts), stores);
`;

const NAMES = "export { STORE_KINDS as default } from './src/store-kinds.ts'";

/**
 * The schema of an FDL file; sub-schemas that are used in several places are one object. `root` is the folder of the
 * project.
 */
export async function loadSchema(root) {
  const kinds = kindsSource(await loaded(root, NAMES));
  await writeFile(join(root, 'src/storage/kinds.generated.js'), kinds);
  return loaded(root, WHOLE);
}

/**
 * The source of an ES module with what the file of each kind of store exports. The sections are made by a function, so that
 * esbuild leaves them out of programs that do not call it.
 */
function kindsSource(names) {
  const imports = names.map(
    (name) => `import { kind as ${name}, schema as ${name}Schema } from './kinds/${name}.ts';`,
  );
  const sections = names.map((name) => `${name}: ${name}Schema()`);
  const tables = [
    `export const KINDS = { ${names.join(', ')} };`,
    `export const storeSections = () => ({ ${sections.join(', ')} });`,
  ];
  return `${[...imports, ...tables].join('\n')}\n`;
}

/** What a module that stands in the folder of the project exports by default. */
async function loaded(root, contents) {
  const options = { bundle: true, write: false, format: 'esm', platform: 'node', logLevel: 'silent' };
  const { outputFiles } = await build({ ...options, stdin: { contents, resolveDir: root } });
  const url = `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`;
  return (await import(url)).default;
}

const isObject = (value) => typeof value === 'object' && value !== null;

/** The schemas directly below a schema: of its properties, its items or its other values. */
function children(schema) {
  return [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties].filter(
    isObject,
  );
}

/** Every map with fields of its own, with the number of places that use it. */
function countUses(schema, uses = new Map()) {
  const seen = uses.get(schema) ?? 0;
  if (schema.properties) uses.set(schema, seen + 1);
  if (seen === 0) for (const child of children(schema)) countUses(child, uses);
  return uses;
}

/** The maps that are used more than once, each with a name made of its title. */
function nameShared(uses) {
  const shared = [...uses].filter(([, count]) => count > 1).map(([schema]) => schema);
  const named = shared.map((schema) => [schema, schema.title.toLowerCase().replace(/[^a-z0-9]+/g, '-')]);
  const names = new Set(named.map(([, name]) => name));
  if (names.size < named.length) throw new Error(`shared schemas need titles of their own: ${[...names]}`);
  return new Map(named);
}

const ref = (name) => ({ $ref: `#/definitions/${name}` });

/** A copy in which shared schemas are references; `whole` is the one schema that is written out in any case. */
function referenced(value, names, whole) {
  if (Array.isArray(value)) return value.map((item) => referenced(item, names));
  if (!isObject(value)) return value;
  if (value !== whole && names.has(value)) return ref(names.get(value));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, referenced(item, names)]));
}

/** The JSON Schema document of an FDL file, as plain data. */
export function schemaDocument(schema) {
  const names = nameShared(countUses(schema));
  const definitions = Object.fromEntries(
    [...names].map(([shared, name]) => [name, referenced(shared, names, shared)]),
  );
  return { ...HEAD, ...referenced(schema, names), definitions };
}

/**
 * The JSON Schema of what commands print: a definition for each command (`cluster-add`), for what several of them have,
 * and for the `failure` of any. What is used in several places is written out once.
 */
export function outputDocument({ SHARED, DOCUMENTS, FAILURE }) {
  const all = Object.entries({ failure: FAILURE, ...SHARED, ...DOCUMENTS });
  const named = all.map(([name, schema]) => [schema, name.replaceAll(' ', '-')]);
  // Of equal ones, the first has the text.
  const names = new Map(named.toReversed());
  const written = (schema, name) =>
    names.get(schema) === name ? referenced(schema, names, schema) : ref(names.get(schema));
  return {
    ...HEAD,
    $id: 'urn:fdl:output',
    title: 'What fdl prints with --json',
    description:
      'The definition with the name of a command is what it prints; `failure` is what any prints that fails.',
    definitions: Object.fromEntries(named.map(([schema, name]) => [name, written(schema, name)])),
  };
}

/** What a field says of itself for people; a validator has no use for it. */
const ANNOTATION = /^(title|description|default|examples|deprecated|deprecationMessage|x-.*)$/;

/**
 * A reference to a schema, which `table` then holds without annotations, by its text. Equal schemas are written once,
 * so the validator has one function for each kind of field, and half the code of inlined checks.
 */
function interned(schema, table) {
  const rules = Object.entries(schema).filter(([keyword]) => !ANNOTATION.test(keyword));
  const below = (value) => (isObject(value) && !Array.isArray(value) ? interned(value, table) : value);
  const text = JSON.stringify(
    Object.fromEntries(
      rules.map(([keyword, value]) => [
        keyword,
        keyword === 'properties' ? each(value, below) : below(value),
      ]),
    ),
  );
  if (!table.has(text)) table.set(text, `s${table.size}`);
  return { $ref: `#/definitions/${table.get(text)}` };
}

const each = (map, change) =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));

/** What of a field the program reads at run time; what it says of itself is for editors and documentation. */
const READ = /^(items|properties|additionalProperties|anyOf|enum|deprecationMessage|x-(?!since).*)$/;

/**
 * A name for a value of the schema, whose definition `lines` then has; equal values are written once. As code it is a
 * fraction of the sources, which every start of the program would have to compile.
 */
function declared(value, lines) {
  if (!isObject(value)) return JSON.stringify(value);
  const isMap = !Array.isArray(value);
  const entries = Object.entries(value).map(([key, inner]) => [key, declared(inner, lines)]);
  const text = isMap
    ? `{${entries.map(([key, name]) => `${JSON.stringify(key)}:${name}`).join(',')}}`
    : `[${entries.map(([, name]) => name).join(',')}]`;
  if (!lines.has(text)) lines.set(text, `f${lines.size}`);
  return lines.get(text);
}

/** The schema without what nobody reads at run time. */
function slim(schema) {
  const kept = Object.entries(schema).filter(([keyword]) => READ.test(keyword));
  const below = (value) => (isObject(value) && !Array.isArray(value) ? slim(value) : value);
  return Object.fromEntries(
    kept.map(([keyword, value]) => [keyword, keyword === 'properties' ? each(value, below) : below(value)]),
  );
}

/** The source of an ES module that exports a schema as `normalise` walks it. */
export function fieldsSource(schema) {
  const lines = new Map();
  const name = declared(slim(schema), lines);
  const code = [...lines].map(([text, each]) => `const ${each}=${text};`);
  return `${code.join('\n')}\nexport default ${name};\n`;
}

/** Adds what a function of a kind of field finds. A copy of all errors so far for each one takes minutes for 100,000. */
const FOUND = `
function found(validate, data, instancePath, all) {
  if (validate(data, { instancePath })) return all;
  if (all === null) return validate.errors;
  for (const error of validate.errors) all.push(error);
  return all;
}`;

/** What ajv writes at length, or for keywords and messages that there are none of here: all of it is compiled at every start. */
const NEEDLESS = [
  [/, parentData, parentDataProperty, rootData=data\}/g, '}'],
  [/,(?:parentData:data,)?parentData(?:Property:(?:"[^"]*"|\w+)|,parentDataProperty),rootData\}/g, '}'],
  [/,schemaPath:"[^"]*"/g, ''],
  [
    /if\(!\((validate\d+)\(([^ ]+), \{instancePath(?::([^}]+))?\}\)\)\)\{vErrors = vErrors === null \? \1\.errors : vErrors\.concat\(\1\.errors\);errors = vErrors\.length;\}/g,
    (_, validate, data, at = 'instancePath') =>
      `vErrors=found(${validate},${data},${at},vErrors);errors=vErrors?.length??0;`,
  ],
  [/params:\{(?:type|allowedValues|pattern): [^}]*\}/g, 'params:{}'],
];

/** The source of an ES module whose default export is ajv's `validate(data)` for an FDL file. */
export function validatorSource(schema) {
  const table = new Map();
  const whole = interned(schema, table);
  const definitions = Object.fromEntries([...table].map(([text, name]) => [name, JSON.parse(text)]));
  const ajv = new Ajv(AJV_OPTIONS);
  const code = standalone.default(ajv, ajv.compile({ ...HEAD, ...whole, definitions }));
  return `${NEEDLESS.reduce((text, [what, by]) => text.replace(what, by), code)}\n${FOUND}`;
}
