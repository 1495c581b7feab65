/** `/system/info`, `/system/config`, `/health`. */
import type { Json } from './binding.ts';
import { type Handler, json, plain } from './cluster.ts';

export const health: Handler = () => plain(200, 'Ok');

export const info: Handler = ({ release, settings }) => {
  const backend = settings.serverlessBackend && {
    serverless_backend: { name: settings.serverlessBackend, version: '1.14.0' },
  };
  return json({
    version: release.version,
    git_commit: '0123abcd',
    architecture: 'amd64',
    kubernetes_version: 'v1.31.2',
    ...backend,
  });
};

/** The administrator gets MinIO's own keys, everybody else keys of their own. */
export const config: Handler = ({ release, settings, minio }, { identity }) => {
  const general: Json = {
    name: 'oscar',
    namespace: 'oscar',
    services_namespace: 'oscar-svc',
    gpu_available: settings.gpus,
    interLink_available: false,
    serverless_backend: settings.serverlessBackend,
    yunikorn_enable: false,
    oidc_groups: settings.groups,
    ...(release.since('4.0') && { kueue_enable: false, volume_enable: settings.volumes }),
  };
  const keys = identity.admin ? minio.root : minio.users.get(identity.uid);
  if (!keys) return plain(500, 'secrets "minio-user" not found\n');
  const provider = {
    endpoint: settings.minioEndpoint ?? minio.url,
    verify: true,
    access_key: keys.accessKey,
    secret_key: keys.secretKey,
    region: minio.region,
  };
  const images = release.since('4.0') ? { allowed_image_repositories: settings.allowedImages } : {};
  return json({ config: general, minio_provider: provider, ...images });
};
