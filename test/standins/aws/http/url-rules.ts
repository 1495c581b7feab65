/**
 * Function URLs: as on AWS, but they lead to the stand-in. Rules: CreateFunctionUrlConfig in Lambda's API reference.
 */
import {
  type ApiRequest,
  json,
  mapJson,
  type Next,
  type Params,
  type Reply,
  type Rules,
} from '../core/api.ts';
import { AwsFault } from '../core/fault.ts';
import type { World } from '../core/world.ts';
import { type Functions, functionArn, type Known } from '../lambda/functions.ts';
import { validation } from '../lambda/limits.ts';

export type UrlAuth = 'NONE' | 'AWS_IAM';

export function urlRules(world: World, functions: Functions): Rules {
  const written = (known: Known) => (body: Params) => {
    const [, id = ''] = /^https:\/\/([^.]+)/.exec(body['FunctionUrl']) ?? [];
    known.url = { id, auth: body['AuthType'] };
    return { ...withoutNulls(body), FunctionUrl: `${world.url()}/_url/${id}/`, InvokeMode: 'BUFFERED' };
  };
  const change = async ({ region, params }: ApiRequest, next: Next): Promise<Reply> => {
    const known = functions.need(region, params['FunctionName']);
    checkAuth(params['AuthType']);
    if (!known.url) throw missing();
    return mapJson(await next(), written(known));
  };
  return {
    'lambda:CreateFunctionUrlConfig': async ({ region, params }, next) => {
      const known = functions.need(region, params['FunctionName']);
      checkAuth(params['AuthType'] ?? '');
      if (known.url) {
        const message = `Failed to create function url config for [functionArn = ${functionArn(known)}]. Error message:  FunctionUrlConfig exists for this Lambda function`;
        throw new AwsFault('ResourceConflictException', message, 409);
      }
      return mapJson(await next(), written(known));
    },
    'lambda:GetFunctionUrlConfig': change,
    'lambda:UpdateFunctionUrlConfig': change,
    'lambda:DeleteFunctionUrlConfig': async ({ region, params }, next) => {
      const known = functions.need(region, params['FunctionName']);
      if (!known.url) throw missing();
      delete known.url;
      await next();
      return json(undefined, 204);
    },
  };
}

function checkAuth(auth: string | undefined): void {
  if (auth !== undefined && auth !== 'NONE' && auth !== 'AWS_IAM') {
    throw validation('authType', 'enum value set: [NONE, AWS_IAM]', auth);
  }
}

function missing(): AwsFault {
  return new AwsFault('ResourceNotFoundException', 'The resource you requested does not exist.', 404);
}

function withoutNulls(body: Params): Params {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}
