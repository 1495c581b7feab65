/** What SCAR made in a region of AWS, as an FDL file. */
import { dump } from 'js-yaml';
import { mapBounded } from '../../../deploy/concurrency.ts';
import { FdlError, messageOf } from '../../../errors.ts';
import type { ProviderContext } from '../../provider.ts';
import { openSites } from '../api/account.ts';
import { type Clients, openClients } from '../api/clients.ts';
import { getFunction } from '../api/function.ts';
import { parseArn } from '../api/tagged.ts';
import type { Site } from '../site.ts';
import { downloadCode, fileOfZip } from './code.ts';
import { configOf, SCAR_TAG, type ScarEntry, type ScarFunction, scarEntry } from './scar.ts';

interface Region {
  readonly clients: Clients;
  readonly site: Site;
  readonly signal: AbortSignal;
}

const CONCURRENCY = 4;

/** All functions that SCAR made in the region of the environment, by their names. @throws FdlError `nothing-to-export` */
export async function exportScar({ environment, signal }: ProviderContext) {
  const clients = openClients(environment);
  // A step that says nothing of where it is.
  const site = await openSites({ environment })({ id: '', settings: {} });
  const region = { clients, site, signal };
  const found = await mapBounded(await namesOf(region), CONCURRENCY, (name) => entryOf(name, region));
  const entries = found.flatMap((each) => (each ? [each] : [])).sort((a, b) => (a.name < b.name ? -1 : 1));
  if (entries.length === 0) {
    const hint = 'AWS_REGION names another region.';
    throw new FdlError('nothing-to-export', `SCAR made no function on AWS in ${site.region}`, { hint });
  }
  const stores = Object.assign({}, ...entries.map((each) => each.stores)) as ScarEntry['stores'];
  const definition = {
    name: 'scar',
    functions: { aws: entries.map(({ entry }) => entry) },
    ...(Object.keys(stores).length > 0 && { storage_providers: stores }),
  };
  const notes = [
    HOW,
    ...entries.flatMap(({ name, notes: own }) => [...new Set(own)].map((note) => `${name}: ${note}`)),
  ];
  const head = [`Functions that SCAR made on AWS in ${site.region}.`, ...notes.map((note) => `- ${note}`)];
  const comment = head.map((line) => `# ${line.replaceAll(/\s+/g, ' ')}\n`).join('');
  return { definition, notes, text: comment + dump(definition, { lineWidth: -1, noRefs: true }) };
}

const HOW =
  'AWS makes no function with an image of one without: before the first apply, scar rm removes them (data stays), or give the steps other names.';

async function namesOf({ clients, site, signal }: Region): Promise<readonly string[]> {
  const { sdk, client } = await clients('tagging', site);
  const names: string[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(
      new sdk.GetResourcesCommand({
        TagFilters: [{ Key: SCAR_TAG.key, Values: [SCAR_TAG.value] }],
        ResourceTypeFilters: ['lambda:function'],
        ...(token && { PaginationToken: token }),
      }),
      { abortSignal: signal },
    );
    for (const { ResourceARN = '' } of page.ResourceTagMappingList ?? [])
      names.push(parseArn(ResourceARN).resource.replace(/^function:/, ''));
    token = page.PaginationToken;
  } while (token);
  return names;
}

/** Nothing of a function that is gone, which the tagging API still knows. */
async function entryOf(name: string, region: Region): Promise<(ScarEntry & { name: string }) | undefined> {
  const { clients, site, signal } = region;
  const answer = await getFunction({ clients }, { site, name }, { signal });
  if (!answer?.Configuration) return undefined;
  const { Configuration: own, Code } = answer;
  const variables = own.Environment?.Variables ?? {};
  const { script, problem } = await scriptOf(variables, Code?.Location, signal);
  const found: ScarFunction = {
    name,
    description: own.Description,
    memory: own.MemorySize,
    timeout: own.Timeout,
    role: own.Role,
    architectures: own.Architectures,
    ephemeralStorage: own.EphemeralStorage?.Size,
    variables,
    script,
  };
  const made = scarEntry(found);
  const isKept = configOf(variables) !== undefined;
  const lost = isKept ? [] : ['SCAR kept nothing of its file in it: add its input, output and script.'];
  return { ...made, name, notes: [...lost, ...made.notes, ...(problem === undefined ? [] : [problem])] };
}

/** The script of a function: a file of its code, unless it is an image. */
async function scriptOf(
  variables: Readonly<Record<string, string>>,
  location: string | undefined,
  signal: AbortSignal,
): Promise<{ readonly script?: string; readonly problem?: string }> {
  const file = configOf(variables)?.['init_script'];
  if (typeof file !== 'string' || location === undefined) return {};
  try {
    const content = fileOfZip(await downloadCode(location, signal), file);
    return content ? { script: content.toString('utf8') } : {};
  } catch (thrown) {
    if (!(thrown instanceof FdlError)) throw thrown;
    return { problem: `${messageOf(thrown)}.` };
  }
}
