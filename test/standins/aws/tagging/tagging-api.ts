/** GetResources of the tagging API. Rule: its API reference. */
import { type ApiRequest, json, type Reply, type Rules } from '../core/api.ts';
import { AwsFault } from '../core/fault.ts';
import type { World } from '../core/world.ts';
import { isOfType, passes, type Tagged } from './tag-book.ts';

const MOST_PER_PAGE = 100;

export function taggingRules(world: World): Rules {
  return { 'tagging:GetResources': async (request) => getResources(world, request) };
}

function getResources({ tags }: World, { region, params }: ApiRequest): Reply {
  const { TagFilters = [], ResourceTypeFilters = [], ResourceARNList = [], ResourcesPerPage } = params;
  const size = ResourcesPerPage ?? MOST_PER_PAGE;
  if (size < 1 || size > MOST_PER_PAGE) throw invalid('ResourcesPerPage must be between 1 and 100');
  if (TagFilters.length > 50) throw invalid('TagFilters must have 50 items or less');
  if (ResourceARNList.length > 0 && ResourceTypeFilters.length + TagFilters.length > 0) {
    throw invalid('ResourceARNList cannot be used with other filters');
  }
  const found = tags
    .seen(region)
    .filter(
      (each) =>
        passes(each.tags, TagFilters) &&
        (ResourceARNList.length === 0 || ResourceARNList.includes(each.arn)) &&
        (ResourceTypeFilters.length === 0 ||
          ResourceTypeFilters.some((type: string) => isOfType(each.arn, type))),
    );
  const start = startOf(params['PaginationToken']);
  const page = found.slice(start, start + size);
  const more = start + size < found.length;
  const token = more ? Buffer.from(String(start + size)).toString('base64') : '';
  return json({ PaginationToken: token, ResourceTagMappingList: page.map(mapping) });
}

function mapping({ arn, tags }: Tagged) {
  return { ResourceARN: arn, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
}

function startOf(token: string | undefined): number {
  if (!token) return 0;
  const start = Number(Buffer.from(token, 'base64').toString());
  if (!Number.isInteger(start))
    throw new AwsFault('PaginationTokenExpiredException', 'The token is not valid.');
  return start;
}

function invalid(message: string): AwsFault {
  return new AwsFault('InvalidParameterException', message);
}
