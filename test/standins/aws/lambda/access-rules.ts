/**
 * Who may invoke a function, how often at once, and what becomes of failures. Rules: PutFunctionConcurrency,
 * AddPermission and PutFunctionEventInvokeConfig in Lambda's API reference.
 */
import { json, type Rules, settled } from '../core/api.ts';
import { AwsFault } from '../core/fault.ts';
import { checkDestination } from './destinations.ts';
import type { LambdaParts } from './function-rules.ts';
import { functionArn, type Known } from './functions.ts';
import { parameter } from './limits.ts';
import { newStatement, type Statement } from './policy.ts';

/** What must remain for functions without a reservation. Rule: Lambda's documentation on reserved concurrency. */
const UNRESERVED = 100;

export function accessRules(parts: LambdaParts): Rules {
  return { ...policyRules(parts), ...concurrencyRules(parts), ...failureRules(parts) };
}

function policyRules({ functions }: LambdaParts): Rules {
  return {
    'lambda:AddPermission': async ({ region, params }) => {
      const known = functions.need(region, params['FunctionName']);
      const statement = newStatement(params, functionArn(known), known.statements);
      known.statements = [...known.statements, statement];
      return json({ Statement: JSON.stringify(statement) }, 201);
    },
    'lambda:GetPolicy': async ({ region, params }) => {
      const { statements, version } = functions.need(region, params['FunctionName']);
      if (statements.length === 0) throw nothing();
      return json({ Policy: policyText(statements), RevisionId: `${version}-${statements.length}` });
    },
    'lambda:RemovePermission': async ({ region, params }) => {
      const known = functions.need(region, params['FunctionName']);
      const left = known.statements.filter(({ Sid }) => Sid !== params['StatementId']);
      if (left.length === known.statements.length) throw nothing();
      known.statements = left;
      return json(undefined, 204);
    },
  };
}

function nothing(): AwsFault {
  return new AwsFault('ResourceNotFoundException', 'The resource you requested does not exist.', 404);
}

function policyText(statements: readonly Statement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements });
}

function concurrencyRules({ functions, world }: LambdaParts): Rules {
  const total = world.settings.concurrency;
  const reservedBy = (others: readonly Known[]) =>
    others.reduce((sum, { reserved = 0 }) => sum + reserved, 0);
  return {
    'lambda:PutFunctionConcurrency': async ({ region, params }, next) => {
      const known = functions.need(region, params['FunctionName']);
      const wanted = params['ReservedConcurrentExecutions'];
      const others = functions.all().filter((each) => each !== known && each.region === region);
      if (total - reservedBy(others) - wanted < Math.min(UNRESERVED, total)) {
        throw parameter(
          `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${UNRESERVED}].`,
        );
      }
      const reply = await settled(await next());
      if (reply.status < 300) known.reserved = wanted;
      return reply;
    },
    'lambda:DeleteFunctionConcurrency': async ({ region, params }, next) => {
      const known = functions.need(region, params['FunctionName']);
      delete known.reserved;
      return next();
    },
    'lambda:GetAccountSettings': async ({ region }) => {
      const mine = functions.all().filter((each) => each.region === region);
      const AccountLimit = {
        ...{ TotalCodeSize: 80_530_636_800, CodeSizeUnzipped: 262_144_000, CodeSizeZipped: 52_428_800 },
        ...{ ConcurrentExecutions: total, UnreservedConcurrentExecutions: total - reservedBy(mine) },
      };
      return json({ AccountLimit, AccountUsage: { TotalCodeSize: 0, FunctionCount: mine.length } });
    },
  };
}

function failureRules({ functions, roles }: LambdaParts): Rules {
  const check = async (region: string, { FunctionName, ...params }: Record<string, unknown>) => {
    const known = functions.need(region, String(FunctionName));
    const { MaximumRetryAttempts: retries = 0, DestinationConfig } = params as {
      MaximumRetryAttempts?: number;
      DestinationConfig?: { OnFailure?: { Destination?: string } };
    };
    if (retries < 0 || retries > 2) throw parameter('MaximumRetryAttempts must be 0, 1 or 2.');
    const arn = DestinationConfig?.OnFailure?.Destination;
    if (arn) await checkDestination({ functions, roles }, known, arn);
  };
  return {
    'lambda:PutFunctionEventInvokeConfig': async ({ region, params }, next) => {
      await check(region, params);
      return next();
    },
    'lambda:UpdateFunctionEventInvokeConfig': async ({ region, params }, next) => {
      await check(region, params);
      return next();
    },
  };
}
