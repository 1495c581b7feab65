/** Which of many like cases a run of the tests tries. */

/** One of so many. */
const SHARE = 3;
const DAY = 86_400_000;

/**
 * Whether the case of this number is tried: a third of them, on each day another one, so that three days see them all. With
 * `FDL_TEST_ALL=1` every one is.
 */
export function isTried(number: number): boolean {
  const today = Math.floor(Date.now() / DAY);
  return process.env['FDL_TEST_ALL'] === '1' || (number + today) % SHARE === 0;
}
