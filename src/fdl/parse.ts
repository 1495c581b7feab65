/** YAML text → tree, with every problem of the text itself as a diagnostic. */
import { type Event, parseEvents, YAMLException } from 'js-yaml';
import { type Diagnostic, MAX_FINDINGS, warning } from './diagnostic.ts';
import { placeAt, type Source } from './source.ts';
import { ordinarySpaces } from './spaces.ts';
import { syntaxError } from './syntax.ts';
import type { TreeNode } from './tree.ts';
import { TreeBuilder } from './tree-builder.ts';

export interface Parsed {
  /** Absent when the text is not YAML, or is empty. */
  readonly root?: TreeNode;
  readonly diagnostics: readonly Diagnostic[];
}

/** Parses the first document of a source. Never throws for what is in the text. */
export function parseTree(source: Source): Parsed {
  const spaces = ordinarySpaces(source);
  let events: Event[];
  try {
    events = parseEvents(spaces.text, { filename: source.file });
  } catch (thrown) {
    if (!(thrown instanceof YAMLException)) throw thrown;
    return { diagnostics: [syntaxError(source, thrown)] };
  }
  const builder = new TreeBuilder(source, spaces.text, events);
  const root = builder.document();
  const outside = spaces.replaced.filter((offset) => !builder.isQuoted(offset)).slice(0, MAX_FINDINGS);
  const found = [...outside.map((offset) => spaceWarning(source, offset)), ...builder.diagnostics];
  return root ? { root, diagnostics: found } : { diagnostics: found };
}

function spaceWarning(source: Source, offset: number): Diagnostic {
  const message = 'a non-breaking space (U+00A0) stands here; it is read as an ordinary space';
  return warning('non-breaking-space', message, placeAt(source, offset), {
    hint: 'Type it again as a space.',
  });
}
