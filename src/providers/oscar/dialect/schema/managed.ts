/** Fields of an OSCAR service that the tools or the cluster fill in, and credentials that SCAR keeps beside them. */

import { flag, list, secret, text } from '../../../../fdl/schema/field.ts';
import { ownClusters } from './clusters.ts';

/** What a cluster or a tool usually sets itself; a value in the file counts where the description says so. */
export const managed = {
  cluster_id: text({
    title: 'Cluster id',
    description: 'Id of the cluster itself. The key above the service is taken, whatever is written here.',
    since: 'OSCAR 2.5.0',
    deprecated: 'it has no effect; leave it out.',
    public: true,
  }),
  owner: text({
    title: 'Owner',
    description:
      'User that the service belongs to. The cluster sets it from who logs in; an administrator may change it in an update.',
    since: 'OSCAR 3.1.0',
  }),
  namespace: text({
    title: 'Namespace',
    description:
      'Kubernetes namespace of a new service. The cluster chooses one for its owner, which is nearly always right.',
    since: 'OSCAR 3.6.5',
    public: true,
  }),
  token: secret({
    title: 'Token',
    description:
      'Token that opens the service to callers. The cluster makes one, unless the service is the worker of a federation.',
    since: 'OSCAR 2.2.0',
  }),
  bucket_list: list(text({ title: 'Bucket', description: 'Name of a bucket.', public: true }), {
    title: 'Private buckets',
    description:
      'Buckets of single users under the isolation level `USER`. The cluster adds those of `allowed_users`.',
    since: 'OSCAR 3.3.1',
  }),
  clusters: ownClusters,
} as const;

const instead = 'write it under `clusters` instead.';

/** The access to its cluster that SCAR reads from a service. */
export const access = {
  endpoint: text({
    title: 'Endpoint',
    description: 'URL of the cluster, with its scheme.',
    since: 'SCAR',
    deprecated: instead,
    public: true,
  }),
  auth_user: text({
    title: 'User',
    description: 'User of the cluster for HTTP Basic authentication.',
    since: 'SCAR',
    deprecated: instead,
  }),
  auth_password: secret({
    title: 'Password',
    description: 'Password of that user.',
    since: 'SCAR',
    deprecated: instead,
  }),
  ssl_verify: flag({
    title: 'Verify TLS',
    description: "Whether the cluster's TLS certificate is checked.",
    default: true,
    since: 'SCAR',
    deprecated: instead,
  }),
} as const;
