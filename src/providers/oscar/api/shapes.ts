/** The shapes of what clusters answer, as far as anything here reads it. Rule: the types of OSCAR's `pkg/types`. */
import {
  aFlag,
  aNumber,
  aText,
  either,
  filledText,
  listOf,
  mapOf,
  maybe,
  type Shape,
  withFields,
} from '../../../shape.ts';

const texts = maybe(mapOf(aText));
const listOfTexts = maybe(listOf(aText));
/** Whatever stands in it, it is no list and no text. */
const object = maybe(withFields({}));

export const INFO: Shape = withFields({
  version: aText,
  architecture: maybe(aText),
  kubernetes_version: maybe(aText),
  serverless_backend: maybe(withFields({ name: maybe(aText), version: maybe(aText) })),
});

const MINIO: Shape = withFields({
  endpoint: filledText,
  verify: maybe(aFlag),
  access_key: aText,
  secret_key: aText,
  region: maybe(aText),
});

const SETTINGS = {
  gpu_available: maybe(aFlag),
  interLink_available: maybe(aFlag),
  volume_enable: maybe(aFlag),
  oidc_groups: listOfTexts,
  minio_provider: maybe(MINIO),
};

export const CONFIG: Shape = withFields({
  ...SETTINGS,
  config: maybe(withFields(SETTINGS)),
  allowed_image_repositories: listOfTexts,
});

/** An entry of `input` or `output`, or a mount. */
const PLACE: Shape = withFields({
  storage_provider: maybe(aText),
  path: maybe(aText),
  prefix: listOfTexts,
  suffix: listOfTexts,
});

export const SERVICE: Shape = withFields({
  name: filledText,
  token: maybe(aText),
  owner: maybe(aText),
  script: maybe(aText),
  memory: maybe(aText),
  cpu: maybe(aText),
  log_level: maybe(aText),
  visibility: maybe(aText),
  isolation_level: maybe(aText),
  annotations: texts,
  labels: texts,
  input: maybe(listOf(PLACE)),
  output: maybe(listOf(PLACE)),
  mount: maybe(PLACE),
  bucket_list: listOfTexts,
  allowed_users: listOfTexts,
  storage_providers: maybe(mapOf(maybe(mapOf(object)))),
  environment: maybe(withFields({ variables: texts, Variables: texts, secrets: texts })),
  expose: maybe(withFields({ api_port: maybe(either(aNumber, listOf(aNumber))), set_auth: maybe(aFlag) })),
  volume: maybe(withFields({ name: maybe(aText), size: maybe(aText), mount_path: maybe(aText) })),
  federation: object,
  kserve: object,
  clusters: object,
});

/** Go writes null for a list that is empty. */
export const SERVICES: Shape = maybe(listOf(SERVICE));

const JOB: Shape = withFields({
  // Without a pod old releases give none.
  status: maybe(aText),
  creation_time: maybe(aText),
  start_time: maybe(aText),
  finish_time: maybe(aText),
});

/** A map of all jobs, or a page of it. An answer that is null says nothing of jobs. */
export const JOBS: Shape = (value, at) => {
  const isPage = typeof value === 'object' && value !== null && Object.hasOwn(value, 'jobs');
  const shape = isPage ? withFields({ jobs: mapOf(JOB), next_page: maybe(aText) }) : mapOf(JOB);
  return shape(value, at);
};

export const DEPLOYMENT: Shape = withFields({
  // Of six today.
  state: filledText,
  reason: maybe(aText),
  active_instances: maybe(aNumber),
  affected_instances: maybe(aNumber),
  resource_kind: maybe(aText),
});

export const DEPLOYMENT_LOGS: Shape = withFields({
  available: maybe(aFlag),
  message: maybe(aText),
  entries: maybe(listOf(withFields({ timestamp: maybe(aText), message: aText }))),
});

export const BUCKET: Shape = withFields({
  bucket_name: filledText,
  visibility: maybe(aText),
  allowed_users: listOfTexts,
  owner: maybe(aText),
  metadata: texts,
  storage_quota: maybe(withFields({ max_bytes: maybe(aNumber) })),
  storage_usage: maybe(withFields({ used_bytes: maybe(aNumber), objects: maybe(aNumber) })),
});

/** Null for a list that is empty. */
export const BUCKETS: Shape = maybe(listOf(BUCKET));

export const OBJECTS: Shape = withFields({
  objects: maybe(
    listOf(withFields({ object_name: filledText, size_bytes: maybe(aNumber), last_modified: maybe(aText) })),
  ),
  next_page: maybe(aText),
  is_truncated: maybe(aFlag),
});

const address: Shape = (value, at) =>
  typeof value === 'string' && /^https?:/.test(value) && URL.canParse(value) ? undefined : `${at} is no URL`;

export const PRESIGNED: Shape = withFields({
  url: address,
  method: maybe(aText),
  headers: texts,
  object_key: maybe(aText),
});

export const VOLUME: Shape = withFields({
  name: filledText,
  size: maybe(aText),
  attachments: maybe(listOf(withFields({ service_name: maybe(aText) }))),
});

/** Null for a list that is empty. */
export const VOLUMES: Shape = maybe(listOf(VOLUME));

const AMOUNT = maybe(either(aNumber, aText));
const USED = maybe(withFields({ max: AMOUNT, used: AMOUNT }));

export const QUOTA: Shape = withFields({
  user_id: filledText,
  resources: maybe(mapOf(USED)),
  volumes: maybe(
    withFields({
      disk: USED,
      volumes: USED,
      max_disk_per_volume: maybe(aText),
      min_disk_per_volume: maybe(aText),
    }),
  ),
  minio: maybe(withFields({ buckets: USED, storage_per_bucket: USED, storage_total: USED })),
});

/** What an OIDC issuer, or an oidc-agent, answers. Rule: RFC 6749, 5.1. */
export const ACCESS_TOKEN: Shape = withFields({
  access_token: filledText,
  expires_in: maybe(either(aNumber, aText)),
});
