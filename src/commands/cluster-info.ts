import type { ClusterConfig, ClusterInfo, ServiceAnswer } from '../providers/oscar/api/answers.ts';
import { openClient } from '../providers/oscar/api/client.ts';
import type { ResolvedCluster } from '../providers/oscar/clusters/resolve.ts';
import type { Style } from '../terminal/style.ts';
import { defaultOf } from './cluster-default.ts';
import { accessOf, readKnown } from './cluster-known.ts';
import type { Handler } from './command.ts';

/** Asks a cluster what it is. */
export const run: Handler = async (context, [given]) => {
  const known = await readKnown(context);
  const resolved = accessOf(context, known, given === undefined ? defaultOf(known) : String(given));
  const { terminal, environment, signal } = context;
  const client = openClient(resolved.access, { environment });
  const progress = await terminal.progress(`asking ${resolved.access.endpoint}`);
  try {
    const [info, config, services] = await Promise.all([
      client.info(signal),
      client.config(signal),
      client.services(signal),
    ]);
    terminal.hide([config.minio.secret_key]);
    progress.stop();
    const answer = { resolved, info, config, services };
    if (terminal.json) terminal.data(infoJson(answer));
    else terminal.out(infoText(answer, terminal.outStyle));
    return 0;
  } finally {
    progress.stop();
    await client.close();
  }
};

interface Answer {
  readonly resolved: ResolvedCluster;
  readonly info: ClusterInfo;
  readonly config: ClusterConfig;
  readonly services: readonly ServiceAnswer[];
}

function infoJson({ resolved, info, config, services }: Answer): object {
  const { access, origin } = resolved;
  return {
    id: access.id,
    endpoint: access.endpoint,
    source: origin,
    login: access.login.kind,
    verifyTls: access.verifyTls,
    version: info.version,
    architecture: info.architecture,
    kubernetes: info.kubernetes_version,
    serverlessBackend: info.serverless_backend ?? null,
    gpus: config.gpus ?? null,
    interlink: config.interlink ?? null,
    volumes: config.volumes ?? null,
    virtualOrganisations: config.virtualOrganisations,
    allowedImages: config.allowedImages,
    minio: { endpoint: config.minio.endpoint, region: config.minio.region },
    services: services.map(({ name }) => name),
  };
}

function infoText({ resolved, info, config, services }: Answer, style: Style): string {
  const { access, origin } = resolved;
  const backend = info.serverless_backend;
  const known = (flag: boolean | undefined) => (flag === undefined ? 'unknown' : flag ? 'yes' : 'no');
  const list = (items: readonly string[], none: string) => (items.length > 0 ? items.join(', ') : none);
  const rows: readonly (readonly [string, string])[] = [
    ['endpoint', `${access.endpoint} (from ${origin})`],
    ['login', access.login.kind === 'basic' ? `basic, ${access.login.user}` : access.login.kind],
    ['release', `OSCAR ${info.version}`],
    ['kubernetes', [info.kubernetes_version, info.architecture].filter(Boolean).join(', ') || 'unknown'],
    ['synchronous calls', backend?.name ? `yes, ${backend.name} ${backend.version}` : 'no'],
    ['GPUs', known(config.gpus)],
    ['InterLink', known(config.interlink)],
    ['volumes', known(config.volumes)],
    ['virtual organisations', list(config.virtualOrganisations, 'none')],
    ['images', list(config.allowedImages, 'any')],
    ['MinIO', config.minio.endpoint],
    [
      'services',
      list(
        services.map(({ name }) => name),
        'none',
      ),
    ],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    style('bold', access.id),
    ...rows.map(([name, value]) => `  ${style('dim', name.padEnd(width))}  ${value}`),
  ].join('\n');
}
