/** An FDL file, read: its values in one form, and the place of each of them. */
import type { Place } from '../errors.ts';
import { type Diagnostic, error, fromError, hasErrors, inOrder } from './diagnostic.ts';
import type { Environment } from './interpolate.ts';
import type { Language } from './language.ts';
import { normalise, type Unset } from './normalise.ts';
import { fillParameters, type GivenValues, type ParameterValues } from './parameters.ts';
import { parseTree } from './parse.ts';
import { straighten } from './quirks.ts';
import type { FdlFile } from './schema/index.ts';
import { decodeSource, placeAt, type Source } from './source.ts';
import { locate, type Path } from './tree.ts';
import { validateTree } from './validate.ts';

export interface Document {
  readonly source: Source;
  readonly fdl: FdlFile;
  /** Texts that no output may show. */
  readonly secrets: readonly string[];
  /** The values of its parameters. They are no secrets. */
  readonly parameters: ParameterValues;
  /** Where a value stands; of a section, or what is not there, the key of the nearest section that is. */
  place(path: Path): Place;
}

interface Loaded {
  /** Absent when the file has errors. */
  readonly document?: Document;
  /** Texts that no output may show, also of a file with errors. */
  readonly secrets?: readonly string[];
  /** Texts that no finding may show, besides those: all values of the environment. */
  readonly environmentValues?: readonly string[];
  /** References whose values are not known: what is said of such a value says nothing. */
  readonly unset?: readonly Unset[];
  /** Of the language: what the file means is checked where the workflow is resolved. */
  readonly diagnostics: readonly Diagnostic[];
  readonly source?: Source;
}

/** Reads the bytes of an FDL file. Never throws for what is in them. */
export function loadDocument(
  file: string,
  bytes: Uint8Array,
  environment: Environment,
  language: Language,
  given?: GivenValues,
): Loaded {
  let source: Source;
  try {
    source = decodeSource(file, bytes);
  } catch (thrown) {
    return { diagnostics: [fromError(thrown, file)] };
  }
  return { source, ...loadSource(source, environment, language, given) };
}

function loadSource(
  source: Source,
  environment: Environment,
  language: Language,
  given: GivenValues | undefined,
): Loaded {
  const parsed = parseTree(source);
  if (!parsed.root) {
    const empty = error('empty-file', 'the file is empty', placeAt(source, 0), {
      hint: 'Start with "functions:", or let `fdl init` write a workflow.',
    });
    // A warning, such as one about an odd space, is no reason why there is nothing.
    return { diagnostics: hasErrors(parsed.diagnostics) ? parsed.diagnostics : [empty] };
  }
  if (hasErrors(parsed.diagnostics)) return { diagnostics: inOrder(parsed.diagnostics) };
  const straight = straighten(parsed.root, source, language.dialects);
  const soFar = [...parsed.diagnostics, ...straight.diagnostics];
  if (hasErrors(straight.diagnostics)) return { diagnostics: inOrder(soFar) };
  const { fields, validate } = language;
  const { root, parameters, ...filled } = fillParameters(fields, straight.root, source, given);
  const normalised = normalise(fields, root, source, environment);
  const diagnostics = inOrder([
    ...soFar,
    ...filled.diagnostics,
    ...validateTree(fields, validate, root, source),
    ...normalised.diagnostics,
  ]);
  const { secrets, environmentValues, unset } = normalised;
  if (hasErrors(diagnostics)) return { diagnostics, secrets, environmentValues };
  const document: Document = {
    source,
    fdl: normalised.value as FdlFile,
    secrets,
    parameters,
    place: (path) => placeAt(source, locate(root, path).start),
  };
  return { document, diagnostics, secrets, environmentValues, unset };
}
