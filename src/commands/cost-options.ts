/** Options that say how costs are counted, of commands that may also be given without. */
import { FdlError } from '../errors.ts';

interface CostOptions {
  readonly cost?: boolean;
  readonly runs?: number;
  readonly seconds?: readonly string[];
  readonly prices?: string;
}

/** @throws FdlError `usage` where one of them is given, and costs are not asked for */
export function checkCostOptions({ cost, runs, seconds, prices }: CostOptions): void {
  const given = Object.entries({ runs, seconds, prices }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`],
  );
  if (cost || given.length === 0) return;
  const names = given.join(' and ');
  const hint = `Add --cost, or leave ${names} out.`;
  throw new FdlError('usage', `${names}: costs are not asked for`, { hint, exitCode: 2 });
}
