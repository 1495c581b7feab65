/** `fdl quota`: what users of a cluster may use at most. */
import { FdlError } from '../errors.ts';
import type { Quota } from '../session/clusters.ts';
import type { Handler } from './command.ts';
import { columnsText, type OfCluster, withCluster } from './with-cluster.ts';

// What `--json` prints.

export interface QuotaDocument extends Quota {
  readonly cluster: string;
}

interface Options extends OfCluster {
  readonly set?: readonly string[];
}

/** Shows the quota of a user, after it was changed where that is asked for. */
export const run: Handler = async (context, [given], options: Options) => {
  const { terminal } = context;
  const user = given === undefined ? undefined : String(given);
  const limits = limitsOf(options.set ?? []);
  if (limits.size > 0 && user === undefined) {
    const hint = 'Name the user: fdl quota ada@example.org --set volumes=5.';
    throw new FdlError('usage', 'nobody is named whose limits are to be set', { hint, exitCode: 2 });
  }
  const document: QuotaDocument = await withCluster(
    context,
    options,
    'asking for limits',
    async (cluster) => {
      const { id, quotas } = cluster;
      const quota =
        limits.size > 0 && user !== undefined ? await quotas.set(user, limits) : await quotas.read(user);
      return { cluster: id, ...quota };
    },
  );
  if (terminal.json) terminal.data(document);
  else terminal.out(columnsText(document.limits.map(rowOf), terminal.outStyle));
  return 0;
};

function rowOf({ name, used, max, min }: Quota['limits'][number]): readonly string[] {
  const limit = min !== undefined ? `${min} at least` : max !== undefined ? `${max} at most` : 'no limit';
  return [name, used === undefined ? '' : `${used} used`, limit];
}

/** @throws FdlError `usage` */
function limitsOf(given: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    given.map((each) => {
      const [, name, value] = /^([^=]+)=(.+)$/s.exec(each) ?? [];
      if (name !== undefined && value !== undefined) return [name, value] as const;
      const hint = 'Write the name of the limit, "=" and the value: --set volumes=5.';
      throw new FdlError('usage', `--set ${each} gives no value`, { hint, exitCode: 2 });
    }),
  );
}
