/** OSCAR clusters that a file names: where they are and who logs in. */
import { flag, record, secret, section, text } from '../../../../fdl/schema/field.ts';

const since = 'OSCAR 2.5.0';

const cluster = section(
  {
    endpoint: text({
      title: 'Endpoint',
      description: 'URL of the cluster, with its scheme.',
      examples: ['https://oscar.example.org'],
      since,
      public: true,
    }),
    auth_user: text({
      title: 'User',
      description: 'User of the cluster for HTTP Basic authentication.',
      examples: ['oscar'],
      since,
    }),
    auth_password: secret({
      title: 'Password',
      description: 'Password of that user. Take it from the environment: `${env:NAME}`.',
      since,
    }),
    memory: text({
      title: 'Memory',
      description: 'Without effect: nothing reads it, though published examples have it.',
    }),
    log_level: text({
      title: 'Log level',
      description: 'Without effect: nothing reads it, though published examples have it.',
    }),
    ssl_verify: flag({
      title: 'Verify TLS',
      description:
        "Whether the cluster's TLS certificate is checked. Switch it off for self-signed certificates only.",
      default: true,
      since,
    }),
  },
  { title: 'Cluster', description: 'Where an OSCAR cluster is and how to log in.', since },
);

/** `clusters` of the file. */
export const clusters = record(cluster, {
  title: 'Clusters',
  description: 'The OSCAR clusters that this file names, by the ids that it uses for them.',
  since,
});

/** `clusters` of one service. */
export const ownClusters = record(cluster, {
  title: 'Clusters',
  description: 'Clusters of this service alone. OSCAR-CLI reads those at the top of the file only.',
  since,
});
