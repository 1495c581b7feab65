/** The metadata of a crate as entities that know where they stand. */
import { type Diagnostic, error } from '../../../fdl/diagnostic.ts';
import { parseTree } from '../../../fdl/parse.ts';
import { placeAt, type Source } from '../../../fdl/source.ts';
import { locate, type Path, type TreeNode, toData } from '../../../fdl/tree.ts';
import { asText, isObject, type JsonObject } from '../../../json.ts';
import { textsOf } from './crate.ts';

/** What is looked at, and how its places are found. */
export interface Looked {
  readonly source: Source;
  readonly root: TreeNode;
  /** By their ids: the last one where several have the same. */
  readonly entities: ReadonlyMap<string, Entity>;
}

export interface Entity {
  readonly data: JsonObject;
  /** Where it stands. */
  readonly path: Path;
}

/** The place of a field, or of what has it. */
export function placeOf({ source, root }: Looked, path: Path) {
  return placeAt(source, locate(root, path).start);
}

/** JSON is stricter than what the parser of the tree takes. */
export function jsonFinding(source: Source): Diagnostic | undefined {
  try {
    JSON.parse(source.text);
    return undefined;
  } catch (thrown) {
    const { message } = thrown as SyntaxError;
    const said = message
      .replace(/^(Unexpected token .*?), ".*$/s, '$1')
      .replace(/ in JSON at position.*$/s, '');
    const offset = Number(/position (\d+)/.exec(message)?.[1]);
    const [other] = parseTree(source).diagnostics;
    const place = Number.isInteger(offset)
      ? placeAt(source, offset)
      : (other?.place ?? { ...START, file: source.file });
    const hint = 'Mend it there or just above: a comma, a quote or a bracket is missing, or one too many.';
    return error('crate-json', `not valid JSON: ${said}`, place, { hint });
  }
}

const START = { line: 1, column: 1 } as const;

/** All entities of a graph, and what is wrong with their form. */
export function entitiesIn(source: Source, root: TreeNode, items: readonly TreeNode[]) {
  const entities = new Map<string, Entity>();
  const findings: Diagnostic[] = [];
  for (const [index, item] of items.entries()) {
    const path: Path = ['@graph', index];
    const data = toData(item);
    const at = (field: string) => placeAt(source, locate(root, [...path, field]).start);
    if (!isObject(data)) {
      findings.push(
        error('crate-entity', 'an entity is an object with "@id" and "@type"', placeAt(source, item.start)),
      );
      continue;
    }
    for (const field of ['@id', '@type'])
      if (textsOf(data[field]).length === 0)
        findings.push(
          error('crate-entity', `an entity has no "${field}"`, placeAt(source, item.start), ENTITY_HINT),
        );
    const id = asText(data['@id']);
    if (id === undefined) continue;
    if (entities.has(id))
      findings.push(
        error('crate-entity', `"${id}" is there twice`, at('@id'), { hint: 'Make one entity of both.' }),
      );
    entities.set(id, { data, path });
  }
  return { entities, findings };
}

const ENTITY_HINT = { hint: 'Rule: https://w3id.org/ro/crate/1.2: every entity has both.' };
