/**
 * What a crate says of itself: an RO-Crate with a service, as OSCAR's hub has them. Rules: https://w3id.org/ro/crate/1.2 and
 * the hub's guide, https://hub.oscar.grycap.net/guide/ro-crate/fields/.
 */
import { FdlError } from '../../../errors.ts';
import { asObject, asText, type JsonObject, parseJson } from '../../../json.ts';

export const METADATA = 'ro-crate-metadata.json';

/** What its metadata tells of a crate. Absent is what it does not tell. */
export interface Crate {
  /** Name of its folder. */
  readonly crate: string;
  readonly title: string;
  readonly description?: string | undefined;
  readonly version?: string | undefined;
  /** `synchronous`, `asynchronous`, `exposed`. */
  readonly types: readonly string[];
  readonly author?: string | undefined;
  readonly license?: string | undefined;
  /** A date, as the crate writes it. */
  readonly published?: string | undefined;
  readonly memory?: string | undefined;
  readonly processors: readonly string[];
  readonly url?: string | undefined;
}

/** A graph of entities, by their ids. */
export type Entities = ReadonlyMap<string, JsonObject>;

/** The entities of a crate; nothing where the text is no RO-Crate at all. */
function entitiesOf(text: string): Entities | undefined {
  const graph = asObject(parseJson(text)?.value)?.['@graph'];
  if (!Array.isArray(graph)) return undefined;
  const entities = graph.flatMap((each) => {
    const id = asText(asObject(each)?.['@id']);
    return id === undefined ? [] : [[id, each as JsonObject] as const];
  });
  return new Map(entities);
}

/** The entity that stands for the crate itself. */
export const ROOT = './';

/** @throws FdlError `crate-invalid`: it has no metadata that can be read */
export function crateOf(name: string, text: string): Crate {
  const entities = entitiesOf(text);
  const root = entities?.get(ROOT);
  if (!entities || !root) {
    const why = entities ? `it has no entity "${ROOT}"` : 'it is no RO-Crate';
    const hint = 'Have it checked: fdl hub validate.';
    throw new FdlError('crate-invalid', `${METADATA} of the crate "${name}" cannot be used: ${why}`, {
      hint,
    });
  }
  const named = (field: string) => nameOf(root[field], entities);
  return {
    crate: name,
    title: asText(root['name']) ?? name,
    description: asText(root['description']),
    version: asText(root['version']),
    types: textsOf(root['serviceType']),
    author: named('author') ?? named('creator'),
    license: named('license'),
    published: asText(root['datePublished']),
    memory: asText(root['memoryRequirements']),
    processors: textsOf(root['processorRequirements']),
    url: asText(root['url']) ?? asText(root['URL']),
  };
}

/** A text, or a list of some. */
export function textsOf(value: unknown): readonly string[] {
  return [value].flat().flatMap((each) => asText(each) ?? []);
}

/** Ids that a value refers to: `{"@id": "…"}`, or a list of such. */
export function idsOf(value: unknown): readonly string[] {
  return [value].flat().flatMap((each) => asText(each) ?? asText(asObject(each)?.['@id']) ?? []);
}

/** Names of the entities that a value refers to, or holds; of several, with commas between. */
function nameOf(value: unknown, entities: Entities): string | undefined {
  const names = [value].flat().flatMap((each) => {
    const own = asText(asObject(each)?.['name']);
    const [id] = idsOf(each);
    return own ?? (id === undefined ? undefined : (asText(entities.get(id)?.['name']) ?? id)) ?? [];
  });
  return names.length > 0 ? names.join(', ') : undefined;
}

/** The FDL file of a crate: that of its name, else the first one. */
export function fdlFileOf(crate: string, files: readonly string[]): string | undefined {
  const found = files.filter((name) => /\.ya?ml$/.test(name)).sort();
  return found.find((name) => name === `${crate}.yaml` || name === `${crate}.yml`) ?? found[0];
}
