/** The policies of whoever deploys a workflow, made of what is to be there: nothing is asked but whose account it is. */
import type { Workflow } from '../../../workflow/model.ts';
import type { AccessPolicies, AccessRequest } from '../../provider.ts';
import { type Account, openAccounts, openSites } from '../api/account.ts';
import type { Clients } from '../api/clients.ts';
import { isConfigured } from '../configured.ts';
import type { AwsFacts } from '../facts.ts';
import type { Site } from '../site.ts';
import { awsSteps } from '../step.ts';
import { policiesOf, statementsOf } from './document.ts';
import { githubTrust } from './github.ts';
import { USES } from './right.ts';
import { workflowRights } from './workflow.ts';

export interface PolicyDeps {
  readonly clients: Clients;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** Policies that a role may have. Rule: IAM's quotas, before anybody asks for more. */
const MOST_POLICIES = 10;

/** @throws FdlError `repository-invalid` */
export async function awsPolicies(
  workflow: Workflow,
  request: AccessRequest,
  deps: PolicyDeps,
): Promise<AccessPolicies> {
  const notes: string[] = [];
  const facts = await factsFor(workflow, request, deps, notes);
  const accounts = [...new Map([...facts.values()].map((each) => [each.account, each])).values()];
  const uses = request.use ? [request.use] : USES;
  const all = accounts.flatMap(({ account, partition }) => {
    const mine: AwsFacts = new Map([...facts].filter(([, each]) => each.account === account));
    const place = { workflow: workflow.name, partition, account };
    const policies = policiesOf(statementsOf(workflowRights(workflow, mine, place), uses));
    if (policies.length > 1) notes.push(splitNote(policies.length));
    const trust = request.github && githubTrust(request.github, partition, account);
    return [{ account, policies, ...(trust && { trust }) }];
  });
  return { accounts: all, notes };
}

function splitNote(count: number): string {
  const often = `The policy is longer than the 6,144 characters of one, so there are ${count}: attach all of them.`;
  return count > MOST_POLICIES
    ? `${often} A role takes ${MOST_POLICIES} unless the account's quota is raised.`
    : often;
}

/** Where the steps are: what takes no call, and the account where somebody says it. */
async function factsFor(
  workflow: Workflow,
  { account }: AccessRequest,
  deps: PolicyDeps,
  notes: string[],
): Promise<AwsFacts> {
  const steps = awsSteps(workflow);
  const sites = await Promise.all(steps.map(openSites(deps)));
  const whose = await ownerOf(account, deps, notes);
  const known = await Promise.all(
    steps.map(async (step, index) => {
      const site = sites[index] as Site;
      return [step.id, { site, ...(await whose(site)) }] as const;
    }),
  );
  return new Map(known);
}

/** Milliseconds: whoever has no network is not to wait. */
const PATIENCE = 10_000;

/** Rule: the partitions of AWS by the names of their regions. */
function partitionOf({ region }: Site): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

async function ownerOf(given: string | undefined, deps: PolicyDeps, notes: string[]) {
  const at = (account: string) => async (site: Site) => ({ account, partition: partitionOf(site) });
  if (given !== undefined) return at(given);
  const unknown = (why: string) => {
    const hint = 'Give --account 123456789012 to limit it to yours.';
    const note = `${why}, so the policy says * where the number of the account belongs. ${hint}`;
    if (!notes.includes(note)) notes.push(note);
  };
  if (!isConfigured(deps)) {
    unknown('There are no credentials of AWS here');
    return at('*');
  }
  const accountOf = openAccounts(deps.clients, AbortSignal.any([deps.signal, AbortSignal.timeout(PATIENCE)]));
  return async (site: Site): Promise<Account> => {
    try {
      return await accountOf(site);
    } catch {
      deps.signal.throwIfAborted();
      unknown('AWS does not say whose account it is');
      return at('*')(site);
    }
  };
}
