/** Jobs by when they ran. Pure. */

export interface InTime {
  /** ISO 8601; empty where nothing is known, which is now. */
  readonly from: string;
  readonly to: string;
}

/** Later than any time. */
const NOW = '\uffff';

/** Groups of what ran at the same time, in order: nothing of a group ran before the end of the one before it. */
export function groupsInTime<T extends InTime>(items: readonly T[]): readonly (readonly T[])[] {
  const sorted = [...items].sort((a, b) => ((a.from || NOW) < (b.from || NOW) ? -1 : 1));
  const groups: T[][] = [];
  let end = '';
  for (const item of sorted) {
    const group = groups.at(-1);
    if (group && (item.from || NOW) <= end) group.push(item);
    else groups.push([item]);
    const own = item.to || NOW;
    end = own > end ? own : end;
  }
  return groups;
}

/**
 * Whether a service may have a job of that name: each begins with the service's name, or with its first 16 characters if
 * it has 25 or more. Rule: OSCAR, `MakeJobHandler`.
 */
export function mayBeOf(job: string, service: string): boolean {
  return job.startsWith(`${service.length >= 25 ? service.slice(0, 16) : service}-`);
}
