/** Times on the command line. */
import { FdlError } from '../errors.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Milliseconds: no `Date` is further from 1970. */
const FURTHEST = 8.64e15;

/** `10m`, `2h`, `3d` before now, or a date, as ISO 8601; `option` is what it was given with. @throws FdlError `since-invalid` */
export function parseSince(text: string, now: Date, option = '--since'): string {
  const [, count, unit = ''] = /^(\d+)([smhdw])$/.exec(text.trim()) ?? [];
  // Dates in other forms than ISO's are guessed at: "10" would be October 2001.
  const date = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  const time = count === undefined ? date : now.getTime() - Number(count) * (UNITS[unit] ?? 0) * 1000;
  if (Math.abs(time) <= FURTHEST) return new Date(time).toISOString();
  const hint = 'Write 30s, 10m, 2h, 3d, or a date such as 2026-01-31T12:00:00Z.';
  throw new FdlError('since-invalid', `${option} "${text}" is no time`, { hint, exitCode: 2 });
}
