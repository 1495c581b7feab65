/** Whether whoever deploys may do what `fdl policy FILE` names, by IAM's own simulation: nothing is made for it. */

import { FdlError, messageOf } from '../../../errors.ts';
import { openSlots } from '../../../slots.ts';
import type { Workflow } from '../../../workflow/model.ts';
import { bad, type Finding, good, open } from '../../check.ts';
import type { Site } from '../site.ts';
import type { Policy, Statement } from './document.ts';
import { awsPolicies, type PolicyDeps } from './index.ts';
import type { Condition } from './right.ts';

/** Simulations at the same time: IAM takes few calls. */
const AT_ONCE = 4;
/** Actions that a finding names. */
const NAMED = 8;

/** Whoever the credentials of a site belong to, against the policies of its account. */
export async function simulate(
  deps: PolicyDeps,
  workflow: Workflow,
  site: Site,
): Promise<readonly Finding[]> {
  const { sdk, client } = await deps.clients('sts', site);
  const command = new sdk.GetCallerIdentityCommand({});
  const { Arn = '', Account } = await client.send(command, { abortSignal: deps.signal });
  const hint = `What it takes: fdl policy ${workflow.file}`;
  if (Arn.endsWith(':root')) return [good(`${Arn} may do everything`)];
  const { accounts } = await awsPolicies(workflow, {}, deps);
  const own = accounts.filter(({ account }) => account === Account);
  const statements = own.flatMap(({ policies }) =>
    (policies as readonly Policy[]).flatMap(({ Statement }) => Statement),
  );
  try {
    const source = await principalOf(deps, site, Arn);
    if (source === undefined) return [open(`whether ${Arn} may make everything cannot be simulated`, hint)];
    const slots = openSlots(AT_ONCE);
    const ask = (statement: Statement) => slots(() => decide(deps, site, source, statement));
    return [verdict(source, (await Promise.all(statements.map(ask))).flat(), hint)];
  } catch (thrown) {
    deps.signal.throwIfAborted();
    const why = `whether everything may be made is not checked: ${messageOf(thrown)}`;
    const rights = 'To let doctor check it, permit iam:SimulatePrincipalPolicy and iam:GetRole.';
    return [open(why, `${rights} ${hint}`)];
  }
}

/**
 * The user or role whose policies count: sessions have those of their role, whose path their own ARN leaves out. Rule:
 * `PolicySourceArn` of SimulatePrincipalPolicy in IAM's API reference; "IAM identifiers" in its user guide.
 */
async function principalOf(
  { clients, signal }: PolicyDeps,
  site: Site,
  arn: string,
): Promise<string | undefined> {
  if (/^arn:[\w-]+:iam::\d{12}:user\//.test(arn)) return arn;
  const [, RoleName] = /^arn:[\w-]+:sts::\d{12}:assumed-role\/([^/]+)\//.exec(arn) ?? [];
  if (RoleName === undefined) return undefined;
  const { sdk, client } = await clients('iam', site);
  try {
    const { Role } = await client.send(new sdk.GetRoleCommand({ RoleName }), { abortSignal: signal });
    return Role?.Arn;
  } catch (thrown) {
    if (!(thrown instanceof FdlError) || thrown.code !== 'aws-denied') throw thrown;
    // Most roles have no path.
    return arn.replace(/:sts:(.*):assumed-role\/.*$/, `:iam:$1:role/${RoleName}`);
  }
}

interface Decision {
  readonly action: string;
  /** `unknown`: it depends on what a simulation does not know, such as the address of the caller. */
  readonly is: 'allowed' | 'denied' | 'unknown';
}

/** What IAM decides of each action of a statement on each of its resources. */
async function decide(
  { clients, signal }: PolicyDeps,
  site: Site,
  PolicySourceArn: string,
  { Action, Resource, Condition }: Statement,
): Promise<readonly Decision[]> {
  const { sdk, client } = await clients('iam', site);
  const question = {
    PolicySourceArn,
    ActionNames: [...Action],
    // Patterns are taken for names of things, which the same patterns of policies match.
    ...(Resource.includes('*') ? {} : { ResourceArns: [...Resource] }),
    ...(Condition && { ContextEntries: contextOf(Condition) }),
  };
  const found: Decision[] = [];
  let Marker: string | undefined;
  do {
    const command = new sdk.SimulatePrincipalPolicyCommand({ ...question, ...(Marker && { Marker }) });
    const answer = await client.send(command, { abortSignal: signal });
    for (const {
      EvalActionName: action = '',
      EvalDecision,
      MissingContextValues = [],
    } of answer.EvaluationResults ?? []) {
      const isUnknown = EvalDecision === 'implicitDeny' && MissingContextValues.length > 0;
      found.push({ action, is: EvalDecision === 'allowed' ? 'allowed' : isUnknown ? 'unknown' : 'denied' });
    }
    Marker = answer.IsTruncated ? answer.Marker : undefined;
  } while (Marker !== undefined);
  return found;
}

/** The context in which a statement of ours permits something. */
function contextOf(condition: Condition) {
  return Object.values(condition).flatMap((keys) =>
    Object.entries(keys).map(([ContextKeyName, values]) => ({
      ContextKeyName,
      ContextKeyValues: [values].flat(),
      ContextKeyType: 'string' as const,
    })),
  );
}

function verdict(source: string, decisions: readonly Decision[], hint: string): Finding {
  const named = (is: Decision['is']) => {
    const actions = [
      ...new Set(decisions.filter((each) => each.is === is).map(({ action }) => action)),
    ].sort();
    const more = actions.length > NAMED ? ` and ${actions.length - NAMED} more` : '';
    return { count: actions.length, text: actions.slice(0, NAMED).join(', ') + more };
  };
  const denied = named('denied');
  if (denied.count > 0) return bad(`${source} may not ${denied.text}`, hint);
  const unknown = named('unknown');
  if (unknown.count === 0) return good(`${source} may do all that the file takes, says IAM's simulation`);
  return open(
    `whether ${source} may ${unknown.text} depends on conditions that a simulation does not know`,
    hint,
  );
}
