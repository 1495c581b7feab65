import { FdlError } from '../errors.ts';
import { openClient } from '../providers/oscar/api/client.ts';
import { changeConfig } from '../providers/oscar/clusters/config-file.ts';
import { type ClusterDefinition, endpointOf } from '../providers/oscar/clusters/definition.ts';
import { checkedEndpoint, resolveCluster } from '../providers/oscar/clusters/resolve.ts';
import { type KnownClusters, readKnown } from './cluster-known.ts';
import { type LoginOptions, readLogin } from './cluster-login.ts';
import type { CommandContext, Handler } from './command.ts';

interface Options extends LoginOptions {
  /** False with --no-ssl-verify. */
  readonly sslVerify?: boolean;
  /** False with --no-check. */
  readonly check?: boolean;
}

/** Stores a cluster, once it has answered. */
export const run: Handler = async (context, [id, endpoint], options: Options) => {
  const known = await readKnown(context);
  const name = checkedId(String(id));
  const where = endpoint === undefined ? knownEndpoint(known, name) : checkedEndpoint(name, String(endpoint));
  const login = await readLogin(context, options);
  const definition = { endpoint: where, ...login, ...(options.sslVerify === false && { verifyTls: false }) };
  const version = options.check === false ? undefined : await check(context, name, definition);
  const { environment, terminal } = context;
  const isFirst = known.stored.clusters.length === 0;
  const file = await changeConfig(environment, {
    clusters: { [name]: definition },
    ...(isFirst && { defaultCluster: name }),
  });
  const release = version ? `, OSCAR ${version},` : '';
  if (terminal.json) terminal.data({ id: name, endpoint: where, version: version ?? null, file });
  else terminal.out(`Cluster ${name} at ${where}${release} is stored in ${file}.`);
  return 0;
};

/** @throws FdlError `cluster-invalid` */
function checkedId(id: string): string {
  // It stands before storage URIs and in names of variables.
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(id)) return id;
  const hint = 'Use letters, digits, "-", "_" and ".", as in lab-2.';
  throw new FdlError('cluster-invalid', `"${id}" cannot be the id of a cluster`, { hint, exitCode: 2 });
}

/** @throws FdlError `cluster-invalid`: the endpoint must be given */
function knownEndpoint({ stored }: KnownClusters, id: string): string {
  const found = stored.clusters.find((cluster) => cluster.id === id && cluster.definition.endpoint);
  if (found?.definition.endpoint) return endpointOf(found.definition.endpoint);
  throw new FdlError('cluster-invalid', `nothing says where the cluster "${id}" is`, {
    hint: `Add its URL: fdl cluster add ${id} https://HOST …`,
    exitCode: 2,
  });
}

/** Asks the cluster for its release, with this very login. */
async function check(context: CommandContext, id: string, flag: ClusterDefinition): Promise<string> {
  const { environment, signal, terminal } = context;
  const stored = { clusters: [], defaultCluster: undefined, warnings: [] };
  const { access, warnings } = resolveCluster(id, { flag, environment: {}, stored });
  for (const warning of warnings) terminal.note(`warning: ${warning}`);
  const client = openClient(access, { environment, attempts: 2 });
  try {
    return (await client.info(signal)).version;
  } catch (error) {
    if (!(error instanceof FdlError)) throw error;
    const { code, message, hint = '' } = error;
    const more = code === 'oscar-unreachable' ? 'With --no-check it is stored all the same.' : '';
    const whole = [hint, more].filter(Boolean).join(' ') || undefined;
    throw new FdlError(code, `nothing is stored: ${message}`, { hint: whole, cause: error });
  } finally {
    await client.close();
  }
}
