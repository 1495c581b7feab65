/**
 * The workflow as every provider sees it: references and defaults resolved, paths in one form, secrets kept apart.
 * Plain immutable data; `workflow/resolve.ts` builds it from an FDL document.
 */
import type { Place } from '../errors.ts';
import type { AwsFunction, OscarService, Replica } from '../fdl/schema/index.ts';
import type { Text } from '../secret.ts';
import type { Store } from '../storage/store.ts';

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

/** Which files of a step go to a folder: names that start with one of `prefixes` and end with one of `suffixes`. */
export interface Output extends Folder {
  readonly prefixes: readonly string[];
  readonly suffixes: readonly string[];
}

/** A script by its path on this machine, or as text in the file. */
export type Script =
  | { readonly kind: 'file'; readonly path: string; readonly place: Place }
  | { readonly kind: 'inline'; readonly text: string; readonly place: Place };

export type ProviderName = 'aws' | 'oscar';
export type Mode = 'lambda' | 'lambda-batch' | 'batch' | 'service';

/** What a step may use. Absent values are not limited. */
export interface Limits {
  readonly memoryMib?: number;
  readonly cpus?: number;
  readonly gpus: number;
  readonly timeoutSeconds?: number;
}

interface StepBase {
  /** Unique in the workflow: the name, or `cluster/name` where two clusters use one name. */
  readonly id: string;
  readonly name: string;
  readonly mode: Mode;
  readonly image?: string;
  readonly script?: Script;
  readonly inputs: readonly Folder[];
  readonly outputs: readonly Output[];
  readonly environment: Readonly<Record<string, Text>>;
  readonly limits: Limits;
  /** It answers requests only (`expose`, `kserve`) and handles no files. */
  readonly serves: boolean;
  readonly place: Place;
}

/** A function on AWS; `settings` is its entry of `functions.aws`. */
export interface AwsStep extends StepBase {
  readonly provider: 'aws';
  readonly settings: AwsFunction;
}

/** A service of an OSCAR cluster; `settings` is its entry of `functions.oscar`. */
export interface OscarStep extends StepBase {
  readonly provider: 'oscar';
  readonly cluster: string;
  readonly settings: OscarService;
  readonly replicas: readonly Replica[];
}

export type Step = AwsStep | OscarStep;

/** The output number `output` of step `from` is what triggers step `to` through its input number `input`. */
export interface Link {
  readonly from: string;
  readonly to: string;
  readonly output: number;
  readonly input: number;
}

/** An OSCAR cluster that the file names; what it does not say comes from flags, environment or configuration. */
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
  readonly stores: readonly Store[];
  readonly clusters: readonly Cluster[];
}
