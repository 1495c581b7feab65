/** What differs between two texts, line by line. */

/** A line that only one of the two has. */
interface DiffLine {
  readonly sign: '-' | '+';
  readonly text: string;
}

/** Pairs of lines that are compared; beyond, all that lies between equal ends counts as changed. */
const MOST_PAIRS = 1_000_000;

/** The lines of a text; that it ends with a line break does not make one more. */
export function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r?\n/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

/** The lines that are gone and those that are new, in their order. */
export function textDiff(before: string, after: string): readonly DiffLine[] {
  let [old, now] = [linesOf(before), linesOf(after)];
  const start = commonLength(old, now);
  [old, now] = [old.slice(start), now.slice(start)];
  const end = commonLength(old.toReversed(), now.toReversed());
  [old, now] = [old.slice(0, old.length - end), now.slice(0, now.length - end)];
  if (old.length * now.length > MOST_PAIRS) return [...signed('-', old), ...signed('+', now)];
  return walk(old, now, longestCommon(old, now));
}

function commonLength(a: readonly string[], b: readonly string[]): number {
  const differs = a.findIndex((line, index) => line !== b[index]);
  return differs < 0 ? Math.min(a.length, b.length) : differs;
}

function signed(sign: DiffLine['sign'], lines: readonly string[]): readonly DiffLine[] {
  return lines.map((text) => ({ sign, text }));
}

/** For each pair of places, how many lines the rests from there have in common, in order. */
function longestCommon(old: readonly string[], now: readonly string[]): readonly Uint32Array[] {
  const lengths = Array.from({ length: old.length + 1 }, () => new Uint32Array(now.length + 1));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    const [row, below] = [lengths[i] as Uint32Array, lengths[i + 1] as Uint32Array];
    for (let j = now.length - 1; j >= 0; j -= 1) {
      row[j] = old[i] === now[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return lengths;
}

function walk(
  old: readonly string[],
  now: readonly string[],
  lengths: readonly Uint32Array[],
): readonly DiffLine[] {
  const found: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) [i, j] = [i + 1, j + 1];
    else if (
      i < old.length &&
      (lengths[i + 1]?.[j] ?? 0) >= (j < now.length ? (lengths[i]?.[j + 1] ?? 0) : 0)
    ) {
      found.push({ sign: '-', text: old[i] ?? '' });
      i += 1;
    } else {
      found.push({ sign: '+', text: now[j] ?? '' });
      j += 1;
    }
  }
  return found;
}
