/** `expose` of an OSCAR service: a program that answers HTTP requests. */
import { flag, integer, list, section, text } from '../../../../fdl/schema/field.ts';

const port = integer({ title: 'Port', description: 'Number of a port.' });

/** `expose` of a service. */
export const expose = section(
  {
    api_port: list(port, {
      title: 'Port',
      description: 'Ports inside the container that the program listens on; 0 exposes nothing.',
      examples: [[8080]],
      since: 'OSCAR 3.1.0, several since 4.1.0',
    }),
    min_scale: integer({
      title: 'Fewest replicas',
      description: 'Pods that are always running. OSCAR documents 1, but applies no default.',
      since: 'OSCAR 2.7.1',
    }),
    max_scale: integer({
      title: 'Most replicas',
      description: 'Pods that may run at the same time. OSCAR documents 10, but applies no default.',
      since: 'OSCAR 2.7.1',
    }),
    cpu_threshold: integer({
      title: 'CPU threshold',
      description:
        'Use of the CPU, in percent, above which another pod starts. OSCAR documents 80, but applies no default.',
      since: 'OSCAR 2.7.1',
    }),
    nodePort: list(port, {
      title: 'Node port',
      description:
        "Ports of the cluster's nodes, one for each of `api_port`, in place of a path of the cluster; 0 lets the cluster choose.",
      examples: [[30500]],
      since: 'OSCAR 3.1.0, several since 4.1.0',
    }),
    set_auth: flag({
      title: 'Authentication',
      description: "Whether callers must log in, with the service's name as user and its token as password.",
      default: false,
      since: 'OSCAR 3.1.0',
    }),
    auth_type: text({
      title: 'Authentication type',
      description:
        'How callers log in where `set_auth` is on: `basic`, or `forward` to let OSCAR decide who may call.',
      default: 'basic',
      values: ['basic', 'forward'],
      since: 'OSCAR 4.1.0',
    }),
    rewrite_target: flag({
      title: 'Keep the path',
      description:
        'Whether the program sees the whole path, `/system/services/<name>/exposed/…`, instead of what follows it.',
      default: false,
      since: 'OSCAR 3.1.0',
    }),
    default_command: flag({
      title: 'Default command',
      description: 'Whether the command of the image is started instead of the script.',
      default: false,
      since: 'OSCAR 3.1.0',
    }),
    health_path: text({
      title: 'Health path',
      description: 'Path that must answer for a pod to count as ready and alive.',
      default: '/',
      since: 'OSCAR 3.6.5',
      public: true,
    }),
    probe_mode: text({
      title: 'Probe mode',
      description:
        '`direct` asks for `health_path` alone; `legacy` puts the path of the cluster before it where `rewrite_target` is on.',
      default: 'legacy',
      values: ['legacy', 'direct'],
      since: 'OSCAR 4.0.0',
    }),
    port: integer({
      title: 'Port',
      description: 'Port inside the container that the program listens on.',
      since: 'OSCAR 2.7.1–3.0.0',
      deprecated: 'write `api_port` instead.',
    }),
  },
  {
    title: 'Expose',
    description: 'Makes a program that answers HTTP requests reachable from outside the cluster.',
    since: 'OSCAR 2.7.1',
  },
);

/** `expose_options` of a service, which one release knew. */
export const exposeOptions = section(
  {
    port: integer({
      title: 'Port',
      description: 'Port inside the container that the program listens on.',
      since: 'OSCAR 2.7.0',
      deprecated: 'write `expose.api_port` instead.',
    }),
    max_replicas: integer({
      title: 'Most replicas',
      description: 'Pods that may run at the same time.',
      since: 'OSCAR 2.7.0',
      deprecated: 'write `expose.max_scale` instead.',
    }),
    top_cpu: integer({
      title: 'CPU threshold',
      description: 'Use of the CPU, in percent, above which another pod starts.',
      since: 'OSCAR 2.7.0',
      deprecated: 'write `expose.cpu_threshold` instead.',
    }),
  },
  {
    title: 'Expose options',
    description: 'The first form of `expose`.',
    since: 'OSCAR 2.7.0',
    deprecated: 'write `expose` instead.',
  },
);
