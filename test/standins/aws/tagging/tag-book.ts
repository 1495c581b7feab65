/** The tags of everything in the account, as the tagging API sees it. */
export type Tags = Readonly<Record<string, string>>;

export interface Tagged {
  readonly arn: string;
  readonly tags: Tags;
}

export interface TagFilter {
  readonly Key: string;
  readonly Values?: readonly string[];
}

export interface TagBook {
  /** Replaces all tags of a thing. Buckets have no region in their names, so it is given. */
  set(arn: string, tags: Tags, region?: string): void;
  add(arn: string, tags: Tags): void;
  remove(arn: string, keys: readonly string[]): void;
  /** The thing is gone, with what is below it. */
  forget(arn: string): void;
  get(arn: string): Tags;
  /** What the tagging API of a region knows by now, in order of names. */
  seen(region: string): readonly Tagged[];
}

interface Entry {
  readonly region: string;
  readonly tags: Tags | undefined;
  readonly since: number;
  /** What the tagging API says until it has learned of the change. */
  readonly before: Tags | undefined;
}

/** An empty book, of which the tagging API learns some milliseconds later. */
export function openTagBook(delay: number): TagBook {
  const entries = new Map<string, Entry>();
  const visible = ({ tags, before, since }: Entry) => (Date.now() >= since + delay ? tags : before);
  const write = (arn: string, tags: Tags | undefined, region?: string) => {
    const known = entries.get(arn);
    // What was never tagged is not in the answers.
    if (!known && (tags === undefined || Object.keys(tags).length === 0)) return;
    const place = region ?? known?.region ?? (arn.split(':')[3] || 'us-east-1');
    entries.set(arn, { region: place, tags, since: Date.now(), before: known && visible(known) });
  };
  const get = (arn: string): Tags => entries.get(arn)?.tags ?? {};
  return {
    set: write,
    add: (arn, tags) => write(arn, { ...get(arn), ...tags }),
    remove: (arn, keys) =>
      write(arn, Object.fromEntries(Object.entries(get(arn)).filter(([key]) => !keys.includes(key)))),
    forget: (arn) => {
      for (const each of entries.keys())
        if (each === arn || each.startsWith(`${arn}/`)) write(each, undefined);
    },
    get,
    seen: (region) => {
      const mine = [...entries].filter(([, entry]) => entry.region === region);
      const tagged = mine.flatMap(([arn, entry]) => {
        const tags = visible(entry);
        return tags ? [{ arn, tags }] : [];
      });
      return tagged.sort((a, b) => (a.arn < b.arn ? -1 : 1));
    },
  };
}

/** Whether tags pass all filters: each wants a key, and one of the values if it names any. */
export function passes(tags: Tags, filters: readonly TagFilter[]): boolean {
  return filters.every(({ Key, Values = [] }) => {
    const value = tags[Key];
    return value !== undefined && (Values.length === 0 || Values.includes(value));
  });
}

/** Whether a thing is of a type as the tagging API names them: `lambda`, `lambda:function`, `s3`. */
export function isOfType(arn: string, type: string): boolean {
  const [, , service, , , ...rest] = arn.split(':');
  const [wanted, kind] = type.split(':');
  if (service !== wanted) return false;
  const resource = rest.join(':').replace(/^\//, '');
  return kind === undefined || (service === 's3' && kind === 'bucket') || resource.split(/[:/]/)[0] === kind;
}
