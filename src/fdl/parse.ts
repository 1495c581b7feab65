/** YAML text → tree, with every problem of the text itself as a diagnostic. */
import { type Event, parseEvents, YAMLException } from 'js-yaml';
import { type Diagnostic, error, MAX_FINDINGS, warning } from './diagnostic.ts';
import { placeAt, type Source } from './source.ts';
import type { TreeNode } from './tree.ts';
import { TreeBuilder } from './tree-builder.ts';
import { type Opening, unclosedAt } from './unclosed.ts';

interface Parsed {
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
    return { diagnostics: [syntaxError(source, spaces.text, thrown)] };
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

// What is wrong with text that is no YAML.

/** The parser's complaint as a finding. `text`: what it read. */
function syntaxError(source: Source, text: string, thrown: YAMLException): Diagnostic {
  const at = thrown.mark?.position ?? 0;
  const offset = Math.min(at, Math.max(source.text.length - 1, 0));
  const reason = withoutValues(thrown.reason);
  const opening = MAY_BE_UNCLOSED.test(reason) ? unclosedAt(text, at) : undefined;
  if (opening) return unclosed(source, opening, offset);
  return error('yaml-syntax', `not valid YAML: ${reason}`, placeAt(source, offset), {
    hint: hintFor(reason),
  });
}

/** What the parser says where it came to the end of something too late, or not at all. */
const MAY_BE_UNCLOSED =
  /deficient indentation|within a|missed comma|bad indentation|multiline key|mapping key|separator/;

function unclosed(source: Source, { offset, char, end }: Opening, noticed: number): Diagnostic {
  const { line } = placeAt(source, noticed);
  const what = char === '[' || char === '{' ? 'bracket' : 'quote';
  const isLate = end !== undefined && end <= noticed;
  const how = isLate ? `is closed in line ${line} only, and more follows there` : 'is not closed';
  const where =
    isLate || line === placeAt(source, offset).line ? '' : `: line ${line} no longer belongs to it`;
  const message = `not valid YAML: the ${what} ${char} that opens here ${how}${where}`;
  return error('yaml-syntax', message, placeAt(source, offset), {
    hint: `Close the ${what} where it is to end.`,
  });
}

/** The parser quotes what it took for a tag or a handle, which may be a password that starts with `!`. */
function withoutValues(reason: string): string {
  return reason.replace(/: .*$/s, '').replace(/ "[^"]*"/g, '');
}

function hintFor(reason: string): string {
  if (/\btabs?\b/.test(reason)) return 'Indent with spaces.';
  if (/\btag\b/.test(reason)) return 'Put a value that starts with "!" into quotes.';
  if (/\b(alias|anchor)\b/.test(reason)) return 'Put a value that starts with "*" or "&" into quotes.';
  if (/non-printable|null byte/.test(reason)) return 'Remove the control character.';
  if (/within a/.test(reason)) return 'Close the quote or bracket that is open here.';
  if (/nesting/.test(reason)) return 'FDL needs fewer than 20 levels.';
  if (/indentation|multiline key|separator/.test(reason)) {
    return 'Align the line with its neighbours, write a space behind each colon and dash, and put a value that contains ": " into quotes.';
  }
  return 'Check indentation, quotes and brackets at this place and just above it.';
}

// Non-breaking spaces come with text copied from web pages. YAML takes them for letters, so that a key has an
// invisible letter more, or an indentation is none. Where they can only be meant as spaces (in the indentation, at the
// end of a line, behind `:` and `-`) they are read as spaces.

interface Spaces {
  /** The source with ordinary spaces: of the same length, so offsets stay. */
  readonly text: string;
  /** Offset of the first replaced character of each run. */
  readonly replaced: readonly number[];
}

/** Whole runs, whatever surrounds them: looking for their surroundings here would take squared time. */
const RUN = /[ \t\u00a0]+/g;
const BEFORE = new Set(['', '\r', '\n', ':', '-', '?']);
const BEHIND = new Set(['', '\r', '\n']);

function ordinarySpaces({ text }: Source): Spaces {
  if (!text.includes('\u00a0')) return { text, replaced: [] };
  const replaced: number[] = [];
  const cleaned = text.replace(RUN, (run, offset: number) => {
    const isEdge = BEFORE.has(text.charAt(offset - 1)) || BEHIND.has(text.charAt(offset + run.length));
    if (!isEdge || !run.includes('\u00a0')) return run;
    replaced.push(offset + run.indexOf('\u00a0'));
    return run.replaceAll('\u00a0', ' ');
  });
  return { text: cleaned, replaced };
}
