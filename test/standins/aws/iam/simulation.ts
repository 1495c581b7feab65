/**
 * Says what policies permit, without a call. Rules: SimulatePrincipalPolicy and EvaluationResult in IAM's API reference;
 * GetCallerIdentity in that of STS; "IAM identifiers" in IAM's user guide.
 */
import { type Params, type Rules, settled, xml } from '../core/api.ts';
import { AwsFault } from '../core/fault.ts';
import { ACCOUNT } from '../core/world.ts';
import { DEPLOYER_KEYS, type Deployer } from './enforcement.ts';
import { type Context, type PolicyStatement, permits } from './policy.ts';

/** The user who may do what the deployer's policies say. */
export const DEPLOYER_ARN = `arn:aws:iam::${ACCOUNT}:user/deployer`;
/** The user of all other keys, who may do everything. */
const OTHER_ARN = `arn:aws:iam::${ACCOUNT}:user/moto`;
const EVERYTHING: readonly PolicyStatement[] = [{ Effect: 'Allow', Action: '*', Resource: '*' }];
/** Rule: `MaxItems` of SimulatePrincipalPolicy: 100 by default. */
const USUAL_PAGE = 100;

export function simulationRules(deployer: Deployer): Rules {
  return {
    // moto takes users for objects of STS.
    'sts:GetCallerIdentity': async ({ caller }, next) => {
      const { body, ...reply } = await settled(await next());
      const arn = caller === DEPLOYER_KEYS.accessKeyId ? DEPLOYER_ARN : OTHER_ARN;
      return { ...reply, body: Buffer.from(String(body).replace(/arn:aws:sts::\d+:user\/\w+/, arn)) };
    },
    'iam:SimulatePrincipalPolicy': async ({ params }) => {
      const source = params['PolicySourceArn'];
      const known = { [DEPLOYER_ARN]: deployer.statements, [OTHER_ARN]: EVERYTHING }[String(source)];
      if (!known) throw new AwsFault('NoSuchEntity', `The entity ${source} cannot be found.`, 404);
      const all = evaluated(known, params);
      const start = Number(params['Marker'] ?? 0);
      const end = start + Number(params['MaxItems'] ?? USUAL_PAGE);
      return xml(answer(all.slice(start, end), end < all.length ? end : undefined));
    },
  };
}

/** An element for each action on each resource. */
function evaluated(statements: readonly PolicyStatement[], params: Params): readonly string[] {
  const context: Context = Object.fromEntries(
    members(params, 'ContextEntries', '.ContextKeyName').map((name, index) => [
      name,
      members(params, `ContextEntries.member.${index + 1}.ContextKeyValues`)[0] ?? '',
    ]),
  );
  const resources = members(params, 'ResourceArns');
  return members(params, 'ActionNames').flatMap((action) =>
    (resources.length > 0 ? resources : ['*']).map((resource) => {
      const decision = permits(statements, action, resource, undefined, context) ? 'allowed' : 'implicitDeny';
      const keys = statements.flatMap(({ Condition = {} }) => Object.values(Condition).flatMap(Object.keys));
      const missing = keys.filter((key) => !(key in context)).map((key) => `<member>${key}</member>`);
      return `<member><EvalActionName>${action}</EvalActionName><EvalResourceName>${resource}</EvalResourceName><EvalDecision>${decision}</EvalDecision><MissingContextValues>${missing.join('')}</MissingContextValues></member>`;
    }),
  );
}

/** A list of the query protocol. */
function members(params: Params, list: string, field = ''): readonly string[] {
  const found: string[] = [];
  for (let at = 1; `${list}.member.${at}${field}` in params; at += 1)
    found.push(String(params[`${list}.member.${at}${field}`]));
  return found;
}

function answer(results: readonly string[], marker: number | undefined): string {
  const more =
    marker === undefined
      ? '<IsTruncated>false</IsTruncated>'
      : `<IsTruncated>true</IsTruncated><Marker>${marker}</Marker>`;
  return `<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult>${more}<EvaluationResults>${results.join('')}</EvaluationResults></SimulatePrincipalPolicyResult><ResponseMetadata><RequestId>standin</RequestId></ResponseMetadata></SimulatePrincipalPolicyResponse>`;
}
