import { definitionOfKnown } from '../providers/oscar/clusters/listing.ts';
import type { Style } from '../terminal/style.ts';
import { readKnown } from './cluster-known.ts';
import type { Handler } from './command.ts';

interface Row {
  readonly id: string;
  readonly endpoint: string | undefined;
  readonly login: string;
  readonly user: string | undefined;
  readonly verifyTls: boolean;
  readonly source: string;
  readonly file: string | undefined;
  readonly default: boolean;
}

/** Lists the clusters that are known here. Nothing is contacted. */
export const run: Handler = async (context) => {
  const known = await readKnown(context);
  const { terminal, environment } = context;
  const { defaultCluster } = known.stored;
  const rows = known.ids.map((id): Row => {
    const listed = definitionOfKnown(id, environment, known.stored);
    return { id, ...listed, default: id === defaultCluster };
  });
  if (terminal.json) terminal.data({ default: defaultCluster ?? null, clusters: rows });
  else terminal.out(listText(rows, terminal.outStyle));
  return 0;
};

function listText(rows: readonly Row[], style: Style): string {
  if (rows.length === 0) return 'No cluster is known here: fdl cluster add ID https://HOST --user NAME';
  const width = Math.max(...rows.map(({ id }) => id.length));
  const wide = Math.max(...rows.map(({ endpoint }) => (endpoint ?? '').length));
  return rows
    .map(({ id, endpoint = '', login, user, verifyTls, source, ...row }) => {
      const who = user ? `${login} ${user}` : login;
      const notes = [verifyTls ? [] : ['certificate not checked'], row.default ? ['default'] : []].flat();
      const extra = notes.length > 0 ? `  (${notes.join(', ')})` : '';
      return `${style('bold', id.padEnd(width))}  ${endpoint.padEnd(wide)}  ${who}  ${style('dim', source)}${extra}`;
    })
    .join('\n');
}
