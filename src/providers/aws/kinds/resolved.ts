/** References in properties, once they must be known. */
import type { Ref } from '../../../deploy/resource.ts';

/**
 * The value of a property that was a reference. Throws `TypeError` where it still is one: nothing is made before all it
 * refers to is there.
 */
export function resolved(value: Ref | string): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`the reference ${JSON.stringify(value)} is not resolved`);
}
