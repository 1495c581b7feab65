/** What a workflow owns, as the tagging API knows it: some seconds late, so everything found is to be read itself. */
import type { CallContext } from '../../../deploy/resource.ts';
import { type Site, siteKey } from '../site.ts';
import type { Clients } from './clients.ts';
import { fromTagList, TAG, type Tags } from './tags.ts';

interface TaggedResource {
  readonly arn: string;
  readonly tags: Tags;
}

/** All resources of a site with the tag of the workflow. */
export type Tagged = (site: Site, call: CallContext) => Promise<readonly TaggedResource[]>;

/** Asks each site once; what failed is asked for again. */
export function openTagged(clients: Clients, workflow: string): Tagged {
  const asked = new Map<string, Promise<readonly TaggedResource[]>>();
  return (site, call) => {
    const key = siteKey(site);
    const known = asked.get(key);
    if (known) return known;
    const answer = allTagged(clients, workflow, site, call);
    asked.set(key, answer);
    answer.catch(() => asked.delete(key));
    return answer;
  };
}

/** Results in one answer. Rule: GetResources gives at most 100. */
const PAGE = 100;

async function allTagged(
  clients: Clients,
  workflow: string,
  site: Site,
  { signal }: CallContext,
): Promise<readonly TaggedResource[]> {
  const { sdk, client } = await clients('tagging', site);
  const TagFilters = [{ Key: TAG.workflow, Values: [workflow] }];
  const found: TaggedResource[] = [];
  let token: string | undefined;
  do {
    const input = { TagFilters, ResourcesPerPage: PAGE, ...(token && { PaginationToken: token }) };
    const page = await client.send(new sdk.GetResourcesCommand(input), { abortSignal: signal });
    const resources = page.ResourceTagMappingList ?? [];
    found.push(
      ...resources.map(({ ResourceARN = '', Tags }) => ({ arn: ResourceARN, tags: fromTagList(Tags) })),
    );
    token = page.PaginationToken;
  } while (token);
  return found;
}

export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  /** All that follows, such as `function:resize`. */
  readonly resource: string;
}

/** The parts of an ARN; those of a text that is none are empty. */
export function parseArn(arn: string): Arn {
  const [, partition = '', service = '', region = '', account = '', ...resource] = arn.split(':');
  return { partition, service, region, account, resource: resource.join(':') };
}
