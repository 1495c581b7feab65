/**
 * The workflow as every provider sees it: references and defaults resolved, paths in one form, secrets kept apart.
 * Plain immutable data; `workflow/resolve.ts` builds it from an FDL document.
 */
import type { Place } from '../errors.ts';
import type { Text } from '../secret.ts';
import type { Store } from '../storage/store.ts';
import type { StoreKind } from '../store-kinds.ts';
import type { Notifications } from './notifications.ts';

/** A folder in a store. */
export interface Folder {
  /** The id of a `Store`. */
  readonly store: string;
  /** The namespace of that store. */
  readonly namespace: string;
  readonly bucket: string;
  /** Below the bucket, without slashes at its ends; empty for the whole bucket. */
  readonly prefix: string;
  readonly place: Place;
}

/** Files whose names below a folder start with one of `prefixes` and end with one of `suffixes`; none of them means any. */
export interface Filter {
  readonly prefixes: readonly string[];
  readonly suffixes: readonly string[];
}

/** A folder, and which files start the step. */
export interface Input extends Folder, Partial<Filter> {}

/** A folder, and which files of the step go there. */
export interface Output extends Folder, Filter {}

/** A script by its path on this machine, or as text in the file. */
export type Script =
  | { readonly kind: 'file'; readonly path: string; readonly place: Place }
  | { readonly kind: 'inline'; readonly text: string; readonly place: Place };

/** A file or a folder of this machine that a script finds below `EXTRA_PAYLOAD`. */
export interface Payload {
  readonly path: string;
  readonly place: Place;
}

/** A file system that lives on between invocations. Steps that name the same one share its files. */
export interface Mount {
  /** Its name on its cloud, such as that of an access point of EFS. */
  readonly id: string;
  /** Where scripts see it: an absolute path. */
  readonly path: string;
  readonly place: Place;
}

/** What a step may use. Absent values are not limited. */
export interface Limits {
  readonly memoryMib?: number;
  readonly cpus?: number;
  readonly gpus: number;
  readonly timeoutSeconds?: number;
}

/**
 * A step as all providers have it. What else its own provider knows of it is in `settings`, which only that provider
 * reads: its dialect narrows the type.
 */
export interface Step {
  /** Unique in the workflow: the name, or `cluster/name` where two clusters use one name. */
  readonly id: string;
  readonly name: string;
  /** The name of the provider that runs it. */
  readonly provider: string;
  /** How the provider runs it, where it has several ways. */
  readonly mode: string;
  /** Where it runs, for people: `aws lambda`, `oscar my-cluster`. */
  readonly where: string;
  readonly image?: string;
  /** The file that has the image, as an absolute path; `image` is what it is called then. */
  readonly imageFile?: string;
  readonly script?: Script;
  readonly payload?: Payload;
  readonly mounts?: readonly Mount[];
  readonly inputs: readonly Input[];
  readonly outputs: readonly Output[];
  readonly environment: Readonly<Record<string, Text>>;
  readonly limits: Limits;
  /** How many of its scripts may run at the same time; absent where nothing limits that. */
  readonly concurrency?: number;
  /** It answers requests only and handles no files. */
  readonly serves: boolean;
  /** It has an address over HTTP, which other steps may name. */
  readonly hasAddress?: boolean;
  /** What its address lacks to take the events that other clouds hand on, in words; absent where it lacks nothing. */
  readonly refusesEvents?: string;
  /** The kinds of stores whose new files start it. */
  readonly listensTo: readonly StoreKind[];
  /** Its script fetches the input by itself. */
  readonly fetchesInput?: boolean;
  /** What is known of its invocations may lack their input: a log says it late, or never. */
  readonly hidesInput?: boolean;
  /** Ids of the steps that may run in its place, for the same input. */
  readonly standIns?: readonly string[];
  readonly place: Place;
  /** Its entry in the file. */
  readonly settings: object;
}

/** The output number `output` of step `from` is what triggers step `to` through its input number `input`. */
export interface Link {
  readonly from: string;
  readonly to: string;
  readonly output: number;
  readonly input: number;
}

/** A cluster that the file names; what it does not say comes from flags, environment or configuration. */
export interface Cluster {
  readonly id: string;
  readonly endpoint?: string;
  readonly user?: string;
  readonly password?: Text;
  readonly verifyTls: boolean;
  readonly place?: Place;
}

export interface Workflow {
  readonly name: string;
  /** The file it was read from. */
  readonly file: string;
  readonly steps: readonly Step[];
  readonly links: readonly Link[];
  /** Those that steps use. */
  readonly stores: readonly Store[];
  /** Those that the file declares besides, for whoever names them. */
  readonly unusedStores?: readonly Store[];
  readonly clusters: readonly Cluster[];
  /** Whom to tell what came of a run; absent where nobody is told. */
  readonly notifications?: Notifications;
}
