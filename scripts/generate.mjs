/**
 * Writes what is made from the sources and checked in: the JSON Schema for editors, the references of fields and
 * commands, manual pages, completions of shells, the licences of what is bundled, and the list of imports in
 * ARCHITECTURE.md. `--check` writes nothing and fails where a file is not up to date.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { notices } from './build.mjs';
import { manPages } from './man.mjs';
import { loadSchema, outputDocument, schemaDocument } from './schema.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The exports of a module of the sources. */
async function load(path) {
  const options = { bundle: true, write: false, format: 'esm', platform: 'node', logLevel: 'silent' };
  // What a command does is loaded when it runs; here only what it says of itself counts.
  const handlers = {
    name: 'handlers',
    setup: (b) => b.onResolve({ filter: /^\.\.?\/[a-z-]+\.ts$/ }, external),
  };
  const external = ({ kind, path: module }) =>
    kind === 'dynamic-import' ? { path: module, external: true } : undefined;
  const { outputFiles } = await build({ ...options, entryPoints: [join(root, path)], plugins: [handlers] });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

/** JSON with short lists of plain values on one line, as a person would write them. */
function jsonText(value) {
  return `${JSON.stringify(value, null, 2).replace(/\[\n\s+([^[\]{}]*?)\n\s+\]/g, (_, inner) => `[${inner.replace(/\n\s+/g, ' ')}]`)}\n`;
}

const KINDS = {
  text: 'text',
  secret: 'text, secret',
  integer: 'whole number',
  number: 'number',
  flag: 'true or false',
};

/** One row for each field below a section of the schema. */
function fieldRows(field, path) {
  if (field.items) return fieldRows(field.items, `${path}[]`);
  const fields = Object.entries(field.properties ?? {});
  const rest = typeof field.additionalProperties === 'object' ? [['<name>', field.additionalProperties]] : [];
  return [...fields, ...rest].flatMap(([name, inner]) => {
    const at = path ? `${path}.${name}` : name;
    const leaf = inner.items?.['x-scalar'] ? inner.items : inner;
    const kind = leaf['x-scalar']
      ? `${inner.items ? 'list of ' : ''}${KINDS[leaf['x-scalar']]}`
      : inner.items
        ? 'list'
        : 'section';
    const standard = inner.default === undefined ? '' : `\`${JSON.stringify(inner.default)}\``;
    const about = (inner.description ?? '').replaceAll('|', '\\|');
    return [`| \`${at}\` | ${kind} | ${standard} | ${about} |`, ...fieldRows(inner, at)];
  });
}

function fieldsPage(schema) {
  const head = [
    '# Fields of an FDL file',
    '',
    'Made from the schema in `src/fdl/schema`, `src/providers/*/dialect/schema` and `src/storage/kinds` by `npm run generate`. `[]` is an item of a list, `<name>` a name of your own.',
    '',
    '| field | kind | default | meaning |',
    '| --- | --- | --- | --- |',
  ];
  return `${[...head, ...fieldRows(schema, '')].join('\n')}\n`;
}

/** A section for a command, and one for each command below it. */
function commandSections(spec, above = 'fdl') {
  const { name, arguments: args, argumentHelp, summary, options, examples, subcommands = [] } = spec;
  const whole = `${above} ${name}`;
  const own = [
    `## ${whole}`,
    '',
    `\`${[whole, args].filter(Boolean).join(' ')}\`: ${summary}.`,
    '',
    ...(args ?? '')
      .split(' ')
      .filter(Boolean)
      .map((each, index) => `- \`${each}\`: ${argumentHelp?.[index] ?? ''}`),
    ...options.map(({ flags, description, choices, default: standard }) => {
      const values = choices ? ` (${choices.join(', ')}${standard ? `; default ${standard}` : ''})` : '';
      return `- \`${flags}\`: ${description}${values}`;
    }),
    '',
    '```sh',
    ...examples.map(([line, what]) => `${line}  # ${what}`),
    '```',
    '',
  ];
  return [...own, ...subcommands.flatMap((below) => commandSections(below, whole))];
}

function commandsPage(catalog) {
  const sections = catalog.flatMap((spec) => commandSections(spec));
  const head = ['# Commands', '', 'Made from `src/commands/catalog.ts` by `npm run generate`.', ''];
  return `${[...head, ...sections].join('\n').trimEnd()}\n`;
}

/** A page with the list between its marks, which says what each room of the sources may import. */
function withRooms(page, rooms) {
  const rows = Object.entries(rooms).map(([room, uses]) => {
    const names = uses.map((name) => `\`${name}\``).join(', ');
    return `| \`src/${room}/\` | ${names || 'none'} |`;
  });
  const table = ['| room | rooms that it may import |', '| --- | --- |', ...rows];
  return between(
    page,
    '<!-- rooms: made from test/rooms.json by `npm run generate` -->',
    '<!-- /rooms -->',
    table,
  );
}

const TABLES = { 'oscar-cli': 'OSCAR-CLI', scar: 'SCAR' };

/** What users of other tools write here instead: what they write there, the command or commands here, and what to know. */
function comingFromPage(tables) {
  const cell = (text) => text.replaceAll('|', '\\|');
  const rows = (tool, list) =>
    list.map(({ theirs, ours = [], note = '' }) => {
      const lines = ours.map((line) => `\`${cell(line)}\``).join(', ');
      return `| \`${tool} ${cell(theirs)}\` | ${lines || '–'} | ${cell(note)} |`;
    });
  const sections = Object.entries(TABLES).flatMap(([tool, name]) => [
    `## Coming from ${name}`,
    '',
    `| ${name} | fdl | |`,
    '| --- | --- | --- |',
    ...rows(tool, tables[tool]),
    '',
  ]);
  const head = [
    '# Coming from OSCAR-CLI and SCAR',
    '',
    'Every FDL file that they take works here, and the clusters of `~/.oscar-cli/config.yaml` and `~/.scar/scar.cfg` are known.',
    'What is set up already becomes a file: `fdl export lab` of an OSCAR cluster, `fdl export aws` of what SCAR made.',
    '',
    'Every case of the tests of OSCAR-CLI (grycap/oscar-tests) is one of the rows below.',
    '',
    'Made from `test/coming-from.json` by `npm run generate`; a test calls every command line in it.',
    '',
  ];
  return `${[...head, ...sections].join('\n').trimEnd()}\n`;
}

/** A page with these lines between two marks. */
function between(page, begin, end, lines) {
  const from = page.indexOf(`${begin}\n`);
  const to = page.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`a page has lost its marks ${begin} and ${end}`);
  return `${page.slice(0, from)}${[begin, '', ...lines, '', ''].join('\n')}${page.slice(to)}`;
}

/** One row for each field of a document. What several documents have is explained in one place, by its name. */
function documentRows(schema, path = '') {
  if (schema.$ref) return [];
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const at = path ? `${path}.${name}` : name;
    const absent = schema.required.includes(name) ? '' : ', may be absent';
    const about = (field.description ?? '').replaceAll('|', '\\|');
    const inner = field.items ?? field;
    const own = `| \`${at}${field.items ? '[]' : ''}\` | ${typeText(field)}${absent} | ${about} |`;
    return [own, ...documentRows(inner, field.items ? `${at}[]` : at)];
  });
}

const JSON_TYPES = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
  object: 'object',
};

function typeText(field) {
  if (field.items) return `list of ${typeText(field.items)}`;
  const shared = /^#\/definitions\/(.*)$/.exec(field.$ref ?? '')?.[1];
  if (shared) return `[${shared}](#${shared})`;
  if (field.format === 'date-time') return 'time';
  return field.const === undefined ? (JSON_TYPES[field.type] ?? 'any JSON') : JSON.stringify(field.const);
}

/** A page with a table of fields between the marks of each definition that it names. */
function withFields(page, { definitions }) {
  const names = [...page.matchAll(/^<!-- fields: (\S+) -->$/gm)].map(([, name]) => name);
  return names.reduce((text, name) => {
    const schema = definitions[name];
    // What is as for another command is only named.
    const own = (schema.anyOf ?? [schema]).filter((each) => !each.$ref);
    const rows = own.map((each) => [
      `${each.description}:`,
      '',
      ...(each.properties
        ? ['| field | kind | meaning |', '| --- | --- | --- |', ...documentRows(each)]
        : []),
    ]);
    return between(
      text,
      `<!-- fields: ${name} -->`,
      '<!-- /fields -->',
      rows.flatMap((each) => [...each, '']).slice(0, -1),
    );
  }, page);
}

const schema = await loadSchema(root);
const { CATALOG } = await load('src/commands/catalog.ts');
const output = outputDocument(await load('src/commands/documents/index.ts'));
const { completionScript } = await load('src/commands/completion.ts');
const read = (path) => readFileSync(join(root, path), 'utf8');
const manifest = JSON.parse(read('package.json'));
const files = {
  'schemas/fdl.schema.json': jsonText(schemaDocument(schema)),
  'schemas/fdl-output.schema.json': jsonText(output),
  'docs/json.md': withFields(read('docs/json.md'), output),
  'docs/fields.md': fieldsPage(schema),
  'docs/commands.md': commandsPage(CATALOG),
  'docs/coming-from.md': comingFromPage(JSON.parse(read('test/coming-from.json'))),
  'ARCHITECTURE.md': withRooms(read('ARCHITECTURE.md'), JSON.parse(read('test/rooms.json'))),
  'THIRD-PARTY-NOTICES': await notices(),
  // The names that shells look for.
  'completions/fdl.bash': `${completionScript('bash', CATALOG)}\n`,
  'completions/_fdl': `${completionScript('zsh', CATALOG)}\n`,
  'completions/fdl.fish': `${completionScript('fish', CATALOG)}\n`,
  ...manPages(CATALOG, manifest),
};
let stale = 0;
for (const [path, text] of Object.entries(files)) {
  const target = join(root, path);
  if (!process.argv.includes('--check')) writeIn(target, text);
  else if (!sameFile(target, text)) {
    stale += 1;
    console.error(`${path} is not up to date: run npm run generate`);
  }
}
for (const path of ['man', 'completions'].flatMap(filesIn).filter((path) => !(path in files))) {
  if (!process.argv.includes('--check')) rmSync(join(root, path));
  else {
    stale += 1;
    console.error(`${path} is of a command that is no more: run npm run generate`);
  }
}
process.exitCode = stale > 0 ? 1 : 0;

function writeIn(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function filesIn(folder) {
  return existsSync(join(root, folder))
    ? readdirSync(join(root, folder)).map((name) => `${folder}/${name}`)
    : [];
}

function sameFile(path, text) {
  try {
    return readFileSync(path, 'utf8') === text;
  } catch {
    return false;
  }
}
