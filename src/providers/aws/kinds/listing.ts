/** Finds what a workflow owns of one kind: candidates of any source, each read before it counts. */
import { mapBounded } from '../../../deploy/concurrency.ts';
import type { CallContext, Found, Props, ResourceKind } from '../../../deploy/resource.ts';
import { type Arn, parseArn } from '../api/tagged.ts';
import { TAG, type Tags } from '../api/tags.ts';
import type { Site } from '../site.ts';
import type { AwsDeps } from './deps.ts';

/** An object that may be there and may be ours. */
export interface Candidate<P extends Props> {
  readonly id: string;
  readonly props: P;
}

/** Reads at the same time for one kind. */
export const READS = 16;

/**
 * The candidates, and the resources of that kind in the file, that are there and are ours: each object once, even where
 * two profiles lead to one account. `identity` tells objects apart, such as by their ARN.
 */
export async function ownedOf<P extends Props, A extends Props>(
  {
    kind,
    candidates,
    identity,
  }: { kind: string; candidates: readonly Candidate<P>[]; identity: (attrs: A) => string },
  { known }: AwsDeps,
  read: ResourceKind<P, A>['read'],
  call: CallContext,
): Promise<readonly Found<A>[]> {
  const named = known.filter(
    (resource) => resource.kind === kind,
  ) as readonly Candidate<Props>[] as readonly Candidate<P>[];
  // What the file names comes first, so that its id is the one that counts.
  const all = [...new Map([...candidates, ...named].map((each) => [each.id, each])).values()];
  const ordered = all.sort((a, b) => Number(isIn(named, b)) - Number(isIn(named, a)));
  const found = await mapBounded(ordered, READS, async ({ id, props }) => {
    const observed = await read(props, call);
    return observed?.owned ? [{ id, step: stepOf(observed.attrs), attrs: observed.attrs }] : [];
  });
  return once(found.flat(), identity);
}

function isIn(list: readonly { readonly id: string }[], { id }: { readonly id: string }): boolean {
  return list.some((each) => each.id === id);
}

/** The step that the tags name. */
function stepOf(attrs: Props): string | undefined {
  return (attrs['tags'] as Tags | undefined)?.[TAG.step];
}

function once<A extends Props>(
  found: readonly Found<A>[],
  identity: (attrs: A) => string,
): readonly Found<A>[] {
  const objects = new Map<string, Found<A>>();
  for (const each of found) {
    const key = identity(each.attrs);
    if (!objects.has(key)) objects.set(key, each);
  }
  return [...objects.values()];
}

/** What the tagging API finds at all sites, as candidates where `make` recognises the ARN. */
export async function taggedCandidates<P extends Props>(
  deps: AwsDeps,
  call: CallContext,
  make: (site: Site, arn: Arn, tags: Tags) => Candidate<P> | undefined,
): Promise<readonly Candidate<P>[]> {
  const bySite = await Promise.all(
    deps.sites.map(async (site) => {
      const found = await deps.tagged(site, call);
      return found.flatMap(({ arn, tags }) => make(site, parseArn(arn), tags) ?? []);
    }),
  );
  return bySite.flat();
}
