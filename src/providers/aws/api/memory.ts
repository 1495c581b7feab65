/** What AWS answered, for all who ask the same while nothing changes. */
import type { CallContext } from '../../../deploy/resource.ts';
import type { Memory } from '../../../memory.ts';

/**
 * Asks once for all as long as a plan is made: AWS limits some of these calls to a few a second for a whole account.
 * While a plan is carried out everything is asked anew.
 */
export function remembered<T>(
  { memory }: { readonly memory?: Memory | undefined },
  { planning }: Pick<CallContext, 'planning'>,
  question: string,
  ask: () => Promise<T>,
): Promise<T> {
  return planning && memory ? memory(question, ask) : ask();
}
