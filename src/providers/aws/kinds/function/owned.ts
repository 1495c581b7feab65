/** The functions of a workflow, for what belongs to functions and has no tags itself. */
import { mapBounded } from '../../../../deploy/concurrency.ts';
import type { CallContext } from '../../../../deploy/resource.ts';
import { getFunction } from '../../api/function.ts';
import { parseArn } from '../../api/tagged.ts';
import { isOwned, TAG, type Tags } from '../../api/tags.ts';
import { type Site, siteKey } from '../../site.ts';
import type { AwsDeps } from '../deps.ts';
import { READS } from '../listing.ts';

interface OwnFunction {
  readonly site: Site;
  readonly name: string;
  readonly step: string | undefined;
  readonly tags: Tags;
}

const PREFIX = 'function:';

/** Those that the tagging API or the file names, that are there and have our tag: each once. */
export async function ownFunctions(deps: AwsDeps, call: CallContext): Promise<readonly OwnFunction[]> {
  const known = deps.known.flatMap(({ kind, props }) =>
    kind === 'aws/function' ? [{ site: props['site'] as Site, name: String(props['name']) }] : [],
  );
  const candidates = new Map(
    [...known, ...(await taggedFunctions(deps, call))].map((each) => [keyOf(each), each]),
  );
  const found = await mapBounded([...candidates.values()], READS, ({ site, name }) =>
    readOwn(deps, site, name, call),
  );
  // Two profiles may lead to one account; the site that the file names came first.
  const byArn = new Map([...found].reverse().flatMap((each) => (each ? [[each.arn, each] as const] : [])));
  return [...byArn.values()].reverse();
}

function keyOf({ site, name }: { readonly site: Site; readonly name: string }): string {
  return `${siteKey(site)} ${name}`;
}

async function taggedFunctions(
  deps: AwsDeps,
  call: CallContext,
): Promise<readonly { readonly site: Site; readonly name: string }[]> {
  const bySite = await Promise.all(
    deps.sites.map(async (site) =>
      (await deps.tagged(site, call)).flatMap(({ arn }) => {
        const { service, resource } = parseArn(arn);
        const isFunction = service === 'lambda' && resource.startsWith(PREFIX);
        return isFunction ? [{ site, name: resource.slice(PREFIX.length) }] : [];
      }),
    ),
  );
  return bySite.flat();
}

async function readOwn(
  deps: AwsDeps,
  site: Site,
  name: string,
  call: CallContext,
): Promise<(OwnFunction & { readonly arn: string }) | undefined> {
  const found = await getFunction(deps, { site, name }, call);
  const tags = found?.Tags ?? {};
  if (!found || !isOwned(tags, deps.workflow)) return undefined;
  return { site, name, tags, step: tags[TAG.step], arn: found.Configuration?.FunctionArn ?? name };
}
