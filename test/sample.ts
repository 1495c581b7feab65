/** Which of many like cases a run of the tests tries. */

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

/** Those of some cases that are tried. */
export function tried<T>(cases: readonly T[], from = 0): readonly T[] {
  return cases.filter((_, index) => isTried(from + index));
}

/** One of two ways to try something, each day the other one; both with `FDL_TEST_ALL=1`. */
export function wayOfToday<T>(ways: readonly [T, T]): readonly T[] {
  return isAll ? ways : ways.filter((_, index) => index === SEED % 2);
}
