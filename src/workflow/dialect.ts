/** What a provider knows of the language: pure, and light enough to be loaded whenever a file is read. */
import type { Diagnostic } from '../fdl/diagnostic.ts';
import type { Document } from '../fdl/document.ts';
import type { Writing } from '../fdl/language.ts';
import type { Path } from '../fdl/tree.ts';
import type { Store } from '../storage/store.ts';
import type { Check } from './check.ts';
import type { Cluster, Step } from './model.ts';
import type { StepContext } from './steps.ts';

/** One step of a file, as far as it is needed to name it. */
export interface Entry<Settings extends object = object> {
  readonly path: Path;
  /** Empty where the file says none. */
  readonly name: string;
  /** Tells steps of one name apart: the provider, or one of its clusters. */
  readonly scope: string;
  /** The cluster that it is for, if it is for one. */
  readonly cluster?: string;
  readonly settings: Settings;
}

/** An entry with the id that its step has. */
export interface NamedEntry<Settings extends object = object> extends Entry<Settings> {
  readonly id: string;
}

export interface MadeStep {
  readonly step: Step;
  readonly diagnostics: readonly Diagnostic[];
  /** Stores that it uses besides those of its folders. */
  readonly stores?: readonly Store[];
}

/** What the file says of direct calls of a step. */
export interface DirectCall {
  /** It gets the bytes of a command line as they are; elsewhere what is no text becomes an event. */
  readonly takesBytes: boolean;
  /** It has no script of its own, and runs one that is given. */
  readonly runsScripts?: boolean;
  /** Nobody waits for the answer, unless the command line says so. */
  readonly async: boolean;
  /** Only asks whether the call is allowed. */
  readonly dryRun: boolean;
  /** What is sent where the command line gives nothing: an event, or a script, by its path or as text. */
  readonly content: { readonly event: unknown } | { readonly script: string };
}

/** A value, or JSON text that stands for one, and the field that it stands in. */
export interface WrittenJson {
  readonly field: string;
  readonly value: unknown;
}

/** What the file says of calls over HTTP. */
export interface HttpCall {
  /** The parameters of the query, as a map. */
  readonly parameters?: WrittenJson;
  /** What is sent where the command line gives nothing: data, or a file by its path. */
  readonly content?: { readonly json: WrittenJson } | { readonly file: string };
}

/** The dialect of one provider. */
export interface Dialect extends Writing {
  /** Where an entry has the name of its step, and what an entry is called. */
  readonly naming: {
    readonly section: Path;
    readonly what: string;
    /** What to do where there is none. */
    readonly hint: string;
  };
  /** The entries of its list below `functions`, which is at `path`. */
  entries(list: unknown, path: Path): readonly Entry[];
  /** The step of an entry, and what is to be said of that. */
  step(context: StepContext, entry: NamedEntry): MadeStep;
  /** The clusters that the file names; `used` are those of its entries. Absent where a provider has none. */
  clusters?(document: Document, used: readonly string[]): readonly Cluster[];
  /** Ids of the steps that may run in the place of one of its own. */
  standIns?(step: Step, steps: readonly Step[]): readonly string[];
  /** What would not work, of its own steps. */
  readonly checks: readonly Check[];
  /** Whether it hears of new files in a store, for one of its steps. */
  hears(step: Step, store: Store): boolean;
  /** What to write for an input that it hears of. */
  readonly hearingHint: string;
  /**
   * The fields of a storage provider that one of its steps needs to open a store, without those that it knows by itself;
   * nothing where it cannot open such a store at all.
   */
  needs(step: Step, store: Store): readonly string[] | undefined;
  /** Absent where nothing can be said of direct calls: they carry an empty event. */
  call?(step: Step): DirectCall;
  /** Absent where a call over HTTP sends what the command line gives, and nothing else. */
  httpCall?(step: Step): HttpCall;
}
