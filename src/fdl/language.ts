/** What it takes to read a file: the schema as the build compiled it, and how each provider writes its functions. */
import type { Diagnostic } from './diagnostic.ts';
import type { Field } from './schema/field.ts';
import type { FdlFile, Fragment } from './schema/index.ts';
import type { StoreSections } from './schema/storage.ts';
import type { Source } from './source.ts';
import type { MapNode, TreeNode } from './tree.ts';
import type { Validate } from './validate.ts';

/** A form that real files have and the language does not, given back in the form of the language. */
export type Quirk = (root: MapNode, source: Source) => Straightened;

export interface Straightened {
  readonly root: MapNode;
  readonly diagnostics: readonly Diagnostic[];
}

/** How the functions of one provider are written. */
export interface Writing {
  /** The name of the provider, below `functions`. */
  readonly name: string;
  /** Its part of the schema. Not needed for reading a file, and therefore loaded by the build alone. */
  readonly schema: (stores: StoreSections) => Promise<Fragment>;
  /** How an entry is told from others, in a few words: `entries with "lambda:"`. */
  readonly entryForm: string;
  /** What to write instead of a function by its name alone, as files had it before there were providers. */
  readonly legacyEntry?: (name: string) => string;
  /** Findings that keep a file from being read at all. */
  readonly refusals?: (root: MapNode, source: Source) => readonly Diagnostic[];
  readonly quirks?: readonly Quirk[];
  /** The nodes below `functions` in which `storage_providers` may stand by mistake. */
  readonly sections?: (functions: TreeNode | undefined) => readonly TreeNode[];
}

/** The language with what some providers add to it. */
export interface Language<W extends Writing = Writing> {
  /** What is read of the schema at run time. */
  readonly fields: Field<FdlFile>;
  /** The compiled schema. */
  readonly validate: Validate;
  /** In the order in which they are named to people. */
  readonly dialects: readonly W[];
}
