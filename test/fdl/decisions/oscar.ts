/** Rows about what releases of OSCAR read differently. */
import { isOscar } from '../../../src/providers/oscar/dialect/step.ts';
import { onOscar } from '../read-text.ts';
import { type Decision, settings } from './decision.ts';

const served = (fields: string) => onOscar(fields).replace('      script: run.sh\n', '');

export const OSCAR: readonly Decision[] = [
  {
    what: '`replicas`, which OSCAR 4.1.0 replaced',
    fdl: onOscar('replicas:\n- type: oscar\n  cluster_id: edge\n  service_name: step'),
    findings: ['deprecated 7:7'],
    says: 'Write `federation.members` instead',
    read: ({ steps }) => steps.find(isOscar)?.replicas,
    gives: [{ type: 'oscar', cluster_id: 'edge', service_name: 'step' }],
  },
  {
    what: '`replicas` beside `federation.members`',
    fdl: onOscar('replicas: [{priority: 1}]\nfederation: {members: [{priority: 2}]}'),
    findings: ['deprecated 7:7', 'replicas-twice 7:7'],
    read: ({ steps }) => steps.find(isOscar)?.replicas,
    gives: [{ priority: 2 }],
  },
  {
    what: '`delegation` and `rescheduler_threshold` of the service itself',
    fdl: onOscar('delegation: static\nrescheduler_threshold: 30'),
    findings: ['deprecated 7:7', 'deprecated 8:7'],
    read: (workflow) => [settings(workflow)['delegation'], settings(workflow)['rescheduler_threshold']],
    gives: ['static', 30],
  },
  {
    what: '`federation` without `delegation`',
    fdl: onOscar('federation: {topology: star}'),
    read: (workflow) => settings(workflow)['federation'],
    gives: { topology: 'star' },
  },
  {
    what: '`expose.port`',
    fdl: onOscar('expose: {port: 80, set_auth: true}'),
    findings: ['deprecated 7:16'],
    says: 'it is read as "expose.api_port"',
    read: (workflow) => settings(workflow)['expose'],
    gives: { api_port: [80], set_auth: true },
  },
  {
    what: '`expose.port` beside `expose.api_port`',
    fdl: onOscar('expose: {port: 80, api_port: 8080}'),
    findings: ['deprecated 7:16'],
    says: 'Write `api_port` instead.',
    read: (workflow) => settings(workflow)['expose'],
    gives: { port: 80, api_port: [8080] },
  },
  {
    what: '`expose_options`',
    fdl: onOscar('expose_options: {port: 80, max_replicas: 3, top_cpu: 70}'),
    findings: ['deprecated 7:24', 'deprecated 7:34', 'deprecated 7:51'],
    read: (workflow) => [settings(workflow)['expose'], settings(workflow)['expose_options']],
    gives: [{ api_port: [80], max_scale: 3, cpu_threshold: 70 }, undefined],
  },
  {
    what: '`expose` without a port',
    fdl: onOscar('expose: {min_scale: 1}'),
    findings: ['no-port 7:7'],
  },
  {
    what: 'limits of `expose` that are left out',
    fdl: onOscar('expose: {api_port: 80}'),
    read: (workflow) => settings(workflow)['expose'],
    gives: { api_port: [80] },
  },
  {
    what: '`kserve.model_format`',
    fdl: served('kserve: {type: inference, storage_uri: "hf://a/b", model_format: onnx}'),
    findings: ['deprecated 6:58'],
    says: 'it is read as "kserve.inference.model_format"',
    read: (workflow) => settings(workflow)['kserve'],
    gives: { type: 'inference', storage_uri: 'hf://a/b', inference: { model_format: 'onnx' } },
  },
  {
    what: 'a service of KServe without a script',
    fdl: served('kserve: {type: llm_inference, storage_uri: "hf://a/b"}'),
    read: ({ steps }) => steps[0]?.serves,
    gives: true,
  },
  {
    what: '`memory: 512m`',
    fdl: onOscar('memory: 512m'),
    findings: ['tiny-memory 7:15 cloud'],
    says: '"512Mi"',
  },
  {
    what: 'an amount that Kubernetes cannot read: `memory: 1 GB`',
    fdl: onOscar('memory: 1 GB'),
    findings: ['no-quantity 7:15 cloud'],
  },
  {
    what: 'fields that OSCAR-CLI leaves out: `isolation_level`, `visibility`, `volume`, `kserve`, `federation`, …',
    fdl: onOscar('isolation_level: user\nvisibility: public\nvolume: {mount_path: /data}'),
    read: (workflow) => ['isolation_level', 'visibility', 'volume'].map((name) => settings(workflow)[name]),
    gives: ['user', 'public', { mount_path: '/data' }],
  },
];
