/** Services that hand jobs to services of other clusters. */
import { flag, integer, list, record, secret, section, text } from '../../../../fdl/schema/field.ts';

const since = 'OSCAR 4.1.0';

/** One place that can take over jobs. */
export const replica = section(
  {
    type: text({
      title: 'Type',
      description:
        '`oscar` for a service of another OSCAR cluster, `endpoint` for any URL that accepts events.',
      values: ['oscar', 'endpoint'],
      since: 'OSCAR 2.5.0',
    }),
    cluster_id: text({
      title: 'Cluster',
      description: 'Id of the other cluster, as in `clusters`. Counts for type `oscar`.',
      since: 'OSCAR 2.5.0',
      public: true,
    }),
    service_name: text({
      title: 'Service',
      description: 'Name of the service on the other cluster. Counts for type `oscar`.',
      since: 'OSCAR 2.5.0',
      public: true,
    }),
    url: text({
      title: 'URL',
      description: 'Where events are posted to. Counts for type `endpoint`.',
      since: 'OSCAR 2.5.0',
    }),
    ssl_verify: flag({
      title: 'Verify TLS',
      description:
        "Whether the URL's certificate is checked. Left out, OSCAR does not check it. For type `endpoint`.",
      since: 'OSCAR 2.5.0',
    }),
    priority: integer({
      title: 'Priority',
      description: 'Order in which members are tried: 0 comes first, larger numbers later.',
      default: 0,
      since: 'OSCAR 2.5.0',
    }),
    headers: record(secret({ title: 'Header', description: 'Value of one HTTP header.' }), {
      title: 'Headers',
      description: 'HTTP headers that are sent along with each job. They count as secrets.',
      since: 'OSCAR 2.5.0',
    }),
  },
  { title: 'Replica', description: 'A place that can take over jobs of this service.', since: 'OSCAR 2.5.0' },
);

/** `federation` of a service. */
export const federation = section(
  {
    group_id: text({
      title: 'Group',
      description: 'Name of the federation that its members share. Left out, it is the name of the service.',
      since,
      public: true,
    }),
    topology: text({
      title: 'Topology',
      description:
        'What OSCAR makes of the members: copies of the service (`star`), which hand on jobs themselves (`mesh`), or nothing (`none`). `fdl` makes no copies: write members as services of the file.',
      default: 'none',
      values: ['none', 'star', 'mesh'],
      since,
    }),
    delegation: text({
      title: 'Delegation',
      description:
        'How the member for a job is chosen: by `priority`, by chance, by what is free, or by weighing several measures. Left out, no job is handed on.',
      values: ['static', 'random', 'load-based', 'topsis'],
      since,
    }),
    rescheduler_threshold: integer({
      title: 'Rescheduler threshold',
      description: 'Seconds that a job may wait in the queue before a member gets it.',
      since,
    }),
    members: list(replica, { title: 'Members', description: 'The places that can take over jobs.', since }),
  },
  {
    title: 'Federation',
    description: 'Services of several clusters that take over jobs from one another.',
    since,
  },
);
