/** Comparing releases of OSCAR. */

/** Whether a release, as `/system/info` gives it, is that one or a later one. One that is no number counts as the latest. */
export function isSince(version: string, first: string): boolean {
  const own = numbersOf(version);
  if (own === undefined) return true;
  const other = numbersOf(first) ?? [];
  const at = [0, 1, 2].find((index) => (own[index] ?? 0) !== (other[index] ?? 0));
  return at === undefined || (own[at] ?? 0) > (other[at] ?? 0);
}

/** `v4.1.0-rc1` counts as 4.1.0; `latest` and `dev` are no numbers. */
function numbersOf(version: string): readonly number[] | undefined {
  const [, text] = /^v?(\d+(?:\.\d+)*)/.exec(version.trim()) ?? [];
  return text?.split('.').map(Number);
}
