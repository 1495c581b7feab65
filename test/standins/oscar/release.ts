/** Releases of OSCAR and what differs between them, read in its published sources from 3.3 to 4.1.2. */

export interface Release {
  /** As `/system/info` gives it. */
  readonly version: string;
  /** Whether this release is that one or a later one: `since('4.1')`. */
  since(version: string): boolean;
}

/** A release by its number, of which `4`, `4.1` and `4.1.2` are forms. */
export function release(version: string): Release {
  const own = numbers(version);
  return { version: own.join('.'), since: (other) => compare(own, numbers(other)) >= 0 };
}

function numbers(version: string): readonly number[] {
  const parts = version.replace(/^v/, '').split('.').map(Number);
  return [0, 1, 2].map((index) => parts[index] ?? 0);
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((part, index) => part !== b[index]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
