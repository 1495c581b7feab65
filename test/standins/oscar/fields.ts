/**
 * The fields of a service as the server's JSON binding knows them: path, type, first release, last release. `?` leaves
 * a field out of answers while it is empty. `[]` is an item of a list, `*` a name of the user's.
 */
import type { Release } from './release.ts';

export type FieldType =
  | 'string'
  | 'bool'
  | 'int'
  | 'int32'
  | 'uint'
  | '[]string'
  | '[]int'
  | '[]int32'
  | 'map'
  | 'struct'
  | 'pointer'
  | '[]struct'
  | '{}struct';

/** One field, with those below it. */
export interface FieldSpec {
  readonly name: string;
  readonly type: FieldType;
  readonly omitEmpty: boolean;
  readonly fields: readonly FieldSpec[];
}

const IO = (path: string, type: string, since: string) => `
${path} ${type} ${since}
${path}.storage_provider string 2.0.0
${path}.path string 2.0.0
${path}.suffix? []string 2.0.0
${path}.prefix? []string 2.0.0
${path}.options? string 4.1.0`;

const REPLICA = (path: string, since: string) => `
${path}? []struct ${since}
${path}.type string ${since}
${path}.cluster_id string ${since}
${path}.service_name string ${since}
${path}.url string ${since}
${path}.ssl_verify bool ${since}
${path}.priority uint ${since}
${path}.headers map ${since}`;

const ROWS = `
name string 2.0.0
cluster_id string 2.5.0
memory string 2.0.0
cpu string 2.0.0
total_memory string 2.3.0
total_cpu string 2.3.0
ephemeral_storage_request string 4.1.0
enable_gpu bool 2.5.1
enable_sgx bool 2.7.2
image_prefetch bool 2.6.2
synchronous struct 2.4.1
synchronous.min_scale int 2.4.1
synchronous.max_scale int 2.4.1
${REPLICA('replicas', '2.5.0-4.0.99')}
delegation string 3.3.0-4.0.99
rescheduler_threshold int 2.5.1-4.0.99
federation? pointer 4.1.0
federation.group_id string 4.1.0
federation.topology string 4.1.0
federation.delegation? string 4.1.0
federation.rescheduler_threshold? int 4.1.0
${REPLICA('federation.members', '4.1.0')}
log_level string 2.0.0
image string 2.0.0
alpine bool 2.3.0
token string 2.2.0
file_stage_in bool 2.6.0
${IO('input', '[]struct', '2.0.0')}
${IO('output', '[]struct', '2.0.0')}
script? string 2.0.0
image_pull_secrets? []string 2.5.0
expose struct 2.7.1
expose.min_scale int32 2.7.1
expose.max_scale int32 2.7.1
expose.api_port int 3.1.0-4.0.99
expose.api_port? []int 4.1.0
expose.cpu_threshold int32 2.7.1
expose.rewrite_target bool 3.1.0
expose.nodePort int32 3.1.0-4.0.99
expose.nodePort? []int32 4.1.0
expose.default_command bool 3.1.0
expose.set_auth bool 3.1.0
expose.auth_type? string 4.1.0
expose.health_path string 3.6.5
expose.probe_mode? string 4.0.0
environment struct 2.0.0
environment.Variables map 2.0.0-3.3.99
environment.variables map 3.4.0
environment.secrets map 3.4.0
annotations map 2.3.0
vo string 2.8.0
labels map 2.3.0
storage_providers? pointer 2.0.0
storage_providers.s3? {}struct 2.0.0
storage_providers.s3.access_key string 2.0.0
storage_providers.s3.secret_key string 2.0.0
storage_providers.s3.region string 2.0.0
storage_providers.minio? {}struct 2.0.0
storage_providers.minio.endpoint string 2.0.0
storage_providers.minio.verify bool 2.0.0
storage_providers.minio.access_key string 2.0.0
storage_providers.minio.secret_key string 2.0.0
storage_providers.minio.region string 2.0.0
storage_providers.onedata? {}struct 2.0.0
storage_providers.onedata.oneprovider_host string 2.0.0
storage_providers.onedata.token string 2.0.0
storage_providers.onedata.space string 2.0.0
storage_providers.webdav? {}struct 2.5.0
storage_providers.webdav.hostname string 2.5.0
storage_providers.webdav.login string 2.5.0
storage_providers.webdav.password string 2.5.0
storage_providers.rucio? {}struct 3.4.0
storage_providers.rucio.host string 3.4.0
storage_providers.rucio.account string 3.6.2
storage_providers.rucio.rse string 3.4.0
storage_providers.rucio.token string 3.4.0-3.6.1
storage_providers.rucio.refresh_token string 3.6.2
storage_providers.rucio.auth_host string 3.4.0
storage_providers.rucio.oidc_audience string 3.6.2
storage_providers.rucio.token_endpoint string 3.6.2
clusters? {}struct 2.5.0
clusters.endpoint string 2.5.0
clusters.auth_user string 2.5.0
clusters.auth_password string 2.5.0
clusters.ssl_verify bool 2.5.0
owner string 3.1.0
namespace? string 3.6.5
interlink_node_name string 3.1.0
visibility string 3.6.0
allowed_users []string 3.0.0
isolation_level string 3.3.1
bucket_list []string 3.3.1
${IO('mount', 'struct', '3.2.0')}
volume? pointer 4.0.0
volume.name? string 4.0.0
volume.size string 4.0.0
volume.mount_path string 4.0.0
volume.lifecycle_policy? string 4.0.0
kserve? pointer 4.1.0
kserve.type? string 4.1.0
kserve.inference? pointer 4.1.0
kserve.inference.model_format? string 4.1.0
kserve.inference.runtime? string 4.1.0
kserve.llm_inference? pointer 4.1.0
kserve.llm_inference.runtime_image? string 4.1.0
kserve.storage_uri string 4.1.0
kserve.api_version? string 4.1.0
kserve.min_scale? int32 4.1.0
kserve.max_scale? int32 4.1.0
kserve.cpu string 4.1.0
kserve.memory string 4.1.0
kserve.args? []string 4.1.0
kserve.env? map 4.1.0
kserve.enable_gpu? bool 4.1.0
kserve.set_auth? bool 4.1.0`;

interface Row {
  readonly path: string;
  readonly type: FieldType;
  readonly omitEmpty: boolean;
}

/** The fields that a release knows. */
export function fieldsOf(release: Release): readonly FieldSpec[] {
  const rows = ROWS.split('\n').flatMap((line) => {
    const [name = '', type, range = ''] = line.split(' ');
    const [first = '', last] = range.split('-');
    if (!type || !release.since(first) || (last && release.since(after(last)))) return [];
    return [{ path: name.replace(/\?$/, ''), type: type as FieldType, omitEmpty: name.endsWith('?') }];
  });
  return below(rows, '');
}

/** The first release behind `4.0.99` is `4.1.0`, behind `3.6.1` it is `3.6.2`. */
function after(last: string): string {
  const [major = 0, minor = 0, patch = 0] = last.split('.').map(Number);
  return patch === 99 ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`;
}

function below(rows: readonly Row[], prefix: string): readonly FieldSpec[] {
  return rows
    .filter(({ path }) => path.startsWith(prefix) && !path.slice(prefix.length).includes('.'))
    .map(({ path, type, omitEmpty }) => ({
      name: path.slice(prefix.length),
      type,
      omitEmpty,
      fields: below(rows, `${path}.`),
    }));
}
