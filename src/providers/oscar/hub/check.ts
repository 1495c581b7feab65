/**
 * What keeps a crate out of OSCAR's hub, with its place in the metadata. Rules: https://w3id.org/ro/crate/1.2 (which the hub
 * checks with `rocrate-validator`) and "Required metadata" of https://hub.oscar.grycap.net/guide/contribute/crates/.
 */
import { type Diagnostic, error, inOrder, limited, warning } from '../../../fdl/diagnostic.ts';
import { parseTree } from '../../../fdl/parse.ts';
import { placeAt, type Source } from '../../../fdl/source.ts';
import { childOf, entryOf, type Path, type TreeNode, toData } from '../../../fdl/tree.ts';
import { asText } from '../../../json.ts';
import { testFindings } from './check-tests.ts';
import { idsOf, METADATA, ROOT, textsOf } from './crate.ts';
import { type Entity, entitiesIn, jsonFinding, type Looked, placeOf } from './look.ts';

/** Findings about the metadata of a crate. `files`: names of what lies beside it. */
export function crateFindings(source: Source, files: readonly string[]): readonly Diagnostic[] {
  const syntax = jsonFinding(source);
  if (syntax) return [syntax];
  const { root, diagnostics } = parseTree(source);
  const graph = root && childOf(root, '@graph');
  if (!root || graph?.kind !== 'list' || graph.items.length === 0) {
    const hint = 'Write the entities of the crate into a list "@graph"; `template/` of the hub has one.';
    return [
      error(
        'crate-graph',
        'there is no list "@graph" with entities',
        { file: source.file, line: 1, column: 1 },
        { hint },
      ),
    ];
  }
  const twice = diagnostics.filter(({ code }) => code === 'duplicate-key');
  const { entities, findings } = entitiesIn(source, root, graph.items);
  const looked = { source, root, entities };
  const found = [...contextFindings(looked), ...descriptorFindings(looked), ...rootFindings(looked, files)];
  const all = [...twice, ...findings, ...found, ...referenceFindings(looked), ...testFindings(looked)];
  return limited(inOrder(all));
}

function contextFindings(looked: Looked): readonly Diagnostic[] {
  const context = textsOf(toData(childOf(looked.root, '@context') ?? NOTHING));
  if (context.some((each) => /^https:\/\/w3id\.org\/ro\/crate\/\d+\.\d+\/context$/.test(each))) return [];
  const hint = 'Write "@context": ["https://w3id.org/ro/crate/1.2/context"].';
  return [
    error('crate-context', '"@context" names no context of RO-Crate', placeOf(looked, ['@context']), {
      hint,
    }),
  ];
}

const NOTHING: TreeNode = { kind: 'scalar', text: '', plain: true, start: 0, end: 0 };

/** The entity about the metadata file itself. */
function descriptorFindings(looked: Looked): readonly Diagnostic[] {
  const found = looked.entities.get(METADATA);
  const code = 'crate-descriptor';
  if (!found) {
    const hint = `Add {"@id": "${METADATA}", "@type": "CreativeWork", "about": {"@id": "./"}, "conformsTo": {"@id": "https://w3id.org/ro/crate/1.2"}}.`;
    return [error(code, `there is no entity "${METADATA}"`, placeOf(looked, ['@graph']), { hint })];
  }
  const { data, path } = found;
  const findings: Diagnostic[] = [];
  const say = (field: string, is: boolean, message: string, hint: string) => {
    if (!is) findings.push(error(code, message, placeOf(looked, [...path, field]), { hint }));
  };
  say(
    'about',
    idsOf(data['about']).includes(ROOT),
    `"about" is not the crate`,
    'Write "about": {"@id": "./"}.',
  );
  const conforms = idsOf(data['conformsTo']).some((id) => id.startsWith('https://w3id.org/ro/crate/'));
  say(
    'conformsTo',
    conforms,
    '"conformsTo" names no version of RO-Crate',
    'Write {"@id": "https://w3id.org/ro/crate/1.2"}.',
  );
  return findings;
}

/** What the guide requires of the crate itself, and what to write. */
const REQUIRED: Readonly<Record<string, string>> = {
  name: 'Write a short title.',
  description: 'Say in two or three sentences what the service does.',
  serviceType: 'Write "synchronous", "asynchronous", "exposed", or a list of these.',
  license: 'Refer to one: {"@id": "https://www.apache.org/licenses/LICENSE-2.0"}.',
  author: 'Refer to a person or an organization.',
  url: 'Write the page of the service, such as that of its folder in the hub.',
  datePublished: 'Write the date of its last change, such as "2026-05-17".',
  hasPart: 'List its files: {"@id": "fdl.yml"}, {"@id": "script.sh"}, …',
};
/** Other names of fields that are taken, too: the guide has `URL`, its template `url`. */
const ALSO: Readonly<Record<string, string>> = { url: 'URL', author: 'creator' };
const TYPES: readonly string[] = ['synchronous', 'asynchronous', 'exposed'];
const DATE = /^\d{4}(-\d\d(-\d\d(T[\d:.]+(Z|[+-]\d\d:?\d\d)?)?)?)?$/;

function rootFindings(looked: Looked, files: readonly string[]): readonly Diagnostic[] {
  const found = looked.entities.get(ROOT);
  if (!found) {
    const hint = 'Add the entity that stands for the crate: {"@id": "./", "@type": ["Dataset", …], …}.';
    return [error('crate-root', `there is no entity "${ROOT}"`, placeOf(looked, ['@graph']), { hint })];
  }
  const { data, path } = found;
  const at = (...fields: Path) => placeOf(looked, [...path, ...fields]);
  const findings: Diagnostic[] = [];
  if (!textsOf(data['@type']).includes('Dataset'))
    findings.push(
      error('crate-root', `"${ROOT}" is no Dataset`, at('@type'), {
        hint: 'Write "Dataset" into its "@type".',
      }),
    );
  for (const [field, hint] of Object.entries(REQUIRED)) {
    const value = data[field] ?? data[ALSO[field] ?? field];
    if (value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0))
      findings.push(error('crate-field', `the crate has no "${field}"`, at(field), { hint }));
  }
  for (const type of textsOf(data['serviceType']))
    if (!TYPES.includes(type))
      findings.push(
        error('crate-field', `"serviceType" is "${type}"`, at('serviceType'), {
          hint: REQUIRED['serviceType'],
        }),
      );
  const date = asText(data['datePublished']);
  if (date !== undefined && !DATE.test(date))
    findings.push(
      error('crate-field', `"datePublished" is "${date}", which is no date`, at('datePublished'), {
        hint: REQUIRED['datePublished'],
      }),
    );
  return [...findings, ...partFindings(looked, found, files)];
}

/** The files of the crate: those that it lists are there, and those that a service needs are listed. */
function partFindings(
  looked: Looked,
  { data, path }: Entity,
  files: readonly string[],
): readonly Diagnostic[] {
  if (data['hasPart'] === undefined) return [];
  const parts = idsOf(data['hasPart']).map((id) => id.replace(/^\.\//, ''));
  const at = (index?: number) =>
    placeOf(looked, [...path, 'hasPart', ...(index === undefined ? [] : [index, '@id'])]);
  const findings: Diagnostic[] = [];
  for (const [index, id] of parts.entries()) {
    if (/^[a-z]+:\/\//i.test(id) || id.startsWith('#')) continue;
    // Folders below are not listed.
    if (!id.includes('/') && !files.includes(id))
      findings.push(
        error('crate-file', `there is no file "${id}" in the crate`, at(index), {
          hint: 'Add the file, or take it out of "hasPart".',
        }),
      );
    if (!looked.entities.has(id) && !looked.entities.has(`./${id}`))
      findings.push(
        error('crate-reference', `nothing says what "${id}" is`, at(index), {
          hint: `Add an entity {"@id": "${id}", "@type": "File", …}.`,
        }),
      );
  }
  const needed = [
    [/\.ya?ml$/, 'an FDL file', 'fdl.yml'],
    [/\.sh$|^script/, 'a script', 'script.sh'],
  ] as const;
  for (const [pattern, what, name] of needed)
    if (!parts.some((id) => pattern.test(id)))
      findings.push(
        error('crate-file', `"hasPart" names no ${what.replace(/^an? /, '')}`, at(), {
          hint: `Add {"@id": "${name}"}: a crate has ${what}.`,
        }),
      );
  if (!parts.some((id) => /\.(png|jpe?g|svg)$/.test(id)))
    findings.push(
      warning('crate-icon', '"hasPart" names no picture', at(), {
        hint: 'Add a square "icon.png"; without it the hub shows initials.',
      }),
    );
  return findings;
}

/** References inside of the metadata that lead nowhere. The hub takes such crates: its validator looks at required things alone. */
function referenceFindings(looked: Looked): readonly Diagnostic[] {
  const findings: Diagnostic[] = [];
  const walk = (node: TreeNode): void => {
    if (node.kind === 'list') node.items.forEach(walk);
    if (node.kind !== 'map') return;
    const id = entryOf(node, '@id')?.value;
    if (
      node.entries.length === 1 &&
      id?.kind === 'scalar' &&
      id.text.startsWith('#') &&
      !looked.entities.has(id.text)
    )
      findings.push(
        warning('crate-reference', `there is no entity "${id.text}"`, placeAt(looked.source, id.start), {
          hint: 'Add it to "@graph", or correct its name.',
        }),
      );
    for (const { value } of node.entries) walk(value);
  };
  walk(looked.root);
  return findings;
}
