/** Which of many like cases a run of the tests tries. */
import { it, type TestAPI } from 'vitest';

/** One of so many. */
const SHARE = 3;
const DAY = 86_400_000;

/** The number that decides: that of the day, or `FDL_TEST_DAY`. */
export const SEED = Number(process.env['FDL_TEST_DAY'] || Math.floor(Date.now() / DAY));

const isAll = process.env['FDL_TEST_ALL'] === '1';

/**
 * Whether the case of this number is tried: a third of them, on each day another one, so that three days see them all. With
 * `FDL_TEST_ALL=1` every one is.
 */
export function isTried(number: number): boolean {
  return isAll || (number + SEED) % SHARE === 0;
}

/** An `it` for tests of a file that do not build on one another; a third of them are tried, each in its turn. */
export function inTurn(): Pick<TestAPI, 'each'> & ((name: string, run: () => unknown) => void) {
  let number = 0;
  const next = () => (isTried(number++) ? it : it.skip);
  const test = (name: string, run: () => unknown) => void next()(name, () => run() as Promise<void>);
  const each = (...rows: Parameters<TestAPI['each']>) => next().each(...rows);
  return Object.assign(test, { each: each as TestAPI['each'] });
}

/** Those of some cases that are tried. */
export function tried<T>(cases: readonly T[], from = 0): readonly T[] {
  return cases.filter((_, index) => isTried(from + index));
}

/** One of two ways to try something, each day the other one; both with `FDL_TEST_ALL=1`. */
export function wayOfToday<T>(ways: readonly [T, T]): readonly T[] {
  return isAll ? ways : ways.filter((_, index) => index === SEED % 2);
}
