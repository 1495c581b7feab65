/** Names and values that moto takes and AWS does not. Rules: the API references. */
import type { Rules } from '../core/api.ts';
import { AwsFault } from '../core/fault.ts';

/** Days that a log group may keep its events. */
const RETENTION = new Set([
  ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731],
  ...[1096, 1827, 2192, 2557, 2922, 3288, 3653],
]);

const REPOSITORY = /^(?=.{2,256}$)([a-z0-9]+([._-]+[a-z0-9]+)*\/)*[a-z0-9]+([._-]+[a-z0-9]+)*$/;

export function nameRules(): Rules {
  return {
    'logs:PutRetentionPolicy': async ({ params }, next) => {
      if (RETENTION.has(params['retentionInDays'])) return next();
      throw new AwsFault(
        'InvalidParameterException',
        'The specified retention period is not one of those allowed.',
      );
    },
    'ecr:CreateRepository': async ({ params }, next) => {
      if (REPOSITORY.test(params['repositoryName'] ?? '')) return next();
      const message = `Invalid parameter at 'repositoryName' failed to satisfy constraint: ${REPOSITORY.source}`;
      throw new AwsFault('InvalidParameterException', message);
    },
    'iam:CreateRole': async ({ params }, next) => {
      const { RoleName = '', Path = '/' } = params;
      if (/^[\w+=,.@-]{1,64}$/.test(RoleName) && /^(\/|\/[!-~]{1,510}\/)$/.test(Path)) return next();
      throw new AwsFault(
        'ValidationError',
        `The name or the path of the role is not valid: ${Path}${RoleName}`,
      );
    },
  };
}
