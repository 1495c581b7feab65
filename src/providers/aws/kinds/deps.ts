/** What the kinds of AWS need: clients, the workflow, and where to look for what it owns. */
import type { Props, Ref } from '../../../deploy/resource.ts';
import type { IdentifiedImage } from '../../../image/step-image.ts';
import type { Memory } from '../../../memory.ts';
import type { Delay } from '../../../retry.ts';
import type { Clients } from '../api/clients.ts';
import type { Tagged } from '../api/tagged.ts';
import type { ImageRegistry } from '../images/registry.ts';
import type { Site } from '../site.ts';

/** A resource that the file asks for; references in its properties are not resolved. */
interface KnownResource {
  /** Key in the table of kinds: `aws/function`. */
  readonly kind: string;
  readonly id: string;
  readonly props: Props;
}

/** All sites, buckets and resources are those that the file names. */
export interface AwsDeps {
  readonly clients: Clients;
  readonly workflow: string;
  /** Buckets may be deleted with what is in them. */
  readonly deleteData: boolean;
  /** Jobs that have not ended may be ended to remove what they use. */
  readonly force?: boolean | undefined;
  readonly sites: readonly Site[];
  readonly buckets: readonly { readonly site: Site; readonly bucket: string }[];
  readonly known: readonly KnownResource[];
  readonly tagged: Tagged;
  /** What kinds share while a plan is made; without it each asks for itself. */
  readonly memory?: Memory | undefined;
  /** By their tags. */
  readonly images: ReadonlyMap<string, IdentifiedImage>;
  /** Programs of zip functions, by the SHA-256 of the archive in hexadecimal digits. */
  readonly bundles: ReadonlyMap<string, Uint8Array>;
  /** Opened when it is first used. */
  readonly registry: () => Promise<ImageRegistry>;
  /** How kinds wait; by the clock by default. */
  readonly delay?: Delay | undefined;
}

/**
 * The value of a property that was a reference. Throws `TypeError` where it still is one: nothing is made before all it
 * refers to is there.
 */
export function resolved(value: Ref | string): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`the reference ${JSON.stringify(value)} is not resolved`);
}
